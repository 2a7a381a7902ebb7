#!/usr/bin/env python3
"""What early stopping buys: the best value over the iterations that all trials together have run.

Two real trainers, the digits of examples/digits and XGBoost (bench/boost.py), are tuned with
several pruners through the command hpo, and by Optuna's TPE with its Hyperband where Python finds
that, each until the same number of iterations is spent. The mean over seeds, and the standard
deviation, at a quarter, at half and at all of it.

    bench/fidelity.py [--seeds 5] [--budget 810] [--trainer digits] [--method asha]
"""
import argparse
import contextlib
import importlib.util
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))
BUILD = os.path.dirname(HPO)
WHOLE = 81  # iterations of a whole trial
QUARTERS = (0.25, 0.5, 1.0)

METHODS = {
    "none": {"strategy": "tpe", "pruner": "none"},
    "asha": {"strategy": "tpe", "pruner": "asha"},
    "hyperband": {"strategy": "tpe", "pruner": "hyperband"},
    "bohb": {"strategy": "bohb"},
    "promote": {"strategy": "tpe", "pruner": {"name": "asha", "mode": "promote"}},
    "pasha": {"strategy": "tpe", "pruner": {"name": "asha", "mode": "promote", "growth": "pasha"}},
}


def digits():
    with open("examples/digits/study.json") as file:
        study = json.load(file)
    study["task"]["command"][0] = os.path.join(BUILD, "examples/digits/train")
    study["task"]["command"] += ["--data", os.path.abspath("examples/digits/data/digits.csv")]
    study["objectives"] = [{"series": "accuracy", "goal": "max"}]
    return study


def boost():
    def real(name, low, high, scale="log"):
        return {"name": name, "type": "float", "low": low, "high": high, "scale": scale}

    return {"objectives": [{"series": "loss", "goal": "min"}],
            "parameters": [real("eta", 0.003, 0.6), {"name": "max_depth", "type": "int", "low": 1,
                                                     "high": 9},
                           real("lambda", 1e-3, 100), real("alpha", 1e-4, 10),
                           real("subsample", 0.3, 1, "linear"),
                           real("colsample_bytree", 0.2, 1, "linear"),
                           real("min_child_weight", 0.1, 30)],
            "task": {"command": [sys.executable, os.path.abspath("bench/boost.py"),
                                 os.path.abspath("examples/data/breast_cancer.csv"),
                                 "--eta={eta}", "--max_depth={max_depth}", "--lambda={lambda}",
                                 "--alpha={alpha}", "--subsample={subsample}",
                                 "--colsample_bytree={colsample_bytree}",
                                 "--min_child_weight={min_child_weight}"]}}


TRAINERS = {"digits": digits, "boost": boost}


def reports_of(path):
    """(iteration, value) of every report that was still wanted, in the order of arrival."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return db.execute(
            "SELECT r.iteration, r.value FROM reports r JOIN trials t ON t.study = r.study"
            " AND t.number = r.trial AND t.attempt = r.attempt"
            " WHERE t.state = 1 OR r.iteration <= t.iteration ORDER BY r.sequence").fetchall()


def run_ours(study, seed, budget, choice):
    with tempfile.TemporaryDirectory(prefix="hpo-fidelity-") as folder:
        path = os.path.join(folder, "hpo.db")
        study = {**study, "name": "s", "store": f"sqlite:{path}",
                 "limits": {"trials": budget, "max_iterations": WHOLE},
                 "strategy": {"name": choice["strategy"], "seed": seed},
                 "task": {**study["task"], "checkpoint_dir": folder}}
        if "pruner" in choice:
            study["pruner"] = choice["pruner"]
        with open(os.path.join(folder, "study.json"), "w") as file:
            json.dump(study, file)
        run = subprocess.Popen([HPO, "search", "--study", file.name, "--quiet"], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        curve = []
        while run.poll() is None and len(curve) < budget:
            time.sleep(0.2)
            with contextlib.suppress(sqlite3.OperationalError):
                curve = reports_of(path)
        run.send_signal(signal.SIGTERM)
        run.wait()
        return [value for _, value in reports_of(path)][:budget]


def suggest(trial, parameter):
    """A value by Optuna, as text."""
    name = parameter["name"]
    log = parameter.get("scale") == "log"
    if parameter["type"] == "categorical":
        return trial.suggest_categorical(name, parameter["choices"])
    if parameter["type"] == "int":
        return trial.suggest_int(name, parameter["low"], parameter["high"], log=log)
    return trial.suggest_float(name, parameter["low"], parameter["high"], log=log)


def command_for(study, trial):
    values = {}
    for parameter in study["parameters"]:
        conditions = parameter.get("when", {}).items()
        if all(values.get(parent) in allowed for parent, allowed in conditions):
            values[parameter["name"]] = suggest(trial, parameter)
    command = []
    for argument in study["task"]["command"]:
        name = argument[argument.find("{") + 1:argument.find("}")] if "{" in argument else None
        if name is None:
            command.append(argument)
        elif name in values:
            command.append(argument.replace("{%s}" % name, str(values[name])))
        else:
            command.pop()  # the flag before it
    return command


def run_optuna(study, seed, budget, _):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    spent = []

    def objective(trial):
        run = subprocess.Popen(command_for(study, trial), stdout=subprocess.PIPE, text=True)
        try:
            for line in run.stdout:
                value = float(line.split()[1].split("=")[1])
                spent.append(value)
                trial.report(value, len(spent) - start[0])
                if len(spent) >= budget:
                    trial.study.stop()
                    break
                if trial.should_prune():
                    raise optuna.TrialPruned
            return value
        finally:
            run.kill()
            run.wait()
            run.stdout.close()
            start[0] = len(spent)

    start = [0]
    direction = "maximize" if study["objectives"][0]["goal"] == "max" else "minimize"
    search = optuna.create_study(
        direction=direction, sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.HyperbandPruner(min_resource=1, max_resource=WHOLE,
                                              reduction_factor=3))
    search.optimize(objective)
    return spent[:budget]


def best_at(curve, share, goal):
    part = curve[:max(1, int(share * len(curve)))]
    return max(part) if goal == "max" else min(part)


def compare(trainer, names, options):
    study = TRAINERS[trainer]()
    goal = study["objectives"][0]["goal"]
    metric = study["objectives"][0]["series"]
    print(f"\n{trainer}: best {metric} ({goal}), {options.seeds} seeds")
    print(f"{'':12}" + "".join(f"{int(q * options.budget):>18}" for q in QUARTERS))
    for name in names:
        run = run_optuna if name == "optuna" else run_ours
        curves = [run(study, seed, options.budget, METHODS.get(name))
                  for seed in range(1, options.seeds + 1)]
        line = f"{name:12}"
        for share in QUARTERS:
            best = [best_at(curve, share, goal) for curve in curves]
            spread = statistics.stdev(best) if len(best) > 1 else 0.0
            line += f"{statistics.mean(best):>10.4f} ±{spread:.4f}"
        print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", type=int, default=10 * WHOLE)
    parser.add_argument("--trainer", action="append", choices=list(TRAINERS))
    parser.add_argument("--method", action="append", choices=[*METHODS, "optuna"])
    options = parser.parse_args()
    names = options.method or list(METHODS)
    if options.method is None and importlib.util.find_spec("optuna"):
        names.append("optuna")
    for trainer in options.trainer or TRAINERS:
        compare(trainer, names, options)


if __name__ == "__main__":
    main()
