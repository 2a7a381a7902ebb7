"""A disk that is soon full, for tests that may mount one."""
import contextlib
import os
import subprocess
import tempfile


@contextlib.contextmanager
def small(case, size="2m"):
    """The folder of a file system of that size; skips the test where none can be mounted."""
    folder = tempfile.mkdtemp(prefix="hpo-small-")
    try:
        if os.geteuid() != 0 or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder],
                capture_output=True).returncode != 0:
            case.skipTest("this machine may not mount")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
    finally:
        os.rmdir(folder)


def fill(folder):
    """Leave no byte free there; removing `fill` makes room again."""
    with open(os.path.join(folder, "fill"), "wb", buffering=0) as f:
        for piece in (b"x" * 65536, b"x"):
            with contextlib.suppress(OSError):
                while True:
                    f.write(piece)
