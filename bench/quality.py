#!/usr/bin/env python3
"""How good is what each optimiser has found after N trials: ours and its peers, in one run.

    bench/quality.py [--solvers hpo-auto,optuna-tpe,…] [--problems DIR] [--designs [NOISE …]]
                     [--seeds 3] [--first 0] [--budget 100] [--only NAME] [--out FILE]
                     [--jobs 1] [--beside FILE …]

Problems, and the report that is printed, are those of the harness in --problems (a folder with its
quality.py and problems.py; default: ../shared/bench beside the checkout), which needs numpy and
onnx. With --designs they are those of bench/designs.py instead, read without noise, or with each
NOISE: a deviation, as a share of the spread of random points. Solvers are ours (hpo-NAME, for any
strategy), Optuna's (optuna-tpe, optuna-tpe-mv, optuna-gp, optuna-cma), random, and those of
bench/peers.py; without --solvers, hpo-auto, random and all that this Python has. Results are kept
in --out and what it holds is not run again; files after --beside are earlier results to be shown
beside it. HPO_LIBRARY (or HPO_LIB) names our library.
"""
import argparse
import concurrent.futures
import functools
import importlib.util
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("HPO_LIB", os.environ.get("HPO_LIBRARY",
                                                os.path.join(ROOT, ".build/cc/libhpo.so")))

import designs  # noqa: E402
import peers  # noqa: E402


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", default=os.path.join(ROOT, "../shared/bench"))
    parser.add_argument("--designs", nargs="*", type=float)
    parser.add_argument("--solvers")
    parser.add_argument("--only", default="")
    parser.add_argument("--out", default="quality.json")
    parser.add_argument("--beside", nargs="*", default=[])
    for name, value in ("seeds", 3), ("first", 0), ("budget", 100), ("jobs", 1), ("tasks", 8):
        parser.add_argument("--" + name, type=int, default=value)
    return parser.parse_args()


@functools.lru_cache(maxsize=None)
def harness(folder):
    """The modules quality and problems of the harness, under names of their own."""
    made = {}
    sys.path.insert(1, folder)
    for module in "problems", "hpo_solver", "quality":
        path = os.path.join(folder, module + ".py")
        if not os.path.exists(path):
            sys.exit(f"bench/quality.py: {path} is missing; name the harness with --problems")
        name = "harness_" + module if module == "quality" else module
        spec = importlib.util.spec_from_file_location(name, path)
        made[module] = importlib.util.module_from_spec(spec)
        sys.modules[name] = made[module]
        spec.loader.exec_module(made[module])
    return made


def make_solver(modules, name, params, seed, budget):
    if name.startswith("hpo-"):
        return modules["hpo_solver"].Hpo(params, seed, name[4:])
    if name in peers.PEERS:
        return peers.PEERS[name](params, seed, budget)
    return modules["quality"].SOLVERS[name](params, seed)


def check_solvers(modules, names):
    known = [*modules["quality"].SOLVERS, *peers.PEERS]
    for name in names:
        if not name.startswith("hpo-") and name not in known:
            sys.exit(f"bench/quality.py: there is no solver '{name}'; known are hpo-NAME, "
                     + ", ".join(known))


@functools.lru_cache(maxsize=None)
def problems_of(folder, tasks, noises):
    modules = harness(folder)
    if noises is None:
        made = modules["problems"].development(tasks=tasks)
    else:
        made = designs.make(modules["problems"].Param, modules["problems"].Problem,
                            modules["quality"].Random, noises or (0,))
    return {p.name: p for p in made}


def run_one(job):
    """One run of one solver, with the harness's own seeds: what it read, what was true, its seconds."""
    import numpy as np

    folder, tasks, noises, name, solver, seed, budget = job
    problem = problems_of(folder, tasks, noises)[name]
    noise = np.random.default_rng(seed)
    optimizer = make_solver(harness(folder), solver, problem.params, 1000 + seed, budget)
    found = {"reading": [], "true": []}
    spent = 0.0
    for count in range(1, budget + 1):
        begin = time.perf_counter()
        config = optimizer.ask()
        spent += time.perf_counter() - begin
        reading = problem.read(config, noise)
        found["reading"].append(reading)
        found["true"].append(problem.true(config))
        begin = time.perf_counter()
        optimizer.tell(config, reading)
        spent += time.perf_counter() - begin
        if hasattr(optimizer, "best") and count in harness(folder)["quality"].AT:
            found.setdefault("picked", {})[count] = problem.true(optimizer.best())
    return "|".join((name, solver, str(seed))), {**found, "seconds": spent}


def keep(path, done):
    with open(path + ".new", "w") as file:
        json.dump(done, file)
    os.replace(path + ".new", path)


def main():
    args = read_arguments()
    folder = os.path.abspath(args.problems)
    names = args.solvers.split(",") if args.solvers else ["hpo-auto", "random"]
    if not args.solvers and importlib.util.find_spec("optuna"):
        names += ["optuna-tpe", "optuna-tpe-mv"]
        names += ["optuna-gp"] if importlib.util.find_spec("torch") else []
    if not args.solvers:
        names += peers.installed()

    check_solvers(harness(folder), names)
    if not os.path.exists(os.environ["HPO_LIB"]):
        sys.exit(f"bench/quality.py: {os.environ['HPO_LIB']} is missing; run make, or name the "
                 "library in HPO_LIBRARY")
    os.environ["HPO_BUDGET"] = str(args.budget)
    done = {}
    if os.path.exists(args.out):
        with open(args.out) as file:
            done = json.load(file)
    noises = None if args.designs is None else tuple(args.designs)
    jobs = [(folder, args.tasks, noises, problem, solver, seed, args.budget)
            for seed in range(args.first, args.first + args.seeds)
            for problem in problems_of(folder, args.tasks, noises) if args.only in problem
            for solver in names if "|".join((problem, solver, str(seed))) not in done]
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for count, (key, found) in enumerate(pool.map(run_one, jobs), 1):
            done[key] = found
            if count % 20 == 0:
                keep(args.out, done)
    keep(args.out, done)
    harness(folder)["quality"].report([*args.beside, args.out])


if __name__ == "__main__":
    main()
