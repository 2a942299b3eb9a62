"""The embedded site: its data folder, its database, and its programs in the order they need each other."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command

from geodata.confinement import gate
from geodata.confinement.walls import describe_gate, describe_landlock
from geodata.supervision import programs, readiness
from geodata.supervision.supervisor import Supervisor


class SiteBusy(Exception):
    """The port or the data folder is taken; the message says by what and what to do."""


def site_url() -> str:
    return f"http://{settings.HOST}:{settings.PORT}"


@contextlib.contextmanager
def reserve_site(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for this process, which any ending of it lets go.

    Raises SiteBusy when another one holds it, or when something listens on the port.
    """
    with (data_dir / "serve.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SiteBusy(
                f"A site is running on {data_dir} already. Stop it, or name another folder: GEODATA_DATA_DIR="
            ) from None
        if not readiness.port_is_free(settings.HOST, settings.PORT):
            raise SiteBusy(
                f"Port {settings.PORT} is in use. Stop what listens there, or name another: "
                f"PORT={settings.PORT + 1} make serve"
            )
        yield


def start_site(supervisor: Supervisor, *, data_dir: Path, announce: Callable[[str], None]) -> None:
    """Start every program and return when the site answers. Raises StartFailed, Stopped."""
    _start_redis(supervisor, data_dir=data_dir)
    announce("Preparing the database and static files")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    missing = gate.build() if settings.GATE else ""
    announce(describe_gate(missing=missing))
    announce(describe_landlock())
    for message in run_checks():
        if not message.is_silenced():
            announce(f"{message.msg} {message.hint or ''}".strip())
    for queue in programs.WORKERS:
        supervisor.start(_gated(programs.worker(queue)))
    supervisor.start(programs.beat(data_dir / "beat-schedule"))
    supervisor.start(
        _gated(programs.web(host=settings.HOST, port=settings.PORT)),
        ready=lambda: readiness.http_answers(f"{site_url()}/healthz"),
    )


def _gated(program: programs.Program) -> programs.Program:
    """Return the program with the gate preloaded, where there is one."""
    return replace(program, environment={**program.environment, **gate.environment()})


def _start_redis(supervisor: Supervisor, *, data_dir: Path) -> None:
    """Start the site's own Redis, unless ``REDIS_URL`` names one."""
    socket: Path | None = getattr(settings, "OWN_REDIS_SOCKET", None)
    if socket is None:
        return
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = data_dir / "redis"
    folder.mkdir(exist_ok=True)
    supervisor.start(
        programs.redis(socket, folder=folder), ready=lambda: readiness.redis_answers(settings.REDIS_URL), within=15
    )
