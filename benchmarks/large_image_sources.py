"""Tiles a second by our tile source and by large-image-source-gdal: ``python -m benchmarks.large_image_sources``.

In one process, both called as large-image's users call them, on the same tiles of one cloud-optimized GeoTIFF, one
after the other in turns, no tile twice. Another file is named as the first argument.
"""

import itertools
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import large_image_source_gdal
import numpy as np
from osgeo import gdal, osr

from tiles.large_image.source import open_image

SIDE = 8192
TILES = 120
ROUNDS = 6
PROJECTIONS = {"own pixels": None, "Web Mercator": "EPSG:3857"}


def make_scene(path: Path) -> Path:
    """Write three bands of bytes in UTM, smooth with some noise, as a COG of JPEG-free tiles with overviews."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    noise = np.random.default_rng(1).normal(0, 4, (SIDE, SIDE))
    source = gdal.GetDriverByName("MEM").Create("", SIDE, SIDE, 3, gdal.GDT_Byte)
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32618)
    source.SetSpatialRef(srs)
    source.SetGeoTransform((300000, 10, 0, 4500000, 0, -10))
    for band, shape in enumerate((rows, columns, rows * columns), 1):
        source.GetRasterBand(band).WriteArray(np.clip(40 + 170 * shape + noise, 0, 255).astype(np.uint8))
    gdal.GetDriverByName("COG").CreateCopy(str(path), source, options=["COMPRESS=DEFLATE", "OVERVIEWS=AUTO"])
    return path


def places(source: Any) -> list[tuple[int, int, int]]:
    """Pick tiles of the three finest levels that show the image, the same for everyone."""
    found: list[tuple[int, int, int]] = []
    if source.projection:
        bounds, side = source.getBounds("EPSG:3857"), source.unitsAcrossLevel0
    for z in range(source.levels - 3, source.levels):
        if source.projection:
            span = side / 2**z
            across = range(int((bounds["xmin"] + side / 2) // span) + 1, int((bounds["xmax"] + side / 2) // span))
            down = range(int((side / 2 - bounds["ymax"]) // span) + 1, int((side / 2 - bounds["ymin"]) // span))
        else:
            span = source.tileWidth * 2 ** (source.levels - 1 - z)
            across, down = range(source.sizeX // span), range(source.sizeY // span)
        found += [(x, y, z) for x, y in itertools.product(across, down)]
    random.Random(1).shuffle(found)
    return found


def time_tiles(source: Any, chosen: list[tuple[int, int, int]]) -> float:
    """Return tiles a second."""
    start = time.perf_counter()
    for place in chosen:
        source.getTile(*place)
    return len(chosen) / (time.perf_counter() - start)


def main(arguments: list[str]) -> None:
    """Print a table: the median of the rounds, in tiles a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = arguments[0] if arguments else str(make_scene(Path(folder) / "scene.tif"))
        print("| tiles of | encoding | geodata | large-image-source-gdal | |\n| --- | --- | --- | --- | --- |")
        for (title, projection), encoding in itertools.product(PROJECTIONS.items(), ("PNG", "JPEG")):
            options = {"projection": projection, "encoding": encoding, "noCache": True}
            sources = [make(path, **options) for make in (open_image, large_image_source_gdal.open)]
            chosen, speeds = places(sources[0]), ([], [])  # type: tuple[Any, tuple[list[float], list[float]]]
            each = min(TILES, len(chosen) // ROUNDS)
            for turn in range(ROUNDS):
                # Neither is always the one that finds the system's cache of the file cold.
                for source, found in list(zip(sources, speeds, strict=True))[:: -1 if turn % 2 else 1]:
                    found.append(time_tiles(source, chosen[turn * each : (turn + 1) * each]))
            ours, theirs = (statistics.median(found) for found in speeds)
            print(f"| {title} | {encoding} | {ours:.0f}/s | {theirs:.0f}/s | {ours / theirs:.1f} x |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
