"""A trainer for bench/fidelity.py: XGBoost on the tumours of examples/data, a round an iteration.

Prints the logarithmic loss on a third of the data after each round. It goes on from what it finds
in HPO_CHECKPOINT. XGBoost is called through its C library, which is all that is installed.
"""
import ctypes
import ctypes.util
import os
import sys

ROUNDS = 81


def read_data(path):
    with open(path) as file:
        rows = [[float(x) for x in line.split(",")] for line in list(file)[1:]]
    return [r for i, r in enumerate(rows) if i % 3], [r for i, r in enumerate(rows) if not i % 3]


class Boost:
    def __init__(self, train, validation, settings):
        self.xgboost = ctypes.CDLL(ctypes.util.find_library("xgboost"))
        self.xgboost.XGBGetLastError.restype = ctypes.c_char_p
        self.matrices = (ctypes.c_void_p * 2)(self.matrix(train), self.matrix(validation))
        self.booster = ctypes.c_void_p()
        self.call("XGBoosterCreate", self.matrices, ctypes.c_ulong(2), ctypes.byref(self.booster))
        for key, value in {"objective": "binary:logistic", "eval_metric": "logloss", "nthread": "1",
                           "seed": "1", **settings}.items():
            self.call("XGBoosterSetParam", self.booster, key.encode(), value.encode())

    def call(self, name, *args):
        if getattr(self.xgboost, name)(*args) != 0:
            sys.exit(self.xgboost.XGBGetLastError().decode())

    def matrix(self, rows):
        width = len(rows[0]) - 1
        x = (ctypes.c_float * (len(rows) * width))(*[v for row in rows for v in row[:-1]])
        y = (ctypes.c_float * len(rows))(*[row[-1] for row in rows])
        handle = ctypes.c_void_p()
        self.call("XGDMatrixCreateFromMat", x, ctypes.c_ulong(len(rows)), ctypes.c_ulong(width),
                  ctypes.c_float(float("nan")), ctypes.byref(handle))
        self.call("XGDMatrixSetFloatInfo", handle, b"label", y, ctypes.c_ulong(len(rows)))
        return handle

    def load(self, path):
        self.call("XGBoosterLoadModel", self.booster, path.encode())

    def save(self, path):
        self.call("XGBoosterSaveModel", self.booster, path.encode())

    def round(self, number):
        """Grow one more tree; the loss on the validation part."""
        names = (ctypes.c_char_p * 1)(b"v")
        text = ctypes.c_char_p()
        self.call("XGBoosterUpdateOneIter", self.booster, number, self.matrices_at(0))
        self.call("XGBoosterEvalOneIter", self.booster, number,
                  (ctypes.c_void_p * 1)(self.matrices[1]), names, ctypes.c_ulong(1),
                  ctypes.byref(text))
        return float(text.value.decode().rsplit(":", 1)[1])

    def matrices_at(self, index):
        return ctypes.c_void_p(self.matrices[index])


def main():
    settings = dict(argument.lstrip("-").split("=", 1) for argument in sys.argv[2:])
    boost = Boost(*read_data(sys.argv[1]), settings)
    folder = os.environ.get("HPO_CHECKPOINT")
    done = 0
    if folder:
        saved = sorted(int(f[:-5]) for f in os.listdir(folder) if f.endswith(".json"))
        done = saved[-1] if saved else 0
        if done:
            boost.load(f"{folder}/{done}.json")
    for number in range(done, ROUNDS):
        loss = boost.round(number)
        if folder:
            boost.save(f"{folder}/new")
            os.rename(f"{folder}/new", f"{folder}/{number + 1}.json")
        print(f"iteration={number + 1} loss={loss:.6f}", flush=True)


if __name__ == "__main__":
    main()
