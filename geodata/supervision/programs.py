"""The commands that make up a site. Containers run the same ones (``docker-compose.yml``; a test compares them)."""

from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process to keep running.

    ``grace`` is how many seconds it may take to end by itself after ``stop_signal``. ``orphan_signal`` is what the
    kernel sends it when the supervisor dies without saying goodbye. A program with ``once`` ends by itself and is not
    started again; one with ``console`` writes to the terminal instead of its log.
    """

    name: str
    command: tuple[str, ...]
    stop_signal: Signals = SIGTERM
    orphan_signal: Signals = SIGTERM
    grace: float = 10.0
    once: bool = False
    console: bool = False
    environment: dict[str, str] = field(default_factory=dict)


WORKER_COMMAND = ("celery", "-A", "geodata", "worker", "--loglevel", "INFO", "--without-mingle")
# A queue each, and processes: nobody's files wait for overviews, and work is handed out whatever is being read.
WORKERS = {"ingest": 3, "dispatch": 1, "overviews": 1}
BEAT_COMMAND = ("celery", "-A", "geodata", "beat", "--loglevel", "INFO", "--pidfile=")
WEB_COMMAND = (
    *("python", "-m", "geodata.serving.granian", "geodata.wsgi:application"),
    *("--workers", "2", "--threads", "4"),
)
REDIS_COMMAND = (
    # No port and no dump: only this site speaks to it, and the database is the truth.
    *("redis-server", "--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "no"),
    # Cached tiles have an expiry and may be dropped; queued work has none and must not be.
    *("--maxmemory", "512mb", "--maxmemory-policy", "volatile-lru"),
)


def redis(socket: Path, *, folder: Path) -> Program:
    return Program(name="redis", command=(*REDIS_COMMAND, "--unixsocket", str(socket), "--dir", str(folder)))


def worker(queue: str) -> Program:
    """Return Celery's worker of one queue.

    Told to stop it waits for running tasks, which are dispatched again after its grace.

    As an orphan it is killed, and its processes with it: without Redis, which ends at the same time, Celery's cold
    shutdown may wait for ever.
    """
    own = ("--queues", queue, "--concurrency", str(WORKERS[queue]), "--hostname", f"{queue}@%h")
    return Program(name=queue, command=(*WORKER_COMMAND, *own), orphan_signal=SIGKILL, grace=5.0)


def beat(schedule: Path) -> Program:
    return Program(name="beat", command=(*BEAT_COMMAND, "--schedule", str(schedule)), grace=3.0)


def web(*, host: str, port: int) -> Program:
    return Program(name="web", command=(*WEB_COMMAND, "--host", host, "--port", str(port)), grace=7.0)
