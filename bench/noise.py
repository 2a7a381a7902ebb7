#!/usr/bin/env python3
"""What repetitions are worth where readings are noisy: the true value of the best that is reported.

    bench/noise.py [--problems DIR] [--only hpobench] [--seeds 20] [--first 0] [--budget 100]
                   [--jobs 1]

On the noisy tables of the harness (see bench/quality.py): the default strategy with and without
repetitions, beside random search, and beside what Optuna's TPE and GP handed over where this Python
has them. The figure is (true value of what is reported - best of the table) / (median of the table
- best), mean over tables and seeds, with its standard error over the tables' seeds.
"""
import argparse
import concurrent.futures
import importlib.util
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)

AT = (25, 50, 100, 200)
OURS = {"auto, repeating": {"name": "auto"}, "auto, not repeating": {"name": "auto",
                                                                     "replicate": False},
        "random": {"name": "random"}}
THEIRS = {"Optuna TPE": "optuna-tpe", "Optuna GP": "optuna-gp"}


class Ours:
    def __init__(self, parameters, strategy, seed, budget):
        import library

        self.study = library.Study({
            "name": "noise", "parameters": parameters, "limits": {"trials": budget},
            "objectives": [{"series": "loss", "goal": "min"}],
            "strategy": {**strategy, "seed": seed}})

    def ask(self):
        self.trial = self.study.ask()
        return self.trial.params

    def tell(self, config, loss):
        self.trial.tell(loss)

    def best(self):
        return self.study.best()["params"]


class Theirs:
    """A solver of the harness; it hands over its best reading."""

    def __init__(self, make, params, seed):
        self.solver = make(params, seed)
        self.found = None

    def ask(self):
        return self.solver.ask()

    def tell(self, config, loss):
        self.solver.tell(config, loss)
        if self.found is None or loss < self.found[0]:
            self.found = loss, config

    def best(self):
        return self.found[1]


def scale(path):
    """The best and the median of the true values of a table."""
    import numpy as np

    table = np.load(path)
    values = np.nanmedian(table["values"].astype(float), axis=1)
    if json.loads(str(table["space"]))["goal"] == "max":
        values = -values
    return float(np.nanmin(values)), float(np.nanmedian(values))


def run_one(job):
    import numpy as np
    import quality

    folder, name, solver, seed, budget = job
    modules = quality.harness(folder)
    problem = quality.problems_of(folder, 8)[name]
    least, middle = scale(os.path.join(folder, "data/tables", name.split("/")[1] + ".npz"))
    draw = np.random.default_rng(seed)
    if solver in OURS:
        optimizer = Ours(modules["hpo_solver"].space_json(problem.params), OURS[solver],
                         1000 + seed, budget)
    else:
        optimizer = Theirs(modules["quality"].SOLVERS[THEIRS[solver]], problem.params, 1000 + seed)
    found = {}
    for count in range(1, budget + 1):
        config = optimizer.ask()
        optimizer.tell(config, problem.read(config, draw))
        if count in AT:
            found[count] = (problem.true(optimizer.best()) - least) / (middle - least)
    return solver, found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", default=os.path.join(ROOT, "../shared/bench"))
    parser.add_argument("--only", default="hpobench")
    for name, value in ("seeds", 20), ("first", 0), ("budget", 100), ("jobs", 1):
        parser.add_argument("--" + name, type=int, default=value)
    args = parser.parse_args()
    import quality

    folder = os.path.abspath(args.problems)
    names = [n for n in quality.problems_of(folder, 8) if n.startswith("table/") and args.only in n]
    solvers = list(OURS)
    if importlib.util.find_spec("optuna"):
        solvers.append("Optuna TPE")
        solvers += ["Optuna GP"] if importlib.util.find_spec("torch") else []
    jobs = [(folder, name, solver, seed, args.budget) for solver in solvers for name in names
            for seed in range(args.first, args.first + args.seeds)]
    found = {solver: {} for solver in solvers}
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for solver, curve in pool.map(run_one, jobs):
            for count, regret in curve.items():
                found[solver].setdefault(count, []).append(regret)
    print(f"{len(names)} tables, {args.seeds} seeds: regret of what is reported")
    print(f"{'':22s}" + "".join(f"{'@' + str(n):>16s}" for n in AT if n <= args.budget))
    for solver in solvers:
        print(f"{solver:22s}" + "".join(
            f"{statistics.mean(v):9.3f} ±{statistics.stdev(v) / len(v) ** 0.5:5.3f}"
            for v in found[solver].values()))


if __name__ == "__main__":
    main()
