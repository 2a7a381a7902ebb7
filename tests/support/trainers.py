"""Searches of small scripts, for tests of the command."""
import os

from .command import Case as Command

TRAIN = """#!/bin/sh
# Prints loss = |x|, and whatever it was started with into a file of its own.
for a in "$@"; do
	case $a in
	--x=-*) x=${a#--x=-} ;;
	--x=*) x=${a#--x=} ;;
	esac
done
echo "$*" >"args.$HPO_TRIAL"
echo "loss=${x:-1}"
"""
SLOW = "#!/bin/sh\nsleep 0.2\necho loss=$HPO_TRIAL\n"
FAIL = "#!/bin/sh\necho nothing\nexit 3\n"
SPACE = ["--param", "x=float(-5,5)", "--minimize", "loss"]


class Case(Command):
    def setUp(self):
        super().setUp()
        for name, text in (("train.sh", TRAIN), ("slow.sh", SLOW), ("fail.sh", FAIL)):
            self.write(name, text, 0o755)

    def refused(self, *args, names):
        """Refused with status 1 and a sentence that holds all of `names`; nothing is started."""
        done = self.hpo(*args, status=1)
        for name in names:
            self.assertIn(name, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertFalse([f for f in os.listdir(self.dir) if f.startswith("args.")])
        return done

    def search(self, *args, status=0, command=("./train.sh",)):
        return self.hpo("search", *args, "--", *command, status=status)

    def study(self, name="s"):
        """The definition that the store keeps."""
        return self.json("show", name, "--study")
