#!/usr/bin/env python3
"""What a warm start from past studies is worth.

  HPO_LIB=.../libhpo.so python3 bench/transfer.py [--seeds N] [--strategy NAME]

A family of tasks, as tuning one model on many data sets: a mixed, conditional space, and for each
task a loss whose optimum is near that of the others but not the same, on a scale of its own.
Some studies of 50 trials are past; then a new task is searched without and with them. Printed is
the mean regret (best so far less the least loss of the task) after some evaluations.
"""
import argparse
import ctypes as C
import json
import os
import random
import tempfile
from math import log10

AT = (1, 5, 10, 25, 50)
SPACE = [
    {"name": "lr", "type": "float", "low": 1e-5, "high": 1, "scale": "log"},
    {"name": "depth", "type": "int", "low": 1, "high": 12},
    {"name": "l2", "type": "float", "low": 1e-6, "high": 10, "scale": "log"},
    {"name": "rule", "type": "categorical", "choices": ["a", "b", "c"]},
    {"name": "drop", "type": "float", "low": 0, "high": 0.9, "when": {"rule": ["b"]}},
    {"name": "units", "type": "int", "low": 8, "high": 1024, "scale": "log"}]


class Error(C.Structure):
    _fields_ = [("code", C.c_int32), ("message", C.c_char * 508)]


class Library:
    """The few calls that it takes."""

    def __init__(self):
        self.lib = C.CDLL(os.environ.get("HPO_LIB", "libhpo.so"))
        self.lib.hpo_trial_params_json.restype = C.c_void_p
        for name in ("hpo_trial_params_json", "hpo_trial_free", "hpo_free", "hpo_optimizer_free"):
            getattr(self.lib, name).argtypes = [C.c_void_p]
        self.error = Error()

    def run(self, study, loss, trials):
        """The losses of so many trials of a study."""
        handle, trial, losses = C.c_void_p(), C.c_void_p(), []
        self.check(self.lib.hpo_optimizer_from_json(C.byref(handle), json.dumps(study).encode(),
                                                    C.byref(self.error)))
        for _ in range(trials):
            self.check(self.lib.hpo_optimizer_ask(handle, C.byref(trial), C.byref(self.error)))
            text = self.lib.hpo_trial_params_json(trial)
            losses.append(loss(json.loads(C.string_at(text))))
            self.lib.hpo_free(text)
            self.check(self.lib.hpo_trial_tell(trial, (C.c_double * 1)(losses[-1]), C.c_size_t(1),
                                               C.byref(self.error)))
            self.lib.hpo_trial_free(trial)
        self.lib.hpo_optimizer_free(handle)
        return losses

    def check(self, status):
        if status != 0:
            raise SystemExit(self.error.message.decode())


def make_task(rng):
    """A loss of 0 or more; its optimum is drawn around that of the family."""
    lr, depth = rng.gauss(-2, 0.5), rng.gauss(6, 1.5)
    l2, units = rng.gauss(-2, 1), rng.gauss(2.2, 0.3)
    drop, scale = min(max(rng.gauss(0.3, 0.1), 0), 0.9), 10 ** rng.uniform(-2, 2)
    rule = {"a": rng.uniform(0.1, 0.3), "b": 0, "c": rng.uniform(0.2, 0.5)}

    def loss(p):
        terms = [(log10(p["lr"]) - lr) / 2, (p["depth"] - depth) / 6, (log10(p["l2"]) - l2) / 5,
                 (log10(p["units"]) - units) / 2, p.get("drop", drop) - drop]
        return scale * (rule[p["rule"]] + sum(t * t for t in terms))
    return loss, scale


def search(library, strategy, seed, past):
    """Regrets, as shares of the task's scale, of one new task after `past` others."""
    new = make_task(random.Random(seed))  # the same, whatever is past
    rng = random.Random(1000 + seed)
    tasks = [make_task(rng) for _ in range(past)] + [new]
    with tempfile.TemporaryDirectory() as folder:
        for i, (loss, scale) in enumerate(tasks):
            study = {"name": f"s{i}", "store": f"sqlite:{folder}/hpo.db", "parameters": SPACE,
                     "objectives": [{"series": "loss", "goal": "min"}],
                     "strategy": {"name": strategy, "seed": seed}, "warm_start": i == past > 0}
            losses = library.run(study, loss, 50)
    return [min(losses[:n]) / scale for n in AT]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--strategy", default="auto")
    options = parser.parse_args()
    library = Library()
    print("past studies " + "".join(f"{'@' + str(n):>9}" for n in AT))
    for past in (0, 1, 3, 8):
        rows = [search(library, options.strategy, seed, past) for seed in range(options.seeds)]
        print(f"{past:12d} " + "".join(f"{sum(r[k] for r in rows) / len(rows):9.4f}"
                                       for k in range(len(AT))))


if __name__ == "__main__":
    main()
