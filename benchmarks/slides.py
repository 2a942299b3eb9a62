"""Tiles a second of slides, side by side with django-large-image: ``python -m benchmarks.slides [seconds]``.

Pixel space, each server's own tile grid, every tile of the three finest levels in the same random order; two workers,
no tile cache. JPEG tiles that lie in the file are handed on by us; PNG ones are decoded by both.
"""

import json
import os
import random
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.places import shared_data
from benchmarks.servers import Measure, Server, fetch, measure, serve

PEERS = ("geodata", "django-large-image-slides")
SLIDES = {
    "svs": "CMU-1-Small-Region.svs",
    "ometiff": "cmu-1-small-region-pyramid.ome.tif",
    "dicom": "cmu-dicom-wsi/level_2220x2967.dcm",
}
ROUNDS = 2
LEVELS = 3
WARM_UP = 2.0


def paths(server: Server, name: str, extension: str) -> list[str]:
    """Every tile of the finest levels, the same order for everyone."""
    base = f"/slides/{name}" if server.name == "geodata" else f"/api/images/{name}"
    document = json.loads(
        fetch(f"{server.url}{base}/{'tilejson.json' if server.name == 'geodata' else 'info/metadata'}")[1]
    )
    if server.name == "geodata":
        size, last = document["tilesize"], document["maxzoom"]
        width, height = document["width"], document["height"]
    else:
        size, last = document["tileWidth"], document["levels"] - 1
        width, height = document["sizeX"], document["sizeY"]
    found = [f"{base}/tiles/{z}/{x}/{y}.{extension}" for z, x, y in _tiles(size, last, width, height)]
    random.Random(1).shuffle(found)
    return found


def _tiles(size: int, last: int, width: int, height: int) -> Iterator[tuple[int, int, int]]:
    for z in range(max(0, last - LEVELS + 1), last + 1):
        span = size * 2 ** (last - z)
        for x in range(-(-width // span)):
            for y in range(-(-height // span)):
                yield z, x, y


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    medical = shared_data() / "medical"
    slides = json.dumps({name: str(medical / file) for name, file in SLIDES.items()})
    print("| slide | format | geodata (p50/p95) | django-large-image (p50/p95) | |\n| --- | --- | --- | --- | --- |")
    with ExitStack() as running:
        servers = [running.enter_context(serve(name, SLIDES=slides)) for name in PEERS]
        for name in SLIDES:
            for extension in ("jpg", "png"):
                print(row(servers, name, extension, seconds=seconds), flush=True)


def row(servers: list[Server], name: str, extension: str, *, seconds: float) -> str:
    found: dict[str, list[Measure]] = {server.name: [] for server in servers}
    for server in servers:
        # Both import readers when they first need them, which takes a second.
        measure(server, paths(server, name, extension), seconds=WARM_UP)
    for _ in range(ROUNDS):
        for server in servers:
            found[server.name].append(measure(server, paths(server, name, extension), seconds=seconds))
    rates = [statistics.mean(one.rate for one in found[peer]) for peer in PEERS]
    cells = [name, extension]
    for peer, rate in zip(PEERS, rates, strict=True):
        p50, p95 = (statistics.mean(getattr(one, key) for one in found[peer]) for key in ("p50", "p95"))
        failed = sum(one.failed for one in found[peer])
        cells.append(f"{rate:.0f} ({p50:.0f}/{p95:.0f} ms)" + (f" {failed} failed" if failed else ""))
    return "| " + " | ".join([*cells, f"{rates[0] / rates[1]:.1f}x"]) + " |"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
