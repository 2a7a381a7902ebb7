#!/usr/bin/env python3
"""Holds doc/study.schema.json against the reader of study files.

What the reader accepts is valid. What it refuses is not, but for what a schema
cannot say: those cases are listed here, and must be valid, so that the list
cannot rot. HPO_LIBRARY names the library; tests run from the top of the
checkout.
"""
import ctypes
import json
import os
import sys
from pathlib import Path

import jsonschema

# Relations between two places of a file, and the grammar of constraints.
BEYOND_A_SCHEMA = {
    "clearml_exponent_too_high", "clearml_exponent_too_low", "clearml_int_nothing_left",
    "clearml_min_above_max", "clearml_nothing_left", "clearml_set_name_taken",
    "clearml_set_name_twice_in_a_combination", "clearml_set_nested_fault", "clearml_sets_too_deep",
    "constraint_on_a_choice", "constraint_two_relations", "constraint_unbalanced",
    "constraint_unfinished", "constraint_unknown_name", "constraint_unknown_parameter",
    "default_above_high", "default_below_low", "default_no_choice", "default_of_another_type",
    "default_off_the_step", "int_default_off_the_step", "int_low_above_high", "low_above_high",
    "limits_min_above_max", "name_twice", "objective_twice", "objective_twice_by_key",
    "parameter_low_above_high", "range_too_wide", "seed_text_too_large", "step_too_small", "step_vanishes",
    "two_clearml_sets_of_one_name", "when_in_a_circle", "when_int_as_text",
    "when_int_off_the_step", "when_int_out_of_range", "when_itself", "when_parent_is_float",
    "when_parent_missing", "when_parent_missing_not_near", "when_value_no_choice",
    "when_value_of_another_type",
}

# Valid as a study file; what it says to a strategy or backend, these refuse later.
REFUSED_LATER = {"settings_are_kept", "clearml_args_a_text", "clearml_args_without_a_value",
                 "clearml_local_a_text", "clearml_overrides_a_list", "clearml_tags_of_numbers"}

GOAL = {"series": "loss"}
FLOAT = {"name": "x", "type": "float", "low": 0, "high": 1}
STUDY = {"objectives": [GOAL], "parameters": [FLOAT]}


def study(**changes):
    return {key: value for key, value in {**STUDY, **changes}.items() if value is not None}


# The rest of a study file: (name, study, whether the reader accepts it).
STUDIES = [
    ("least", STUDY, True),
    ("design_example", {
        "name": "digits",
        "objectives": [{"title": "validation", "series": "accuracy", "goal": "max"}],
        "parameters": [FLOAT],
        "constraints": ["x <= 1"],
        "strategy": {"name": "random", "seed": 1}, "pruner": {"name": "asha"},
        "limits": {"trials": 100, "concurrent": 4, "minutes": 60, "compute_minutes": 240,
                   "trial_minutes": 10, "min_iterations": 1, "max_iterations": 50,
                   "keep_top": 10, "retries": 1, "failure_rate": 0.5},
        "task": {"backend": "process", "command": ["./train", "--x", "{x}"], "queue": "default",
                 "poll_seconds": 1, "env": {"A": "b"}, "log_dir": "logs", "grace_seconds": 2,
                 "checkpoint_dir": "checkpoints"},
        "store": "memory:"}, True),
    ("names_alone", study(strategy="random", pruner="median"), True),
    ("bound_beside_goal", study(objectives=[GOAL, {"series": "mb", "bound": 10}]), True),
    ("seed_beyond_63_bits", study(strategy={"seed": "18446744073709551615"}), True),
    ("no_parameters", study(parameters=None), False),
    ("no_objectives", study(objectives=None), False),
    ("objectives_empty", study(objectives=[]), False),
    ("objective_without_series", study(objectives=[{"title": "a"}]), False),
    ("objective_goal_unknown", study(objectives=[{"series": "a", "goal": "least"}]), False),
    ("objective_goal_and_bound",
     study(objectives=[GOAL, {"series": "a", "goal": "min", "bound": 1}]), False),
    ("objectives_all_bounds", study(objectives=[{"series": "a", "bound": 1}]), False),
    ("objective_key_unknown", study(objectives=[{"series": "a", "sign": 1}]), False),
    ("key_unknown", study(parameter=[]), False),
    ("name_empty", study(name=""), False),
    ("name_with_newline", study(name="a\nb"), False),
    ("strategy_a_number", study(strategy=3), False),
    ("seed_negative", study(strategy={"seed": -1}), False),
    ("seed_fraction", study(strategy={"seed": 1.5}), False),
    ("limit_unknown", study(limits={"trails": 3}), False),
    ("target_none", study(limits={"target": None}), True),
    ("target_text", study(limits={"target": "1"}), False),
    ("limit_negative", study(limits={"trials": -1}), False),
    ("limit_fraction", study(limits={"trials": 1.5}), False),
    ("concurrent_zero", study(limits={"concurrent": 0}), False),
    ("minutes_negative", study(limits={"minutes": -1}), False),
    ("failure_rate_zero", study(limits={"failure_rate": 0}), False),
    ("failure_rate_above_one", study(limits={"failure_rate": 1.5}), False),
    ("task_key_unknown", study(task={"commando": ["x"]}), False),
    ("command_empty", study(task={"command": []}), False),
    ("command_a_string", study(task={"command": "./train"}), False),
    ("command_of_numbers", study(task={"command": ["a", 1]}), False),
    ("env_of_numbers", study(task={"command": ["a"], "env": {"A": 1}}), False),
    ("grace_negative", study(task={"command": ["a"], "grace_seconds": -1}), False),
    ("store_empty", study(store=""), False),
    ("clearml_least", study(task={"backend": "clearml", "base_task": "0f", "queue": "q"}), True),
    ("clearml_all", study(task={
        "backend": "clearml", "script": "train.py", "args": ["epochs=3", "text="], "queue": "q",
        "project": "clones", "name": "{trial}", "tags": ["a"],
        "overrides": {"script.branch": "main"}, "configuration": {"General": "lr = {lr}"},
        "optimizer_project": "p", "optimizer_name": "n", "server": "https://api.example.org",
        "config_file": "my.conf", "allow_unknown": True, "local": False, "poll_seconds": 1,
        "grace_seconds": 2, "log_dir": "logs"}), True),
    ("clearml_command", study(task={"backend": "clearml", "command": ["x"]}), False),
    ("clearml_env", study(task={"backend": "clearml", "env": {"A": "b"}}), False),
    ("clearml_key_unknown", study(task={"backend": "clearml", "base_tasks": "0f"}), False),
    ("clearml_base_task_empty", study(task={"backend": "clearml", "base_task": ""}), False),
    ("clearml_key_of_a_process", study(task={"command": ["x"], "base_task": "0f"}), False),
    ("clearml_poll_negative", study(task={"backend": "clearml", "poll_seconds": -1}), False),
    ("clearml_args_a_text", study(task={"backend": "clearml", "args": "a=1"}), False),
    ("clearml_args_without_a_value", study(task={"backend": "clearml", "args": ["a"]}), False),
    ("clearml_local_a_text", study(task={"backend": "clearml", "local": "yes"}), False),
    ("clearml_overrides_a_list", study(task={"backend": "clearml", "overrides": []}), False),
    ("clearml_tags_of_numbers", study(task={"backend": "clearml", "tags": [1]}), False),
]


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("message", ctypes.c_char * 508)]


class Reader:
    def __init__(self, path):
        self.hpo = ctypes.CDLL(path)
        self.hpo.hpo_optimizer_free.argtypes = [ctypes.c_void_p]

    def refusal(self, definition):
        """What is wrong with a study file; None for nothing."""
        handle = ctypes.c_void_p()
        error = Error()
        text = json.dumps(definition).encode()
        status = self.hpo.hpo_optimizer_from_json(
            ctypes.byref(handle), text, ctypes.byref(error))
        self.hpo.hpo_optimizer_free(handle)
        return None if status == 0 else error.message.decode()


def cases():
    """Every (name, study, accepted, whether a schema can tell)."""
    for name, definition, accepted in STUDIES:
        yield name, definition, accepted, True
    for folder in sorted(Path("tests/cases/study").glob("*/*")):
        try:
            definition = json.loads((folder / "input.json").read_text())
        except (ValueError, RecursionError):
            continue  # no JSON, or deeper than any: no schema's business
        accepted = folder.parent.name == "accepted"
        yield folder.name, definition, accepted, accepted or folder.name not in BEYOND_A_SCHEMA
    for folder in sorted(Path("tests/cases/space").glob("*/*")):
        part = json.loads((folder / "input.json").read_text())
        definition = {"objectives": [GOAL], **part}
        accepted = folder.parent.name == "accepted"
        yield folder.name, definition, accepted, accepted or folder.name not in BEYOND_A_SCHEMA


def check(reader, validator, case):
    """What is wrong with the schema or the reader in this case; None for nothing."""
    name, definition, accepted, can_tell = case
    refusal = reader.refusal(definition)
    if (refusal is None) != accepted and name not in REFUSED_LATER:
        return f"{name}: the reader says {refusal}"
    errors = [e.message for e in validator.iter_errors(definition)]
    if (accepted or not can_tell) and errors:
        return f"{name}: not valid by the schema: {errors[0]}"
    if not accepted and can_tell and not errors:
        return f"{name}: refused, but valid by the schema: {refusal}"
    return None


def main():
    schema = json.loads(Path("doc/study.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    reader = Reader(os.environ.get("HPO_LIBRARY", ".build/cc/libhpo.so"))
    all_cases = list(cases())
    faults = [f for f in (check(reader, validator, case) for case in all_cases) if f]
    for fault in faults:
        print(fault)
    print(f"{len(all_cases) - len(faults)} passed, {len(faults)} failed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
