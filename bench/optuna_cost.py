"""The figures of bench.c for Optuna, as lines of "what<TAB>column<TAB>value".

Usage: optuna_cost.py FOLDER [--large]    --large adds n = 10,000 and takes minutes
"""
import time

START = time.monotonic()

import os
import random
import subprocess
import sys


def space(trial):
    trial.suggest_float("lr", 1e-5, 0.1, log=True)
    trial.suggest_float("decay", 1e-8, 0.01, log=True)
    trial.suggest_float("drop", 0, 0.9)
    trial.suggest_float("momentum", 0, 0.99)
    trial.suggest_int("layers", 1, 8)
    trial.suggest_int("units", 16, 1024, log=True)
    trial.suggest_int("batch", 16, 512, step=16)
    trial.suggest_categorical("act", ["relu", "tanh", "gelu", "silu"])
    trial.suggest_categorical("opt", ["adam", "sgd", "rmsprop"])
    trial.suggest_categorical("bias", [False, True])
    return trial


def objective(params):
    return ((params["lr"] - 0.01) ** 2 * 1e3 + (params["drop"] - 0.3) ** 2
            + (params["layers"] - 3) ** 2 / 50)


def line(what, column, value):
    print(f"{what}\t{column}\t{value:.6g}", flush=True)


def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def first_ask():
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space(optuna.create_study().ask())
    line("first ask since the process was started", "Optuna", (time.monotonic() - START) * 1e3)
    line("resident memory at the first ask", "Optuna", resident_mb())


def random_trials(optuna, count):
    """Finished trials of random search, to fill a study up with."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    trial = space(study.ask())
    distributions = trial.distributions
    made = []
    for _ in range(count):
        trial = space(study.ask())
        params = dict(trial.params)
        made.append(optuna.trial.create_trial(params=params, distributions=distributions,
                                              value=objective(params)))
    return made


def cost(optuna, sampler, trials, n, asks):
    """Mean milliseconds of ask and tell around n."""
    study = optuna.create_study(sampler=sampler)
    study.add_trials(trials[:n - asks // 2])
    spent = 0.0
    for _ in range(asks):
        begin = time.process_time()
        trial = space(study.ask())
        spent += time.process_time() - begin
        value = objective(trial.params)
        begin = time.process_time()
        study.tell(trial, value)
        spent += time.process_time() - begin
    return spent / asks * 1e3


def measure_costs(optuna, sizes):
    samplers = {
        "Optuna": lambda: optuna.samplers.TPESampler(seed=1),
        "Optuna multivariate": lambda: optuna.samplers.TPESampler(seed=1, multivariate=True),
    }
    trials = random_trials(optuna, max(sizes))
    for n in sizes:
        asks = 40 if n <= 1000 else 6
        line(f"ask+tell, random, memory, n = {n}", "Optuna",
             cost(optuna, optuna.samplers.RandomSampler(seed=1), trials, n, asks))
        for column, make in samplers.items():
            line(f"ask+tell, tpe, memory, n = {n}", column, cost(optuna, make(), trials, n, asks))
    if max(sizes) >= 10000:
        line("resident memory, 10,000 trials, memory store", "Optuna", resident_mb())


def measure_gp(optuna, sizes):
    """GPSampler needs torch; trials are its own, since what it costs depends on where they lie."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)
    study = optuna.create_study(sampler=optuna.samplers.GPSampler(seed=1))
    for n in sizes:
        while len(study.trials) < n - 10:
            trial = space(study.ask())
            study.tell(trial, objective(trial.params))
        begin = time.process_time()
        for _ in range(20):
            trial = space(study.ask())
            study.tell(trial, objective(trial.params))
        spent = (time.process_time() - begin) / 20 * 1e3
        line(f"ask+tell, gp, memory, n = {n}", "Optuna", spent)
        line(f"ask+tell, auto, memory, n = {n}", "Optuna", spent)


def measure_whole(optuna, sampler, name, trials=1000):
    """A whole search over 40 reals."""
    study = optuna.create_study(sampler=sampler)
    begin = time.process_time()
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, sum((trial.suggest_float(f"x{i}", -5, 5) - 1) ** 2 for i in range(40)))
    line(f"{trials:,} trials in 40 dimensions, {name}", "Optuna", time.process_time() - begin)


def measure_database(optuna, folder):
    path = os.path.join(folder, "optuna.db")
    study = optuna.create_study(storage="sqlite:///" + path,
                                sampler=optuna.samplers.TPESampler(seed=1))
    told = spent = 0.0
    for n in range(150):
        if n == 50:
            told = spent = 0.0
        begin = time.perf_counter()
        trial = space(study.ask())
        asked = time.perf_counter()
        study.tell(trial, objective(trial.params))
        told += time.perf_counter() - asked
        spent += time.perf_counter() - begin
    line("ask+tell, tpe, sqlite, n = 100", "Optuna", spent / 100 * 1e3)
    line("durable tells, sqlite", "Optuna", 100 / told)
    trial = space(study.ask())
    begin = time.perf_counter()
    for i in range(200):
        trial.report(1 / (i + 1), i)
    line("reports, sqlite", "Optuna", 200 / (time.perf_counter() - begin))
    os.remove(path)


def main():
    if sys.argv[1:] == ["--first-ask"]:
        first_ask()
        return
    subprocess.run([sys.executable, os.path.abspath(__file__), "--first-ask"], check=True)

    import warnings
    warnings.filterwarnings("ignore")
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    measure_costs(optuna, [100, 1000] + ([10000] if "--large" in sys.argv else []))
    measure_gp(optuna, [100, 200, 400] + ([1000] if "--large" in sys.argv else []))
    measure_whole(optuna, optuna.samplers.TPESampler(seed=1), "tpe")
    measure_whole(optuna, optuna.samplers.NSGAIISampler(seed=1), "nsga2")
    try:
        import cmaes  # what CmaEsSampler runs on
    except ImportError:
        pass
    else:
        measure_whole(optuna, optuna.samplers.CmaEsSampler(seed=1), "cmaes")
    measure_database(optuna, folder)


if __name__ == "__main__":
    main()
