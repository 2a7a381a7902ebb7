#!/usr/bin/env python3
"""Registers train.py as a base task on a server, and prints the task's id.

    base_task.py [--api URL] [--set Args/epochs=4 …] [--name NAME] [--project "HPO tests"]
                 [--script FILE] [--ran]

The task is what the SDK itself makes of a run of train.py that is in no repository: the whole
script in script.diff, its parameters with their types. With --ran it was executed once, and so
it has the metrics too. Credentials are those of the stand-in.
"""
import argparse
import os
import sys

from client import CallFailed, Client

HERE = os.path.dirname(os.path.abspath(__file__))
PARAMETERS = {
    "Args": [("epochs", "8", "int", "None"), ("pause", "0.05", "float",
                                              "seconds that an epoch takes"),
             ("lr", "0.01", "float", "None"), ("layers", "1", "int", "None"),
             ("act", "tanh", "str", "None"), ("nesterov", "False", "bool", "None")],
    "General": [("momentum", "0.5", "float", ""), ("width", "6", "int", ""),
                ("decay", "0.0", "float", ""), ("data/points", "120", "int", ""),
                ("data/noise", "0.1", "float", ""), ("seed", "1", "int", "")],
}


def hyperparams(changes):
    """The parameters, with the values of {"section/name": text} in place of the defaults."""
    found, left = {}, dict(changes)
    for section, items in PARAMETERS.items():
        found[section] = {}
        for name, value, kind, description in items:
            value = left.pop("%s/%s" % (section, name), value)
            found[section][name] = {"section": section, "name": name, "value": str(value),
                                    "type": kind, "description": description}
    if left:
        raise SystemExit("base_task.py: train.py has no parameter %s" % ", ".join(left))
    return found


def project_id(client, name):
    """The id of a project; it is made if there is none of that name."""
    found = [p for p in client.call("projects.get_all", search_hidden=True)["projects"]
             if p["name"] == name]
    return found[0]["id"] if found else client.call("projects.create", name=name)["id"]


def register(client, changes=None, name="two spirals", project="HPO tests", ran=False,
             script=os.path.join(HERE, "train.py")):
    """The id of the new base task."""
    with open(script, encoding="utf-8") as f:
        source = f.read()
    task = client.call("tasks.create", name=name, type="training",
                       project=project_id(client, project), hyperparams=hyperparams(changes or {}),
                       script={"binary": "python", "repository": "", "branch": "",
                               "working_dir": ".", "entry_point": os.path.basename(script),
                               "diff": source, "requirements": {"pip": ""}})["id"]
    if ran:
        client.call("tasks.started", task=task)
        client.batch([{"type": "training_stats_scalar", "task": task, "metric": "validation",
                       "variant": variant, "iter": i, "value": value}
                      for variant, values in (("loss", (0.71, 0.63)), ("accuracy", (0.36, 0.66)))
                      for i, value in enumerate(values, 1)])
        client.call("tasks.completed", task=task, status_reason="completed")
    return task


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--api", default=os.environ.get("CLEARML_API_HOST"))
    parser.add_argument("--set", action="append", default=[], metavar="SECTION/NAME=VALUE")
    parser.add_argument("--name", default="two spirals")
    parser.add_argument("--project", default="HPO tests")
    parser.add_argument("--script", default=os.path.join(HERE, "train.py"))
    parser.add_argument("--ran", action="store_true")
    args = parser.parse_args()
    if not args.api:
        parser.error("--api or CLEARML_API_HOST is needed")
    changes = dict(pair.partition("=")[::2] for pair in args.set)
    try:
        print(register(Client(args.api), changes, args.name, args.project, args.ran, args.script))
    except (CallFailed, OSError) as e:
        print("base_task.py: %s" % e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
