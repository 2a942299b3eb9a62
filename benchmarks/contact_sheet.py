"""Every raster of the shared imagery as our tiles show it: ``python -m benchmarks.contact_sheet [folder]``.

Checkers show through where a tile is transparent. Of a file with many variables, some are shown.
"""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks.agreement import SIDECARS, reference
from benchmarks.places import CACHE, shared_data
from tiles.errors import TilesError
from tiles.geo.extent import zoom_range
from tiles.geo.grids import MERCATOR_EDGE, web_mercator
from tiles.rendering.tile import render_tile
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.sources.registry import Source, open_source
from tiles.sources.subdatasets import subdatasets, with_subdataset
from tiles.styling.painting import Picture
from tiles.styling.style import Style

SIDE = 256
CAPTION = 30
COLUMNS = 8
VARIABLES = 4
# The world is on screen at zoom 0; others begin with the zoom that holds the whole image.
STYLE = Style()


def files(folder: Path) -> list[Path]:
    found = [p for p in folder.rglob("*") if not p.name.endswith(SIDECARS) and ".zarr/" not in str(p)]
    return sorted(p for p in found if p.is_file() or p.suffix == ".zarr")


def images(path: Path) -> list[SourceRef]:
    """Name the file, or some of the variables that it holds."""
    ref = reference(path)
    try:
        names = subdatasets(ref)
    except TilesError:
        names = ()
    if not names:
        return [ref]
    chosen = names[:: -(-len(names) // VARIABLES)]
    return [replace(with_subdataset(ref, name), name=f"{path.name}: {name}") for name in chosen]


def tile_of(source: Source) -> tuple[Picture | None, str]:
    """Render the tile that best shows the whole image."""
    if not isinstance(source, RasterSource) or not source.is_geospatial:
        return render_tile(source, source.pixel_grid, 0, 0, 0, style=STYLE), "pixel space 0/0/0"
    west, south, east, north = np.clip(source.coverage(web_mercator())[0], -MERCATOR_EDGE, MERCATOR_EDGE)
    zoom = zoom_range(source, web_mercator())[0]
    span = 2 * MERCATOR_EDGE / 2**zoom
    last = 2**zoom - 1
    x = min(last, int(((west + east) / 2 + MERCATOR_EDGE) // span))
    y = min(last, int((MERCATOR_EDGE - (south + north) / 2) // span))
    return render_tile(source, web_mercator(), zoom, x, y, style=STYLE), f"{zoom}/{x}/{y}"


def cell(ref: SourceRef) -> np.ndarray:
    try:
        picture, note = tile_of(open_source(ref))
    except TilesError as error:
        picture, note = None, error.code
    out = np.full((SIDE + CAPTION + 4, SIDE + 4, 3), 40, np.uint8)
    if picture is not None:
        out[CAPTION : CAPTION + SIDE, 2 : 2 + SIDE] = over_checkers(picture)
    for row, text in enumerate((ref.name[:36], note)):
        cv2.putText(out, text, (3, 12 + 13 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255, 255, 255), 1)
    return out


def over_checkers(picture: Picture) -> np.ndarray:
    """Blue, green, red."""
    height, width = picture.pixels.shape[:2]
    colors = np.broadcast_to(picture.colors[:, :, ::-1], (height, width, 3))
    rows, columns = np.mgrid[:height, :width] // (16 * width // SIDE or 1)
    checkers = np.where(((rows + columns) % 2)[:, :, None], 255, 215)
    share = 1.0 if picture.alpha is None else picture.alpha[:, :, None] / 255
    shown = np.asarray(colors * share + checkers * (1 - share)).astype(np.uint8)
    return np.asarray(cv2.resize(shown, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def main(arguments: list[str]) -> None:
    configure_gdal()
    folder = Path(arguments[0]) if arguments else shared_data() / "geo"
    cells = [cell(ref) for path in files(folder) for ref in images(path)]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    page = np.vstack([np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)])
    CACHE.mkdir(parents=True, exist_ok=True)
    target = CACHE / f"contact-sheet-{folder.name}.png"
    cv2.imwrite(str(target), page)
    print(target)


if __name__ == "__main__":
    main(sys.argv[1:])
