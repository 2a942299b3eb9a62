"""Replace web processes that stand still: what can't be interrupted may be killed, and the others go on.

``python -m geodata.serving.watch`` is the container's health check: the same judgement, without the consequence.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from geodata.serving.pulse import PREFIX, Vitals, read_pulse

LOOK_SECONDS = 0.5
# Who watches slept so much longer than that: the machine stood still (a suspended or starved one), and all on it.
STOOD_STILL_SECONDS = 1.0
# A process that has shown no pulse for so long after its start will not come up by itself.
START_SECONDS = 180.0
# Threads that wait for given-up clients: each costs memory, and only their process' end ends them.
STUCK_THREADS = 32


@dataclass(frozen=True, kw_only=True)
class Patience:
    """For how many seconds a process may go on as it does."""

    silent: float  # Without a beat.
    request: float  # With one request.
    stalled: float  # With requests in all of its threads, and none that begins or ends.


def judge(vitals: Vitals, patience: Patience) -> str:
    """Return why a process has to be replaced; nothing when it need not."""
    if vitals.silent > patience.silent:
        return f"showed no sign of life for {vitals.silent:.0f} s"
    if vitals.oldest > patience.request:
        return f"held a request for {vitals.oldest:.0f} s"
    if vitals.busy >= vitals.threads and vitals.unchanged > patience.stalled:
        return f"held requests in all of its {vitals.threads} threads for {vitals.unchanged:.0f} s"
    if vitals.stuck > STUCK_THREADS:
        return f"had {vitals.stuck} threads waiting for clients that were given up"
    return ""


class Watch:
    """Looks at the pulses of a server's processes, kills those that stand still, and leaves starting to the server."""

    def __init__(
        self,
        folder: Path,
        *,
        patience: Patience,
        processes: Callable[[], Iterable[int]],
        announce: Callable[[str], None],
    ) -> None:
        self._folder, self._patience = folder, patience
        self._processes, self._announce = processes, announce
        self._seen: dict[int, float] = {}
        self._killed: set[int] = set()
        self._judges_from = 0.0

    def start(self) -> None:
        threading.Thread(target=self._go, name="watch", daemon=True).start()

    def _go(self) -> None:
        while True:
            before = time.monotonic()
            time.sleep(LOOK_SECONDS)
            self.wake(late=time.monotonic() - before - LOOK_SECONDS)

    def wake(self, *, late: float) -> None:
        """Look, unless this very process was late by so many seconds: then the others had no time to beat either."""
        now = time.monotonic()
        if late > STOOD_STILL_SECONDS:
            self._judges_from = now + min(late, self._patience.silent)
        if now >= self._judges_from:
            self.look()

    def look(self) -> None:
        """Judge every process once; take away the files of those that are gone."""
        alive = set(self._processes())
        self._seen = {pid: self._seen.get(pid, time.monotonic()) for pid in alive}
        for path in self._folder.glob(f"{PREFIX}*"):
            if int(path.name.removeprefix(PREFIX)) not in alive:
                path.unlink(missing_ok=True)
        self._killed &= alive  # The server takes a moment to start another in its place.
        for pid in alive - self._killed:
            vitals = read_pulse(self._folder / f"{PREFIX}{pid}")
            reason = judge(vitals, self._patience) if vitals else self._judge_start(pid)
            if reason:
                self._killed.add(pid)
                self._announce(f"Process {pid} {reason}: it is replaced")
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _judge_start(self, pid: int) -> str:
        waited = time.monotonic() - self._seen[pid]
        return f"did not come up in {waited:.0f} s" if waited > START_SECONDS else ""


def check_health(folder: Path, *, patience: Patience) -> list[str]:
    """Return what is wrong with the web processes of a machine: nothing when all are well and one is there."""
    found = [read_pulse(path) for path in folder.glob(f"{PREFIX}*")]
    if not any(found):
        return ["no web process shows a pulse"]
    return [reason for vitals in found if vitals and (reason := judge(vitals, patience))]


if __name__ == "__main__":
    from geodata.serving.place import pulse_folder, site_patience

    wrong = check_health(pulse_folder(), patience=site_patience())
    sys.exit("; ".join(wrong) if wrong else 0)
