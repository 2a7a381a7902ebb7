#!/usr/bin/env python3
"""What parallel workers cost in quality: regret with several, as a ratio of that with one.

    bench/parallel.py [--strategies auto,gp,tpe] [--workers 4] [--seeds 10] [--budget 100]
                      [--problems DIR]

Trials run in simulated time: each takes a time drawn from a log-normal distribution with a spread
of a factor of two, so that they end in another order than they began; a worker that is free asks at
once. Both sides have done the same number of trials when they are compared; a thousandth of the
regret that one worker has after ten trials is added to both, so that nothing hangs on the last
digits of a solved problem. Without --problems the
functions are synthetic (Branin, Hartmann 6, Ackley 8, a mixed one with choices and a condition);
with it, they are those of the harness in DIR (see bench/quality.py). HPO_LIBRARY names the library.
"""
import argparse
import heapq
import math
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)

import library  # noqa: E402

AT = (25, 50, 100)


def branin(c):
    x, y = 15 * c["x"] - 5, 15 * c["y"]
    return ((y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6)**2
            + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


HARTMANN_A = ((10, 3, 17, 3.5, 1.7, 8), (0.05, 10, 17, 0.1, 8, 14), (3, 3.5, 1.7, 10, 17, 8),
              (17, 8, 0.05, 10, 0.1, 14))
HARTMANN_P = ((1312, 1696, 5569, 124, 8283, 5886), (2329, 4135, 8307, 3736, 1004, 9991),
              (2348, 1451, 3522, 2883, 3047, 6650), (4047, 8828, 8732, 5743, 1091, 381))
HARTMANN_C = (1.0, 1.2, 3.0, 3.2)


def hartmann(c):
    x = [c[f"x{i}"] for i in range(6)]
    return -sum(w * math.exp(-sum(a * (v - 1e-4 * p)**2 for a, v, p in zip(rows, x, at)))
                for w, rows, at in zip(HARTMANN_C, HARTMANN_A, HARTMANN_P))


def ackley(c):
    x = [4 * c[f"x{i}"] - 1.3 for i in range(8)]
    return (20 + math.e - 20 * math.exp(-0.2 * math.sqrt(sum(v * v for v in x) / 8))
            - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / 8))


def mixed(c):
    base = {"a": 0.0, "b": 0.15, "c": 0.4}[c["kind"]]
    inner = (c["rate"] - 0.35)**2 if c["kind"] == "a" else 0.1 * abs(math.sin(7 * c["x"]))
    return base + inner + (c["x"] - 0.62)**2 + 0.02 * (c["layers"] - 5)**2


def floats(*names):
    return [{"name": n, "type": "float", "low": 0, "high": 1} for n in names]


SYNTHETIC = {
    "branin": (floats("x", "y"), branin, 0.397887),
    "hartmann6": (floats(*(f"x{i}" for i in range(6))), hartmann, -3.32237),
    "ackley8": (floats(*(f"x{i}" for i in range(8))), ackley, 0.0),
    "mixed": (floats("x") + [{"name": "layers", "type": "int", "low": 1, "high": 12},
                             {"name": "kind", "type": "categorical", "choices": ["a", "b", "c"]},
                             {**floats("rate")[0], "when": {"kind": ["a"]}}], mixed, 0.0),
}


def synthetic():
    return {name: (parameters, lambda config, draw, f=f: f(config), f, least)
            for name, (parameters, f, least) in SYNTHETIC.items()}


def from_harness(folder):
    import numpy as np
    import quality

    def reader(problem):
        return lambda config, draw: problem.read(config,
                                                 np.random.default_rng(draw.getrandbits(32)))

    solver = quality.harness(folder)["hpo_solver"]
    return {name: (solver.space_json(p.params), reader(p), p.true, None)
            for name, p in quality.problems_of(folder, 8).items()}


def run(problem, strategy, seed, workers, budget):
    """The true loss behind the best reading after each trial that ended."""
    parameters, read, true, _ = problem
    draw = random.Random(seed)
    study = library.Study({"name": "parallel", "parameters": parameters,
                           "objectives": [{"series": "loss", "goal": "min"}],
                           "strategy": {"name": strategy, "seed": 1000 + seed},
                           "limits": {"trials": budget}})
    running, curve, best, asked, now = [], [], (math.inf, math.inf), 0, 0.0
    while len(curve) < budget:
        while len(running) < workers and asked < budget:
            trial = study.ask()
            heapq.heappush(running, (now + draw.lognormvariate(0, 0.7), asked, trial))
            asked += 1
        now, _, trial = heapq.heappop(running)
        loss = read(trial.params, draw)
        trial.tell(loss)
        best = min(best, (loss, true(trial.params)))
        curve.append(best[1])
    return curve


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strategies", default="auto,gp,tpe")
    parser.add_argument("--problems")
    for name, value in ("workers", 4), ("seeds", 10), ("budget", 100):
        parser.add_argument("--" + name, type=int, default=value)
    args = parser.parse_args()

    problems = from_harness(os.path.abspath(args.problems)) if args.problems else synthetic()
    print(f"regret with {args.workers} workers / with one, {args.seeds} seeds, "
          f"geometric mean over {len(problems)} problems")
    print(f"{'strategy':12s}" + "".join(f"{'@' + str(n):>10s}" for n in AT if n <= args.budget))
    for strategy in args.strategies.split(","):
        ratios = {n: [] for n in AT if n <= args.budget}
        for name, problem in problems.items():
            curves = {w: [run(problem, strategy, seed, w, args.budget)
                          for seed in range(args.seeds)] for w in (1, args.workers)}
            least = problem[3]
            if least is None:
                least = min(min(c) for side in curves.values() for c in side)
            regret = {(w, n): sum(c[n - 1] - least for c in curves[w]) / args.seeds
                      for w in curves for n in (10, *ratios)}
            digits = 1e-3 * regret[1, 10] + 1e-12
            for n in ratios:
                ratios[n].append(math.log((regret[args.workers, n] + digits) /
                                          (regret[1, n] + digits)))
            print(f"  {name:10.10s}" + "".join(f"{math.exp(r[-1]):10.2f}"
                                               for r in ratios.values()), flush=True)
        print(f"{strategy:12s}" + "".join(f"{math.exp(sum(r) / len(r)):10.2f}"
                                          for r in ratios.values()), flush=True)


if __name__ == "__main__":
    main()
