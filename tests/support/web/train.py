"""A task that reports what a formula says: quick, and the same each time.

It reports loss and size; with --seconds it takes that long over its iterations.
"""
import argparse
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--layers", type=int, default=1)
parser.add_argument("--optimizer", default="sgd")
parser.add_argument("--momentum", type=float, default=0)
parser.add_argument("--iterations", type=int, default=9)
parser.add_argument("--seconds", type=float, default=0)
args = parser.parse_args()

if args.layers == 4 and args.optimizer == "sgd":
    sys.exit("<b>out of memory</b>")
floor = abs(args.lr - 0.03) + 0.1 / args.layers + (0.05 if args.optimizer == "sgd" else 0)
for iteration in range(1, args.iterations + 1):
    print("iteration=%d loss=%.6f size=%d latency=%.3f" % (
        iteration, floor + (1 - args.momentum / 2) / iteration, args.layers * 100,
        1 / args.layers + args.lr), flush=True)
    time.sleep(args.seconds / args.iterations)
