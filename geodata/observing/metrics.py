"""Declare what is counted of requests, and keep it so that one process can tell it for all of a machine.

Each process writes its counts into a file of its own in one folder, as Prometheus' client does for servers of several
processes; whichever is asked for `/metrics` adds all files up. Names and labels are those of the dashboard and the
alert rules in `packaging/observing/`.
"""

import os
import time
from bisect import bisect_left
from collections import Counter as Counted
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from geodata.observing.folder import prepare

prepare()

from prometheus_client import Counter, Gauge, Histogram  # noqa: E402

# Seconds: a tile from the cache, one that is rendered, a search over millions, one that is given up.
SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
# The same of a part of a tile.
STAGE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
# Between two looks of a process at itself.
LOOK_SECONDS = 1.0


class ManyHistogram(Histogram):
    """A histogram that takes many observations for the price of one: each of its numbers is written once."""

    def observe_all(self, amounts: list[float]) -> None:
        """Count observations, in the histogram's unit."""
        self._sum.inc(sum(amounts))
        for bucket, number in Counted(bisect_left(self._upper_bounds, amount) for amount in amounts).items():
            self._buckets[bucket].inc(number)


REQUESTS = ManyHistogram(
    "geodata_request_seconds", "Seconds up to the head of an answer.", ("route", "status"), buckets=SECONDS
)
TILES = Counter("geodata_tiles", "Pictures and values that were sent, by where they came from.", ("outcome",))
STAGES = ManyHistogram(
    "geodata_tile_stage_seconds", "Seconds that a stage of a rendering took.", ("stage",), buckets=STAGE_SECONDS
)
OPEN_IMAGES = Gauge("geodata_open_images", "Images that are open.", multiprocess_mode="livesum")
MEMORY = Gauge("geodata_resident_bytes", "Memory of the web processes.", multiprocess_mode="liveall")

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_looked = 0.0


def look_at_process(open_images: Callable[[], int]) -> None:
    """Note this process' memory and open images, once a second at most."""
    global _looked  # noqa: PLW0603  One process, one look.
    now = time.monotonic()
    if now - _looked < LOOK_SECONDS:
        return
    _looked = now
    OPEN_IMAGES.set(open_images())
    with suppress(OSError):  # Where there is no /proc.
        MEMORY.set(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES)
