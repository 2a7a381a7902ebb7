#!/usr/bin/env python3
"""Asks and tells from Python, through ctypes alone: any language with a foreign
function interface can do the same.

HPO_LIBRARY names the library; libhpo.so.0 is looked up where it is not set.
"""
import ctypes
import json
import os

OK = 0


class Error(ctypes.Structure):
    """hpo_error_t: a code and one sentence."""
    _fields_ = [("code", ctypes.c_int32), ("message", ctypes.c_char * 508)]


lib = ctypes.CDLL(os.environ.get("HPO_LIBRARY", "libhpo.so.0"))
pointer, error = ctypes.c_void_p, Error()
for name, result, arguments in (
        ("hpo_optimizer_from_json", ctypes.c_int, [ctypes.POINTER(pointer), ctypes.c_char_p]),
        ("hpo_optimizer_enqueue_trial", ctypes.c_int, [pointer, ctypes.c_char_p]),
        ("hpo_optimizer_ask", ctypes.c_int, [pointer, ctypes.POINTER(pointer)]),
        ("hpo_trial_tell", ctypes.c_int, [pointer, ctypes.POINTER(ctypes.c_double), ctypes.c_size_t]),
        ("hpo_optimizer_best_json", pointer, [pointer])):
    function = getattr(lib, name)
    function.restype = result
    function.argtypes = arguments + [ctypes.POINTER(Error)]
lib.hpo_trial_params_json.restype, lib.hpo_trial_params_json.argtypes = pointer, [pointer]
for name in ("hpo_free", "hpo_trial_free", "hpo_optimizer_free"):
    function = getattr(lib, name)
    function.restype, function.argtypes = None, [pointer]


def check(status):
    if status < 0:
        raise RuntimeError(error.message.decode())
    return status


def take_json(text):
    """Read a char * of the library, and give it back."""
    if not text:
        raise RuntimeError(error.message.decode() or "out of memory")
    value = json.loads(ctypes.string_at(text))
    lib.hpo_free(text)
    return value


study = {
    "objectives": [{"series": "loss", "goal": "min"}],
    "parameters": [
        {"name": "kernel", "type": "categorical", "choices": ["linear", "rbf"]},
        {"name": "c", "type": "float", "low": 0.001, "high": 1000, "scale": "log"},
        {"name": "gamma", "type": "float", "low": 0.001, "high": 1000, "scale": "log",
         "when": {"kernel": ["rbf"]}}],
    "strategy": {"name": "tpe", "seed": 1},
    "limits": {"trials": 80},
}


def loss(params):
    """Stands for a training; gamma is there only when the kernel has one."""
    penalty = 1.0 if params["kernel"] == "linear" else abs(params["gamma"] - 0.1) ** 0.5
    return penalty + abs(params["c"] - 10) / (params["c"] + 10)


optimizer, trial = pointer(), pointer()
check(lib.hpo_optimizer_from_json(optimizer, json.dumps(study).encode(), error))
check(lib.hpo_optimizer_enqueue_trial(optimizer, b'{"kernel": "linear", "c": 1}', error))
while check(lib.hpo_optimizer_ask(optimizer, trial, error)) == OK:
    value = ctypes.c_double(loss(take_json(lib.hpo_trial_params_json(trial))))
    check(lib.hpo_trial_tell(trial, value, 1, error))
    lib.hpo_trial_free(trial)

best = take_json(lib.hpo_optimizer_best_json(optimizer, error))
lib.hpo_optimizer_free(optimizer)
print("the best kernel is %s, with a loss of %.1f" % (best["params"]["kernel"], best["values"][0]))
