"""The adjacent scenes that catalogs hold: where each lies, and the many rows of others around them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from osgeo import gdal

from benchmarks.imagery import SCENES
from benchmarks.places import IMAGERY

Box = tuple[float, float, float, float]

COLLECTION = "adjacent"
TAKEN = datetime(2024, 1, 1, tzinfo=UTC)
ZOOM = 12
# Rows of the same collection that lie elsewhere: what a search has to tell apart from the scenes.
OTHERS = 5000
# Degrees of each of those, from the first one's corner.
OTHER_SIDE, OTHER_CORNER, OTHERS_A_ROW = 0.25, (-40.0, -30.0), 100


def scene_files() -> list[Path]:
    return [IMAGERY / f"scene{number:02d}.tif" for number in range(SCENES)]


def bounds(path: Path) -> Box:
    """West, south, east, north in degrees."""
    info = gdal.Info(str(path), format="json")["wgs84Extent"]["coordinates"][0]
    x, y = zip(*info, strict=True)
    return min(x), min(y), max(x), max(y)


def others() -> Iterator[tuple[str, Box]]:
    """Names and boxes of the items that lie elsewhere."""
    for number in range(OTHERS):
        row, column = divmod(number, OTHERS_A_ROW)
        west, south = OTHER_CORNER[0] + column * OTHER_SIDE, OTHER_CORNER[1] + row * OTHER_SIDE
        yield f"other{number}", (west, south, west + OTHER_SIDE, south + OTHER_SIDE)


def tiles_on(files: list[Path]) -> list[str]:
    """Those of the zoom that the files' extent holds wholly."""
    extents = np.array([bounds(path) for path in files])
    (west, south), (east, north) = extents[:, :2].min(axis=0), extents[:, 2:].max(axis=0)
    columns = (np.array([west, east]) + 180) / 360 * 2**ZOOM
    rows = (1 - np.arcsinh(np.tan(np.radians([north, south]))) / np.pi) / 2 * 2**ZOOM
    (left, right), (top, bottom) = np.floor(columns).astype(int), np.floor(rows).astype(int)
    return [f"{ZOOM}/{x}/{y}" for x in range(left + 1, right) for y in range(top + 1, bottom)]
