"""Other optimisers behind the two calls that bench/quality.py makes: ask() and tell(config, loss).

PEERS maps a name to a function of (params, seed, budget), where params are the Param of
problems.py (name, kind, low, high, log, choices, when). Each imports its package when it is first
called, so that a missing one costs nothing. Packages that cannot express a condition are given
all parameters; what is inactive is left out of the configuration that is evaluated.
"""
import importlib.util


def ordered(params):
    """Parents before their children."""
    return sorted(params, key=lambda p: bool(p.when))


def active(params, values):
    """The values that count under the conditions, by name."""
    config = {}
    for p in ordered(params):
        if not p.when or config.get(p.when[0]) in p.when[1]:
            config[p.name] = values[p.name]
    return config


class Nevergrad:
    """Nevergrad's NGOpt, which picks among its algorithms by the space and the budget."""

    def __init__(self, params, seed, budget):
        import nevergrad as ng
        import numpy as np

        def instrument(p):
            if p.kind == "ordinal":
                return ng.p.TransitionChoice(list(p.choices))
            if p.choices:
                return ng.p.Choice(list(p.choices))
            scale = ng.p.Log if p.log else ng.p.Scalar
            made = scale(lower=p.low, upper=p.high)
            return made.set_integer_casting() if p.kind == "int" else made

        space = ng.p.Dict(**{p.name: instrument(p) for p in params})
        space.random_state = np.random.RandomState(seed)
        self.params = params
        self.optimizer = ng.optimizers.NGOpt(space, budget=budget)

    def ask(self):
        self.candidate = self.optimizer.ask()
        return active(self.params, self.candidate.value)

    def tell(self, config, loss):
        self.optimizer.tell(self.candidate, loss)


class Hyperopt:
    """Hyperopt's TPE, driven by hand through its Trials."""

    def __init__(self, params, seed, budget):
        import hyperopt
        import numpy as np
        from hyperopt import hp
        from hyperopt.base import Domain

        def dimension(p):
            if p.kind == "ordinal":
                return hp.quniform(p.name, 0, len(p.choices) - 1, 1)
            if p.choices:
                return hp.choice(p.name, list(p.choices))
            low, high = float(p.low), float(p.high)
            if p.kind == "int" and p.log:
                return hp.qloguniform(p.name, np.log(low), np.log(high), 1)
            if p.kind == "int":
                return hp.quniform(p.name, low, high, 1)
            return hp.loguniform(p.name, np.log(low), np.log(high)) if p.log \
                else hp.uniform(p.name, low, high)

        self.hyperopt = hyperopt
        self.params = params
        self.domain = Domain(lambda x: 0.0, {p.name: dimension(p) for p in params})
        self.trials = hyperopt.Trials()
        self.random = np.random.default_rng(seed)

    def value(self, p, drawn):
        if p.choices:
            return p.choices[int(drawn)]
        return int(min(max(drawn, p.low), p.high)) if p.kind == "int" else float(drawn)

    def ask(self):
        self.trials.refresh()
        ids = self.trials.new_trial_ids(1)
        docs = self.hyperopt.tpe.suggest(ids, self.domain, self.trials,
                                         int(self.random.integers(2**31 - 1)))
        self.trials.insert_trial_docs(docs)
        self.trials.refresh()
        self.doc = self.trials._dynamic_trials[-1]
        drawn = {name: found[0] for name, found in self.doc["misc"]["vals"].items()}
        return active(self.params, {p.name: self.value(p, drawn[p.name]) for p in self.params})

    def tell(self, config, loss):
        self.doc["state"] = self.hyperopt.JOB_STATE_DONE
        self.doc["result"] = {"status": self.hyperopt.STATUS_OK, "loss": loss}
        self.trials.refresh()


def configuration_space(params, seed):
    """The space as SMAC takes it, conditions included."""
    import ConfigSpace as cs

    space = cs.ConfigurationSpace(seed=seed)
    made = {}
    for p in params:
        if p.kind == "ordinal":
            made[p.name] = cs.OrdinalHyperparameter(p.name, list(p.choices))
        elif p.choices:
            made[p.name] = cs.CategoricalHyperparameter(p.name, list(p.choices))
        elif p.kind == "int":
            made[p.name] = cs.UniformIntegerHyperparameter(p.name, int(p.low), int(p.high),
                                                           log=p.log)
        else:
            made[p.name] = cs.UniformFloatHyperparameter(p.name, p.low, p.high, log=p.log)
    space.add(list(made.values()))
    for p in params:
        if p.when:
            space.add(cs.InCondition(made[p.name], made[p.when[0]], list(p.when[1])))
    return space


class Smac:
    """SMAC3's facade for hyperparameters: a random forest and expected improvement."""

    def __init__(self, params, seed, budget):
        import tempfile
        from smac import HyperparameterOptimizationFacade as Facade, Scenario

        self.folder = tempfile.TemporaryDirectory()
        scenario = Scenario(configuration_space(params, seed), n_trials=budget, seed=seed,
                            deterministic=True, output_directory=self.folder.name)
        self.optimizer = Facade(scenario, lambda config, seed=0: 0.0, logging_level=50,
                                overwrite=True)

    def ask(self):
        self.info = self.optimizer.ask()
        return {name: value.item() if hasattr(value, "item") else value
                for name, value in dict(self.info.config).items()}

    def tell(self, config, loss):
        from smac.runhistory.dataclasses import TrialValue

        self.optimizer.tell(self.info, TrialValue(cost=loss))


class Hebo:
    """HEBO, the winner of the NeurIPS 2020 black-box challenge."""

    def __init__(self, params, seed, budget):
        import numpy as np
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO

        def dimension(p):
            if p.kind == "ordinal":
                return {"name": p.name, "type": "int", "lb": 0, "ub": len(p.choices) - 1}
            if p.choices:
                return {"name": p.name, "type": "cat", "categories": list(p.choices)}
            kind = {("int", False): "int", ("int", True): "pow_int",
                    ("float", False): "num", ("float", True): "pow"}[p.kind, bool(p.log)]
            return {"name": p.name, "type": kind, "lb": p.low, "ub": p.high}

        np.random.seed(seed)
        self.numpy = np
        self.params = params
        self.optimizer = HEBO(DesignSpace().parse([dimension(p) for p in params]),
                              scramble_seed=seed)

    def ask(self):
        self.row = self.optimizer.suggest(n_suggestions=1)
        values = self.row.iloc[0].to_dict()
        for p in self.params:
            if p.kind == "ordinal":
                values[p.name] = p.choices[int(values[p.name])]
            elif p.kind == "int":
                values[p.name] = int(values[p.name])
        return active(self.params, values)

    def tell(self, config, loss):
        self.optimizer.observe(self.row, self.numpy.array([[loss]]))


class Ax:
    """Ax's client with its default generation strategy."""

    def __init__(self, params, seed, budget):
        import logging
        from ax.api.client import Client
        from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

        def dimension(p):
            if p.choices:
                return ChoiceParameterConfig(name=p.name, values=list(p.choices),
                                             parameter_type="str",
                                             is_ordered=p.kind == "ordinal")
            return RangeParameterConfig(name=p.name, bounds=(p.low, p.high),
                                        parameter_type=p.kind,
                                        scaling="log" if p.log else "linear")

        logging.getLogger("ax").setLevel(logging.CRITICAL)
        self.params = params
        self.client = Client(random_seed=seed)
        self.client.configure_experiment(parameters=[dimension(p) for p in params])
        self.client.configure_optimization(objective="-loss")

    def ask(self):
        (self.index, values), = self.client.get_next_trials(max_trials=1).items()
        return active(self.params, values)

    def tell(self, config, loss):
        self.client.complete_trial(trial_index=self.index, raw_data={"loss": loss})


class Vizier:
    """OSS Vizier's GP-UCB-PE designer."""

    def __init__(self, params, seed, budget):
        import jax
        from vizier import pyvizier as vz
        from vizier._src.algorithms.designers.gp_ucb_pe import VizierGPUCBPEBandit

        study = vz.ProblemStatement()
        root = study.search_space.root
        for p in params:
            scale = vz.ScaleType.LOG if p.log else vz.ScaleType.LINEAR
            if p.kind == "ordinal":
                root.add_discrete_param(p.name, list(range(len(p.choices))))
            elif p.choices:
                root.add_categorical_param(p.name, list(p.choices))
            elif p.kind == "int":
                root.add_int_param(p.name, int(p.low), int(p.high), scale_type=scale)
            else:
                root.add_float_param(p.name, p.low, p.high, scale_type=scale)
        study.metric_information.append(
            vz.MetricInformation("loss", goal=vz.ObjectiveMetricGoal.MINIMIZE))
        self.vz = vz
        self.params = params
        self.count = 0
        self.designer = VizierGPUCBPEBandit(study, rng=jax.random.PRNGKey(seed))

    def ask(self):
        self.count += 1
        self.trial = self.designer.suggest(1)[0].to_trial(self.count)
        values = {p.name: self.trial.parameters.get_value(p.name) for p in self.params}
        for p in self.params:
            if p.kind == "ordinal":
                values[p.name] = p.choices[int(values[p.name])]
            elif p.kind == "int":
                values[p.name] = int(values[p.name])
        return active(self.params, values)

    def tell(self, config, loss):
        from vizier.algorithms import ActiveTrials, CompletedTrials

        self.trial.complete(self.vz.Measurement(metrics={"loss": loss}))
        self.designer.update(CompletedTrials([self.trial]), ActiveTrials())


PEERS = {"nevergrad": Nevergrad, "hyperopt": Hyperopt, "smac": Smac, "hebo": Hebo, "ax": Ax,
         "vizier": Vizier}
PACKAGES = {"nevergrad": "nevergrad", "hyperopt": "hyperopt", "smac": "smac", "hebo": "hebo",
            "ax": "ax", "vizier": "vizier"}


def installed():
    """The names of the peers whose packages this Python has."""
    return [name for name, package in PACKAGES.items() if importlib.util.find_spec(package)]
