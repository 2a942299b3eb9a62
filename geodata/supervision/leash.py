"""Become another program that ends when its parent does: ``python leash.py PARENT-PID SIGNAL program …``.

A program of its own, not a ``preexec_fn``: nothing of Python may run between a threaded parent's fork and exec.
Where the kernel has no such call (macOS), the program runs without a leash.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(parent: int, signal: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal)
        if os.getppid() != parent:  # It was gone before the leash was on.
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606  No shell is the point.


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
