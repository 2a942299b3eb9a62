"""``python -m geodata.serving.granian APPLICATION``: granian with lanes for slow clients and a watch over it."""

import argparse
import functools
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from granian.constants import Interfaces
from granian.server import mp
from granian.server.mp import MPServer
from granian.wsgi import _callback_wrapper

from geodata.observing import folder
from geodata.serving.lanes import Bounds, Lanes
from geodata.serving.place import pulse_folder, site_patience
from geodata.serving.pulse import Pulse
from geodata.serving.seats import ASIDE_PLACES
from geodata.serving.watch import STUCK_THREADS, Watch
from tiles.conf import tiles_settings

# Of those that work on no request, but leave it to others.
TAKING_THREADS = 2
# A rendering that is given up for time answers by itself, if it can.
ANSWER_GRACE_SECONDS = 0.5


def main() -> None:
    options = _options()
    folder.begin()
    # Processes have what is set up here.
    multiprocessing.set_start_method("fork")
    server = MPServer(
        options.application,
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=options.workers,
        # Granian's own threads work on requests, and wait for bodies and stores; started when they are needed.
        blocking_threads=options.threads + TAKING_THREADS + ASIDE_PLACES + settings.WEB_BODY_THREADS + STUCK_THREADS,
        # As JSON, each process writes its own.
        log_access=settings.LOG_FORMAT != "json",
        # A process that dies is started again; one that doesn't end in time is killed.
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    )
    # Where granian makes its way from a request to the application, in each process: there is no other place for it.
    mp._wsgi_call_wrap = functools.partial(_in_lanes, threads=options.threads)  # type: ignore[attr-defined]  # noqa: SLF001
    watch = Watch(pulse_folder(), patience=site_patience(), processes=lambda: _processes(server), announce=_say)
    server.on_startup(watch.start)
    server.serve()


def _in_lanes(application: Callable[..., Any], scope_options: Any, access_log: Any, *, threads: int) -> Lanes:
    bounds = Bounds(
        bodies=settings.WEB_BODY_THREADS,
        streams=settings.WEB_STREAM_THREADS,
        least_rate=settings.BODY_LEAST_BYTES_PER_SECOND,
        grace_seconds=settings.BODY_GRACE_SECONDS,
        answer_seconds=tiles_settings().limits.render_seconds + ANSWER_GRACE_SECONDS,
    )
    run = _callback_wrapper(application, scope_options, access_log)
    return Lanes(run, pulse=Pulse(pulse_folder(), threads=threads), threads=threads, bounds=bounds)


def _processes(server: MPServer) -> Iterator[int]:
    for worker in list(server.wrks):
        yield worker._id()  # type: ignore[no-untyped-call]  # noqa: SLF001  It has no other name for it.


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("application", help="module:name of the WSGI application")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--threads", type=int, default=4, help="threads of each process that work on requests")
    return parser.parse_args()


if __name__ == "__main__":
    main()
