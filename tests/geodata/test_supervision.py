"""The supervisor restarts what dies and leaves nothing behind, whichever way it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from geodata.supervision.programs import Program
from geodata.supervision.supervisor import StartFailed, Supervisor, describe_exit
from tests.services.processes import lives, wait_until

# Writes its process id and its child's, then sleeps: what a server with workers looks like from outside.
PARENT_OF_ONE = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
# Supervises that, in a process that a test can kill.
SUPERVISING = """
import sys
from pathlib import Path
from geodata.supervision.programs import Program
from geodata.supervision.supervisor import Supervisor
supervisor = Supervisor(logs=Path(sys.argv[2]), announce=print)
with supervisor.running():
    supervisor.start(Program(name="parent", command=("python", "-c", sys.argv[3], sys.argv[1])))
    supervisor.wait()
"""


@pytest.fixture
def said() -> list[str]:
    """Collect what the supervisor has announced."""
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    with Supervisor(logs=tmp_path / "logs", announce=said.append).running() as supervisor:
        yield supervisor


def pids_in(path: Path) -> list[int]:
    wait_until(lambda: path.exists() and path.read_text().count(" ") == 1, what=f"{path.name} being written")
    return [int(pid) for pid in path.read_text().split()]


def test_supervisor_child_killed_is_started_again_without_its_orphans(supervisor, said, tmp_path):
    pids = tmp_path / "pids"
    child = supervisor.start(Program(name="parent", command=("python", "-c", PARENT_OF_ONE, str(pids))))
    first, grandchild = pids_in(pids)
    pids.unlink()
    os.kill(first, signal.SIGKILL)

    def started_again() -> bool:
        supervisor.tick()
        return child.pid not in {0, first}

    wait_until(started_again, what="another start")
    wait_until(lambda: not lives(grandchild), what="the orphan's end")
    assert "was ended by SIGKILL; starting it again" in said[0]
    second, _ = pids_in(pids)
    assert second != first


def test_supervisor_stop_ends_grandchildren(tmp_path):
    pids = tmp_path / "pids"
    supervisor = Supervisor(logs=tmp_path / "logs", announce=print)
    with supervisor.running():
        supervisor.start(Program(name="parent", command=("python", "-c", PARENT_OF_ONE, str(pids))))
        found = pids_in(pids)
        assert all(lives(pid) for pid in found)
    wait_until(lambda: not any(lives(pid) for pid in found), what="the end of both")


def test_supervisor_program_that_ignores_the_signal_is_killed_after_its_grace(tmp_path):
    ready = tmp_path / "ready"
    stubborn = (
        "import signal, pathlib, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )
    supervisor = Supervisor(logs=tmp_path / "logs", announce=print)
    with supervisor.running():
        program = Program(name="stubborn", command=("python", "-c", stubborn, str(ready)), grace=0.3)
        pid = supervisor.start(program, ready=ready.exists).pid
    assert not lives(pid)


def test_supervisor_never_ready_raises_with_last_words(supervisor, tmp_path):
    log = tmp_path / "logs" / "mute.log"

    def spoke_and_is_not_ready() -> bool:
        wait_until(lambda: log.read_text().endswith("\n"), what="its last words")
        return False

    program = Program(name="mute", command=("python", "-c", "print('no such disk'); raise SystemExit(3)"))
    with pytest.raises(StartFailed, match="mute did not become ready in 0 s\nno such disk"):
        supervisor.start(program, ready=spoke_and_is_not_ready, within=0.0)


def test_supervisor_once_program_is_not_started_again(supervisor, said):
    child = supervisor.start(Program(name="task", command=("python", "-c", "raise SystemExit(1)"), once=True))
    wait_until(lambda: supervisor.tick() or child.pid == 0, what="the program's end")
    supervisor.tick()
    assert child.pid == 0
    assert said == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_supervisor_signalled_leaves_no_process(tmp_path, number):
    pids = tmp_path / "pids"
    command = [sys.executable, "-c", SUPERVISING, str(pids), str(tmp_path / "logs"), PARENT_OF_ONE]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL) as process:
        child, grandchild = pids_in(pids)
        process.send_signal(number)
        assert process.wait(timeout=60) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    wait_until(lambda: not lives(child), what="the child's end")
    if number == signal.SIGKILL:
        # Nobody was there to end what a program starts itself: those of a site go by themselves (test_serve).
        os.kill(grandchild, signal.SIGKILL)
    wait_until(lambda: not lives(grandchild), what="the grandchild's end")


@pytest.mark.parametrize(("code", "words"), [(3, "ended with exit code 3"), (-9, "was ended by SIGKILL")])
def test_describe_exit_code_says_how(code, words):
    assert describe_exit(code) == words
