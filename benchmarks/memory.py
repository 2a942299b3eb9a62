"""Resident memory of one process over 10,000 tiles of 500 files: ``python -m benchmarks.memory [tiles]``.

Four threads, as a server's worker has; the 50 synthetic scenes are each opened under ten names.
"""

import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.imagery import SCENES, make_imagery
from tiles.encoding.formats import FORMATS
from tiles.geo.grids import MERCATOR_EDGE, web_mercator
from tiles.process import use_one_thread
from tiles.rendering.tile import render_tile
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.pool import POOL
from tiles.sources.protocol import Source
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.styling.style import Style

FILES = 500
THREADS = 4
STEPS = 10


def resident() -> float:
    """MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def render_one(number: int) -> None:
    chance = random.Random(number)
    file = chance.randrange(FILES)
    path = make_imagery() / f"scene{file % SCENES:02d}.tif"
    with POOL.lease(SourceRef(str(path), version=str(file))) as source:
        render_somewhere(source, chance)


def render_somewhere(source: Source, chance: random.Random) -> None:
    assert isinstance(source, RasterSource)
    west, south, east, north = source.coverage(web_mercator())[0]
    zoom = chance.randrange(11, 16)
    span = 2 * MERCATOR_EDGE / 2**zoom
    x, y = chance.uniform(west, east), chance.uniform(south, north)
    tile = (zoom, int((x + MERCATOR_EDGE) // span), int((MERCATOR_EDGE - y) // span))
    picture = render_tile(source, web_mercator(), *tile, style=Style())
    if picture:
        FORMATS[chance.choice(("png", "jpeg", "webp"))].encode(picture)


def main(arguments: list[str]) -> None:
    use_one_thread()
    configure_gdal()
    total = int(arguments[0]) if arguments else 10_000
    print(f"start: {resident():.0f} MiB")
    with ThreadPoolExecutor(THREADS) as pool:
        for step in range(STEPS):
            share = total // STEPS
            list(pool.map(render_one, range(step * share, (step + 1) * share)))
            print(f"{(step + 1) * share} tiles: {resident():.0f} MiB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
