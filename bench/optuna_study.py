"""The study of web.py in a storage of Optuna; run by a Python that has it.

Usage: optuna_study.py FILE TRIALS REPORTS

It prints the study's id once that is there, and on each line of its input ends one more trial.
Optuna adds the first trial and those; the rows of the others are put beside it by SQL, since
Optuna takes minutes for so many.
"""
import math
import random
import sqlite3
import sys

import optuna

DISTRIBUTIONS = {"lr": optuna.distributions.FloatDistribution(1e-4, 1, log=True),
                 "layers": optuna.distributions.IntDistribution(1, 8),
                 "drop": optuna.distributions.FloatDistribution(0, 1),
                 "kind": optuna.distributions.CategoricalDistribution(["a", "b", "c"])}


def draw_trial(draw):
    params = {"lr": 10**draw.uniform(-4, 0), "layers": draw.randint(1, 8), "drop": draw.random(),
              "kind": draw.choice("abc")}
    floor = abs(math.log10(params["lr"]) + 2) / 10 + 0.1 / params["layers"]
    return params, floor


def add(study, draw, reports):
    params, floor = draw_trial(draw)
    study.add_trial(optuna.trial.create_trial(
        params=params, distributions=DISTRIBUTIONS, value=floor + 1 / reports,
        intermediate_values={i: floor + 1 / i for i in range(1, reports + 1)}))


def fill(path, draw, trials, reports):
    """More rows like those of the first trial."""
    texts = {name: optuna.distributions.distribution_to_json(d) for name, d in DISTRIBUTIONS.items()}
    db = sqlite3.connect(path)
    study, start = db.execute("SELECT study_id, datetime_start FROM trials").fetchone()
    for number in range(1, trials):
        params, floor = draw_trial(draw)
        key = db.execute("INSERT INTO trials (number, study_id, state, datetime_start,"
                         " datetime_complete) VALUES (?, ?, 'COMPLETE', ?, ?)",
                         (number, study, start, start)).lastrowid
        db.executemany("INSERT INTO trial_params (trial_id, param_name, param_value,"
                       " distribution_json) VALUES (?, ?, ?, ?)",
                       [(key, name, DISTRIBUTIONS[name].to_internal_repr(value), texts[name])
                        for name, value in params.items()])
        db.execute("INSERT INTO trial_values (trial_id, objective, value, value_type)"
                   " VALUES (?, 0, ?, 'FINITE')", (key, floor + 1 / reports))
        db.executemany("INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value,"
                       " intermediate_value_type) VALUES (?, ?, ?, 'FINITE')",
                       [(key, i, floor + 1 / i) for i in range(1, reports + 1)])
    db.commit()
    db.close()


def main():
    path, trials, reports = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    draw = random.Random(1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(study_name="large", storage="sqlite:///" + path)
    add(study, draw, reports)
    fill(path, draw, trials, reports)
    print(study._study_id, flush=True)
    for _ in sys.stdin:
        add(study, draw, reports)
        print("added", flush=True)


if __name__ == "__main__":
    main()
