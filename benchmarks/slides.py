"""Tiles a second of slides, side by side with django-large-image: ``python -m benchmarks.slides [seconds]``.

Pixel space, each server's own tile grid, tiles of the three finest levels in the same random order; two workers, no
tile cache. ``viewer`` is what each one's own viewer asks for: ours JPEG, as TileJSON says, the other's PNG.
"""

import json
import random
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.servers import Measure, Server, fetch, measure, serve
from benchmarks.slide_imagery import make_slides

PEERS = ("geodata", "django-large-image-slides")
# What each peer is asked for.
FORMATS = {"viewer": ("jpg", "png"), "jpg": ("jpg", "jpg"), "png": ("png", "png")}
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


def main(arguments: list[str]) -> None:
    seconds = float(arguments[0]) if arguments else 5.0
    slides = make_slides()
    variables = {"SLIDES": json.dumps({name: str(path) for name, path in slides.items()})}
    print("| slide | format | geodata (p50/p95) | django-large-image (p50/p95) | |\n| --- | --- | --- | --- | --- |")
    with ExitStack() as running:
        servers = [running.enter_context(serve(name, **variables)) for name in PEERS]
        for name in slides:
            for title in FORMATS:
                print(row(servers, name, title, seconds=seconds), flush=True)


def row(servers: list[Server], name: str, title: str, *, seconds: float) -> str:
    found: dict[str, list[Measure]] = {server.name: [] for server in servers}
    asked = [paths(server, name, extension) for server, extension in zip(servers, FORMATS[title], strict=True)]
    for server, places in zip(servers, asked, strict=True):
        # Both import readers when they first need them, which takes a second.
        measure(server, places, seconds=WARM_UP)
    for _ in range(ROUNDS):
        for server, places in zip(servers, asked, strict=True):
            found[server.name].append(measure(server, places, seconds=seconds))
    rates = [statistics.mean(one.rate for one in found[peer]) for peer in PEERS]
    cells = [name, title]
    for peer, rate in zip(PEERS, rates, strict=True):
        p50, p95 = (statistics.mean(getattr(one, key) for one in found[peer]) for key in ("p50", "p95"))
        failed = sum(one.failed for one in found[peer])
        cells.append(f"{rate:.0f} ({p50:.0f}/{p95:.0f} ms)" + (f" {failed} failed" if failed else ""))
    return "| " + " | ".join([*cells, f"{rates[0] / rates[1]:.1f}x"]) + " |"


if __name__ == "__main__":
    main(sys.argv[1:])
