"""Problems that are not tunings: engineering designs, a controller, a store, compiler flags.

A family for bench/quality.py beside the tunings of its harness, to see whether what was chosen on
those holds elsewhere. Each is a formula, so what is true is known; make() adds readings with noise.
"""
import math
import random


def real(name, low, high, log=False, when=()):
    return {"name": name, "kind": "float", "low": low, "high": high, "log": log, "when": when}


def whole(name, low, high, log=False, when=()):
    return {"name": name, "kind": "int", "low": low, "high": high, "log": log, "when": when}


def choice(name, *choices):
    return {"name": name, "kind": "categorical", "choices": choices}


def ordered(name, *choices):
    return {"name": name, "kind": "ordinal", "choices": choices}


def borehole(c):
    """Water through a borehole, made large. W. Harper and S. Gupta, BMI/ONWI-516 (1983)."""
    across = math.log(c["r"] / c["rw"])
    resistance = (1 + 2 * c["L"] * c["Tu"] / (across * c["rw"] ** 2 * c["Kw"])
                  + c["Tu"] / c["Tl"])
    return -2 * math.pi * c["Tu"] * (c["Hu"] - c["Hl"]) / (across * resistance)


def wing(c):
    """The weight of a light aircraft's wing. A. Forrester, A. Sobester and A. Keane,
    "Engineering design via surrogate modelling" (2008)."""
    cosine = math.cos(math.radians(c["sweep"]))
    return (0.036 * c["Sw"] ** 0.758 * c["Wfw"] ** 0.0035 * (c["A"] / cosine ** 2) ** 0.6
            * c["q"] ** 0.006 * c["taper"] ** 0.04 * (100 * c["tc"] / cosine) ** -0.3
            * (c["Nz"] * c["Wdg"]) ** 0.49 + c["Sw"] * c["Wp"])


def beam(c):
    """What a welded beam costs, with ten times what it breaks of each limit. K. Deb, "An efficient
    constraint handling method for genetic algorithms" (2000)."""
    h, l, t, b = c["h"], c["l"], c["t"], c["b"]
    load, length, young, shear = 6000, 14, 30e6, 12e6
    radius = math.hypot(l / 2, (h + t) / 2)
    inertia = 2 * math.sqrt(2) * h * l * (l * l / 12 + ((h + t) / 2) ** 2)
    primary = load / (math.sqrt(2) * h * l)
    secondary = load * (length + l / 2) * radius / inertia
    stress = math.sqrt(primary ** 2 + primary * secondary * l / radius + secondary ** 2)
    buckling = (4.013 * young * math.sqrt(t * t * b ** 6 / 36) / length ** 2
                * (1 - t / (2 * length) * math.sqrt(young / (4 * shear))))
    excess = (stress / 13600 - 1, 6 * load * length / (b * t * t) / 30000 - 1, h / b - 1,
              4 * load * length ** 3 / (young * t ** 3 * b) / 0.25 - 1,
              load / max(buckling, 1) - 1)
    return (1.10471 * h * h * l + 0.04811 * t * b * (14 + l)
            + 10 * sum(max(0, x) for x in excess))


def arm(c):
    """How far the hand of a four-jointed arm is from its target, and how much the joints turn."""
    x = y = angle = 0.0
    for i in range(4):
        angle += c[f"angle{i}"]
        x += c[f"length{i}"] * math.cos(angle)
        y += c[f"length{i}"] * math.sin(angle)
    turns = sum(abs(math.sin(3 * c[f"angle{i}"])) for i in range(4))
    return math.hypot(x - 1.3, y - 1.1) + 0.1 * turns


def controller(c):
    """A PID controller of a second-order plant with a delay: time times error, as a logarithm."""
    position = speed = total = cost = 0.0
    before, step, delayed = 1.0, 0.02, [0.0] * 15
    for k in range(400):
        error = 1 - position
        total += error * step
        slope = (error - before) / step
        before = error
        force = c["kp"] * error + c["ki"] * total + c["kd"] * c["share"] * slope
        delayed.append(max(-10, min(10, force)))
        speed += step * (delayed.pop(0) - 0.6 * speed - 1.5 * position)
        position += step * speed
        if abs(position) > 50:
            return math.log10(50 * 400)
        cost += k * step * abs(error) * step + 1e-4 * abs(delayed[-1])
    return math.log10(cost)


def store(c):
    """The log time of a request to a store of blocks: its memory, threads, codec and journal."""
    over = max(0, c["cache"] + c["threads"] * c["buffer"] / 1024 - 4096) / 1024
    missed = math.exp(-c["cache"] / 900)
    level = c.get("level", 3)
    ratio = {"none": 1, "lz4": 0.62, "zstd": 0.45 * (1 - 0.012 * level), "zlib": 0.47}[c["codec"]]
    work = {"none": 0, "lz4": 0.12, "zstd": 0.3 + 0.05 * level, "zlib": 0.7}[c["codec"]]
    threads = c["threads"] / (1 + 0.02 * c["threads"] + 0.0009 * c["threads"] ** 2)
    page = int(c["page"])
    reads = missed * (0.3 + page / 16 * ratio + 2 / page)
    waits = {"off": 0.25, "each": 2,
             "group": 0.25 + 0.1 * abs(math.log(c.get("wait", 1) / 2))}[c["journal"]]
    return math.log((reads + work + waits + 0.3) / threads * 10 + over * 3)


def flags(c):
    """Twenty compiler flags of which each counts with two others (S. Kauffman's NK landscapes,
    1993), a level and a limit of inlining."""
    on = [int(c[f"flag{i}"] == "on") for i in range(20)]
    sum_ = 0.0
    for i in range(20):
        key = (i, on[i], on[(i * 7 + 3) % 20], on[(i * 3 + 5) % 20])
        sum_ += random.Random(repr(key)).random()
    level = {"O1": 0.6, "O2": 0.2, "O3": 0.1, "Os": 0.5}[c["level"]]
    return (sum_ / 20 + level - 0.0002 * min(c["inline"], 200)
            + 0.05 * (c["inline"] > 400))


def within(**ranges):
    return [real(name, low, high) for name, (low, high) in ranges.items()]


DESIGNS = {
    "borehole": (borehole, within(rw=(0.05, 0.15), r=(100, 50000), Tu=(63070, 115600),
                                  Hu=(990, 1110), Tl=(63.1, 116), Hl=(700, 820), L=(1120, 1680),
                                  Kw=(9855, 12045))),
    "wing": (wing, within(Sw=(150, 200), Wfw=(220, 300), A=(6, 10), sweep=(-10, 10), q=(16, 45),
                          taper=(0.5, 1), tc=(0.08, 0.18), Nz=(2.5, 6), Wdg=(1700, 2500),
                          Wp=(0.025, 0.08))),
    "beam": (beam, within(h=(0.1, 5), l=(0.1, 10), t=(0.1, 10), b=(0.1, 5))),
    "arm": (arm, within(**{f"angle{i}": (-3.14, 3.14) for i in range(4)},
                        **{f"length{i}": (0.1, 1) for i in range(4)})),
    "controller": (controller, [real("kp", 0.01, 100, log=True), real("ki", 0.01, 100, log=True),
                                real("kd", 0.001, 100, log=True), real("share", 0, 1)]),
    "controller-even": (controller, within(kp=(0, 100), ki=(0, 100), kd=(0, 100), share=(0, 1))),
    "store": (store, [whole("cache", 16, 8192, log=True), whole("threads", 1, 128, log=True),
                      whole("buffer", 64, 65536, log=True),
                      choice("codec", "none", "lz4", "zstd", "zlib"),
                      whole("level", 1, 19, when=("codec", ("zstd",))),
                      ordered("page", "4", "8", "16", "32", "64"),
                      choice("journal", "off", "group", "each"),
                      real("wait", 0.1, 100, log=True, when=("journal", ("group",)))]),
    "flags": (flags, [*(choice(f"flag{i}", "off", "on") for i in range(20)),
                      choice("level", "O1", "O2", "O3", "Os"), whole("inline", 1, 1000, log=True)]),
}


def spread(params, formula, draw):
    """From the median of random points to their best hundredth."""
    solver = draw(params, 5)
    values = sorted(formula(solver.ask()) for _ in range(400))
    return values[200] - values[4]


def make(param, problem, draw, noises=(0,)):
    """The designs as the harness's Problem with its Param, once for each noise: the deviation of a
    reading, as a share of the spread. `draw` is its random solver."""
    made = []
    for noise in noises:
        for name, (formula, space) in DESIGNS.items():
            params = [param(**axis) for axis in space]
            deviation = noise * spread(params, formula, draw) if noise else 0

            def read(config, generator, formula=formula, deviation=deviation):
                return formula(config) + deviation * generator.normal()
            title = f"noise-{noise}" if noise else "design"
            made.append(problem(f"{title}/{name}", params, read, formula))
    return made
