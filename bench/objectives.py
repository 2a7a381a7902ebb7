#!/usr/bin/env python3
"""Several objectives: the hypervolume that strategies reach, beside Optuna's samplers.

    bench/objectives.py [--problems zdt1,dtlz2,digits] [--strategies nsga2,gp,…] [--seeds 5]
                        [--first 0] [--budget 200] [--jobs 1]

zdt1 to zdt3 have 30 parameters and two objectives (E. Zitzler, K. Deb and L. Thiele, 2000): a
convex front, a concave one, one in pieces. dtlz2 has seven and three, dtlz7 22 and three and a
front of four pieces (K. Deb and others, 2002); digits tunes the trainer of examples/digits for
its error and for what training costs, weights times epochs on a log scale, which no clock
disturbs. The figure is the volume below a reference, as a share of what the true front has or,
with digits, of the whole box: the mean over the seeds, its standard error, and milliseconds a
trial without the evaluation. Optuna's samplers are run where this Python has them; its GP needs
torch too.
"""
import argparse
import concurrent.futures
import importlib.util
import math
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

OURS = ("random", "nsga2", "nsga3", "tpe", "gp", "auto")
THEIRS = ("optuna-nsga2", "optuna-nsga3", "optuna-tpe", "optuna-gp")


def cube(dims):
    return [{"name": f"x{i}", "type": "float", "low": 0, "high": 1} for i in range(dims)]


def zdt(params, shape):
    x = [params[f"x{i}"] for i in range(30)]
    g = 1 + 9 * sum(x[1:]) / 29
    return x[0], g * shape(x[0], g)


def zdt1(params):
    return zdt(params, lambda x, g: 1 - math.sqrt(x / g))


def zdt2(params):
    return zdt(params, lambda x, g: 1 - (x / g) ** 2)


def zdt3(params):
    return zdt(params, lambda x, g: 1 - math.sqrt(x / g) - x / g * math.sin(10 * math.pi * x))


def dtlz2(params):
    x = [params[f"x{i}"] for i in range(7)]
    g = 1 + sum((v - 0.5) ** 2 for v in x[2:])
    a, b = x[0] * math.pi / 2, x[1] * math.pi / 2
    return g * math.cos(a) * math.cos(b), g * math.cos(a) * math.sin(b), g * math.sin(a)


def wave(x):
    return x * (1 + math.sin(3 * math.pi * x))


def dtlz7(params):
    x = [params[f"x{i}"] for i in range(22)]
    g = 1 + 9 * sum(x[2:]) / 20
    h = 3 - (wave(x[0]) + wave(x[1])) / (1 + g)
    return x[0], x[1], (1 + g) * h


def mean_record(f, steps=100000):
    """The mean over [0, 1] of the largest value up to each place."""
    most, total = -math.inf, 0
    for i in range(steps):
        most = max(most, f((i + 0.5) / steps))
        total += most
    return total / steps, most


def below_zdt3():
    mean, _ = mean_record(lambda x: math.sqrt(x) + x * math.sin(10 * math.pi * x))
    return 9 + mean


def below_dtlz7():
    """With g = 1 the last loss is 6 less both waves; the reference is a tenth beyond 1."""
    mean, most = mean_record(wave)
    return 1.21 * 9 + 2 * 1.1 * (mean + 0.1 * most)


DIGITS = [
    {"name": "lr", "type": "float", "low": 1e-4, "high": 1.0, "scale": "log"},
    {"name": "layers", "type": "int", "low": 1, "high": 3},
    {"name": "width", "type": "int", "low": 4, "high": 64, "scale": "log"},
    {"name": "optimizer", "type": "categorical", "choices": ["sgd", "adam"]},
    {"name": "momentum", "type": "float", "low": 0, "high": 0.99, "when": {"optimizer": ["sgd"]}},
    {"name": "batch", "type": "int", "low": 8, "high": 128, "scale": "log"},
    {"name": "weight-decay", "type": "float", "low": 1e-6, "high": 0.01, "scale": "log"},
    {"name": "epochs", "type": "int", "low": 1, "high": 12, "scale": "log"}]


def count_weights(layers, width):
    return 64 * width + (layers - 1) * width * width + 10 * width + layers * width + 10


def digits(params):
    folder = os.path.join(os.environ.get("B", os.path.join(os.path.dirname(HERE), ".build/cc")),
                          "examples/digits")
    flags = [text for name, value in params.items() for text in (f"--{name}", str(value))]
    out = subprocess.run(["./train", *flags], cwd=folder, capture_output=True, text=True,
                         check=True).stdout
    accuracy = float(out.strip().splitlines()[-1].split("=")[-1])
    least, most = math.log(count_weights(1, 4)), math.log(12 * count_weights(3, 64))
    cost = math.log(params["epochs"] * count_weights(params["layers"], params["width"]))
    return 1 - accuracy, (cost - least) / (most - least)


# The parameters, the function, the reference, and the volume that counts as 1.
PROBLEMS = {"zdt1": (cube(30), zdt1, (1, 10), 10 - 1 / 3),
            "zdt2": (cube(30), zdt2, (1, 10), 10 - 2 / 3),
            "zdt3": (cube(30), zdt3, (1, 10), below_zdt3()),
            "dtlz2": (cube(7), dtlz2, (1.1, 1.1, 1.1), 1.1 ** 3 - math.pi / 6),
            "dtlz7": (cube(22), dtlz7, (1.1, 1.1, 15), below_dtlz7()),
            "digits": (DIGITS, digits, (0.5, 1), 0.5)}


def area(points, reference):
    """By ascending first loss, each point lowers the roof from there on."""
    sum_, roof = 0, reference[1]
    for x, y in sorted(points):
        if x < reference[0] and y < roof:
            sum_ += (reference[0] - x) * (roof - y)
            roof = y
    return sum_


def hypervolume(points, reference):
    if len(reference) == 2:
        return area(points, reference)
    order = sorted((p for p in points if p[2] < reference[2]), key=lambda p: p[2])
    return sum((top - p[2]) * area([q[:2] for q in order[:i + 1]], reference)
               for i, p in enumerate(order)
               for top in [order[i + 1][2] if i + 1 < len(order) else reference[2]])


class Ours:
    def __init__(self, name, seed, budget, parameters, count):
        import library

        self.study = library.Study({
            "name": "objectives", "parameters": parameters, "limits": {"trials": budget},
            "objectives": [{"series": f"f{i}", "goal": "min"} for i in range(count)],
            "strategy": {"name": name, "seed": seed}})

    def ask(self):
        self.trial = self.study.ask()
        return self.trial.params

    def tell(self, losses):
        self.trial.tell(*losses)


class Optuna:
    def __init__(self, name, seed, budget, parameters, count):
        import warnings

        import optuna

        warnings.simplefilter("ignore")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = {"optuna-nsga2": optuna.samplers.NSGAIISampler,
                   "optuna-nsga3": optuna.samplers.NSGAIIISampler,
                   "optuna-tpe": optuna.samplers.TPESampler,
                   "optuna-gp": optuna.samplers.GPSampler}[name](seed=seed)
        self.parameters = parameters
        self.study = optuna.create_study(directions=["minimize"] * count, sampler=sampler)

    def suggest(self, p):
        if p["type"] == "categorical":
            return self.trial.suggest_categorical(p["name"], p["choices"])
        kind = self.trial.suggest_int if p["type"] == "int" else self.trial.suggest_float
        return kind(p["name"], p["low"], p["high"], log=p.get("scale") == "log")

    def ask(self):
        self.trial, params = self.study.ask(), {}
        for p in self.parameters:
            if all(params.get(name) in values for name, values in p.get("when", {}).items()):
                params[p["name"]] = self.suggest(p)
        return params

    def tell(self, losses):
        self.study.tell(self.trial, losses)


def run(problem, name, seed, budget):
    """The share of the volume after `budget` trials, and the seconds that were not evaluation."""
    parameters, function, reference, whole = PROBLEMS[problem]
    make = Optuna if name.startswith("optuna-") else Ours
    search = make(name, seed, budget, parameters, len(reference))
    points, spent = [], 0
    for _ in range(budget):
        begin = time.process_time()
        params = search.ask()
        spent += time.process_time() - begin
        points.append(function(params))
        begin = time.process_time()
        search.tell(points[-1])
        spent += time.process_time() - begin
    return hypervolume(points, reference) / whole, spent


def names_of(wanted):
    if wanted:
        return wanted.split(",")
    names = list(OURS)
    if importlib.util.find_spec("optuna"):
        torch = importlib.util.find_spec("torch")
        names += [name for name in THEIRS if torch or name != "optuna-gp"]
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--problems", default=",".join(PROBLEMS))
    parser.add_argument("--strategies", help="default: all that there are")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--budget", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    print(f"{'problem':<8} {'strategy':<14} {'volume':>7} {'+-':>6} {'ms/trial':>9}")
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for problem in options.problems.split(","):
            for name in names_of(options.strategies):
                done = list(pool.map(run, *zip(*[(problem, name, seed, options.budget)
                                                 for seed in seeds])))
                shares = [share for share, _ in done]
                error = statistics.stdev(shares) / len(shares) ** 0.5 if len(shares) > 1 else 0
                spent = statistics.mean(seconds for _, seconds in done) / options.budget
                print(f"{problem:<8} {name:<14} {statistics.mean(shares):7.4f} {error:6.4f} "
                      f"{spent * 1e3:9.3f}", flush=True)


if __name__ == "__main__":
    main()
