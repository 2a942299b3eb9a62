"""One supervised process and everything it starts."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import IO

from geodata.supervision.programs import Program

LEASH = Path(__file__).with_name("leash.py")
ROOT = Path(__file__).resolve().parents[2]
LOG_MAX_BYTES = 20 * 2**20  # A log that is larger when its program starts is set aside, and the one before dropped.


def find_executable(name: str) -> str:
    """Return a program's path: beside the running Python first, so that no virtual environment has to be active.

    Raises FileNotFoundError when it is nowhere.
    """
    beside = Path(sys.executable).parent / name
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    return found


class Child:
    """A program in a process group of its own: a terminal's Ctrl-C reaches only the supervisor, which decides."""

    def __init__(self, program: Program, *, logs: Path) -> None:
        self.program = program
        self.log = logs / f"{program.name}.log"
        self.started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id, which is the process group's as well; 0 when it isn't running."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        executable = find_executable(self.program.command[0])
        leash = (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(self.program.orphan_signal)))
        with self._open_log() as log:
            self._process = subprocess.Popen(  # noqa: S603  The commands are this package's own.
                (*leash, executable, *self.program.command[1:]),
                stdin=subprocess.DEVNULL,
                stdout=None if self.program.console else log,
                stderr=None if self.program.console else subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.program.environment},
                cwd=ROOT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def ended(self) -> bool:
        """Return whether the process has ended. It stays unreaped until `reap`, so its group's id is not reused."""
        if not self._process:
            return True
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def request_stop(self) -> None:
        if self._process and not self.ended():
            self._process.send_signal(self.program.stop_signal)

    def reap(self) -> int:
        """Kill what is left of the process group; return the exit code (negative: the signal that ended it)."""
        if not self._process:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        self._process = None
        return code

    def last_words(self, lines: int = 15) -> str:
        if self.program.console or not self.log.exists():
            return ""
        with self.log.open(errors="replace") as log:
            return "".join(deque(log, maxlen=lines))

    def _open_log(self) -> IO[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_MAX_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return self.log.open("ab")


def stop_children(children: list[Child], *, at_once: bool = False) -> None:
    """Ask all to stop, wait for each as long as its grace, then kill what is left of their process groups."""
    for child in children:
        child.request_stop()
    asked_at = time.monotonic()
    for child in children:
        grace = 0.0 if at_once else child.program.grace
        while not child.ended() and time.monotonic() - asked_at < grace:
            time.sleep(0.05)
        child.reap()
