"""libhpo by ctypes, as far as the benchmarks need it: a study, its trials, its best.

HPO_LIBRARY names the shared library; default: the build in this checkout.
"""
import ctypes
import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("message", ctypes.c_char * 508)]


POINTER, TEXT, REAL = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double
OUT, ERROR = ctypes.POINTER(POINTER), ctypes.POINTER(Error)
CALLS = {
    "hpo_optimizer_from_json": (ctypes.c_int, OUT, TEXT, ERROR),
    "hpo_optimizer_free": (None, POINTER),
    "hpo_optimizer_ask": (ctypes.c_int, POINTER, OUT, ERROR),
    "hpo_optimizer_best_json": (POINTER, POINTER, ERROR),
    "hpo_trial_number": (ctypes.c_int64, POINTER),
    "hpo_trial_params_json": (POINTER, POINTER),
    "hpo_trial_report": (ctypes.c_int, POINTER, ctypes.c_int64, REAL, ERROR),
    "hpo_trial_tell": (ctypes.c_int, POINTER, ctypes.POINTER(REAL), ctypes.c_size_t, ERROR),
    "hpo_trial_fail": (ctypes.c_int, POINTER, TEXT, ERROR),
    "hpo_trial_free": (None, POINTER),
    "hpo_free": (None, POINTER),
}


def load():
    library = ctypes.CDLL(os.environ.get("HPO_LIBRARY",
                                         os.path.join(ROOT, ".build/cc/libhpo.so")))
    for name, (result, *arguments) in CALLS.items():
        call = getattr(library, name)
        call.restype, call.argtypes = result, arguments
    return library


HPO = load()


def check(status, error):
    if status != 0:
        raise RuntimeError(f"status {status}: {error.message.decode()}")


def take(text, error=None):
    """The JSON that a call returned, which is freed."""
    if not text:
        raise RuntimeError(error.message.decode() if error else "out of memory")
    value = json.loads(ctypes.string_at(text))
    HPO.hpo_free(text)
    return value


class Trial:
    def __init__(self, handle):
        self.handle, self.error = handle, Error()
        self.number = HPO.hpo_trial_number(handle)
        self.params = take(HPO.hpo_trial_params_json(handle))

    def report(self, iteration, value):
        check(HPO.hpo_trial_report(self.handle, iteration, value, self.error), self.error)

    def tell(self, *values):
        array = (REAL * len(values))(*values)
        check(HPO.hpo_trial_tell(self.handle, array, len(values), self.error), self.error)
        HPO.hpo_trial_free(self.handle)

    def __lt__(self, other):
        return self.number < other.number


class Study:
    """A study from the object of a study file; in memory if that names no store."""

    def __init__(self, study):
        self.handle, self.error = POINTER(), Error()
        check(HPO.hpo_optimizer_from_json(self.handle, json.dumps(study).encode(), self.error),
              self.error)

    def ask(self):
        trial = POINTER()
        check(HPO.hpo_optimizer_ask(self.handle, trial, self.error), self.error)
        return Trial(trial)

    def best(self):
        return take(HPO.hpo_optimizer_best_json(self.handle, self.error), self.error)

    def __del__(self):
        HPO.hpo_optimizer_free(self.handle)
