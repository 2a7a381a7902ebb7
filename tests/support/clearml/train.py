"""A training script as users of ClearML write them: a small network, by hand, on two spirals.

Its parameters come in every way that matters: the arguments of the command line (int, float,
str, bool), a dictionary, and a dictionary within it. Each epoch reports validation/loss and
validation/accuracy. Whatever it draws depends on its seed alone.
"""
import argparse
import math
import random
import time

from clearml import Task

ACTIVATIONS = {
    "tanh": (math.tanh, lambda y: 1 - y * y),
    "relu": (lambda x: max(x, 0.0), lambda y: 1.0 if y > 0 else 0.0),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)) if x > -60 else 0.0, lambda y: y * (1 - y)),
}


def spirals(count, noise, rng):
    """Points of two arms that wind into each other, each with its class."""
    points = []
    for i in range(count):
        kind, turn = i % 2, 0.5 + 5 * rng.random()
        angle = turn + math.pi * kind
        points.append(((turn / 4 * math.cos(angle) + rng.gauss(0, noise),
                        turn / 4 * math.sin(angle) + rng.gauss(0, noise)), kind))
    return points


class Network:
    """A multi-layer perceptron with one output, trained by momentum."""

    def __init__(self, layers, width, act, rng):
        sizes = [2] + [width] * layers + [1]
        self.act, self.slope = ACTIVATIONS[act]
        self.weights = [[[rng.gauss(0, 1 / math.sqrt(n)) for _ in range(n)] + [0.0]
                         for _ in range(m)] for n, m in zip(sizes, sizes[1:])]
        self.speed = [[[0.0] * len(row) for row in layer] for layer in self.weights]

    def forward(self, x):
        outputs = [list(x)]
        for layer in self.weights:
            ins = outputs[-1] + [1.0]
            sums = [sum(w * v for w, v in zip(row, ins)) for row in layer]
            outputs.append([self.act(s) for s in sums] if layer is not self.weights[-1] else sums)
        return outputs

    def probability(self, x):
        score = max(-30.0, min(30.0, self.forward(x)[-1][0]))
        return 1 / (1 + math.exp(-score))

    def step(self, x, kind, lr, momentum, nesterov, decay):
        outputs = self.forward(x)
        score = max(-30.0, min(30.0, outputs[-1][0]))
        errors = [1 / (1 + math.exp(-score)) - kind]
        for at in range(len(self.weights) - 1, -1, -1):
            layer, speed, ins = self.weights[at], self.speed[at], outputs[at] + [1.0]
            below = [sum(e * row[j] for e, row in zip(errors, layer)) * self.slope(outputs[at][j])
                     for j in range(len(outputs[at]))] if at else []
            for error, row, moving in zip(errors, layer, speed):
                for j, value in enumerate(ins):
                    change = max(-5.0, min(5.0, error * value)) + decay * row[j]
                    moving[j] = momentum * moving[j] - lr * change
                    row[j] += momentum * moving[j] - lr * change if nesterov else moving[j]
            errors = below


def judge(network, points):
    """(loss, accuracy) on points that the network never saw."""
    loss, right = 0.0, 0
    for x, kind in points:
        p = network.probability(x)
        p = p if math.isfinite(p) else 0.5
        loss -= math.log(max(p if kind else 1 - p, 1e-9))
        right += (p > 0.5) == bool(kind)
    return loss / len(points), right / len(points)


def main():
    task = Task.init(project_name="HPO tests", task_name="two spirals",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds that an epoch takes")
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--act", type=str, default="tanh", choices=sorted(ACTIVATIONS))
    parser.add_argument("--nesterov", type=bool, default=False)
    args = parser.parse_args()
    config = {"momentum": 0.5, "width": 6, "decay": 0.0, "data": {"points": 120, "noise": 0.1},
              "seed": 1}
    config = task.connect(config)
    logger = task.get_logger()

    rng = random.Random(config["seed"])
    train = spirals(config["data"]["points"], config["data"]["noise"], rng)
    unseen = spirals(100, config["data"]["noise"], rng)
    network = Network(args.layers, config["width"], args.act, rng)
    for epoch in range(1, args.epochs + 1):
        started = time.monotonic()
        rng.shuffle(train)
        for x, kind in train:
            network.step(x, kind, args.lr, config["momentum"], args.nesterov, config["decay"])
        loss, accuracy = judge(network, unseen)
        logger.report_scalar("validation", "loss", loss, epoch)
        logger.report_scalar("validation", "accuracy", accuracy, epoch)
        logger.flush()
        print("epoch %d: loss=%.4f accuracy=%.2f" % (epoch, loss, accuracy))
        time.sleep(max(0.0, args.pause - (time.monotonic() - started)))
    logger.report_single_value("final loss", loss)


if __name__ == "__main__":
    main()
