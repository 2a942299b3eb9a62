"""Files that hold several rasters: which one the item shows, and what else there is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.extraction.errors import ExtractionError
from catalog.extraction.georeference import find_georeference
from catalog.extraction.limits import Limits
from tiles.sources.drivers import ALLOWED_DRIVERS, open_raster

MAX_EXTRA_DIMENSIONS = 3

FLAGS = re.compile(r"flag|mask|quality|_bnds|bounds|crs$", re.IGNORECASE)
"""Names of variables that say something about the others instead of showing anything."""


@dataclass(frozen=True)
class Chosen:
    """`subdataset` is the part of GDAL's name behind the file's own, "" for the file as a whole; so are `others`."""

    dataset: Any
    subdataset: str = ""
    others: tuple[str, ...] = ()


def choose_raster(dataset: Any, *, path: str, name: str, limits: Limits) -> Chosen:
    """The file's own raster if it has one, else its first subdataset with a place on Earth, else the largest."""
    names = [full for full, _ in dataset.GetSubDatasets()][: limits.subdatasets]
    if dataset.RasterCount:
        return Chosen(dataset, others=tuple(short_name(full, path) for full in names))
    candidates = list(open_each(names))
    if not candidates:
        raise ExtractionError("not_an_image", f"{name} holds data, but no image with rows and columns.")
    # Coordinate variables are rasters of one row to GDAL.
    full, chosen = max(candidates, key=lambda found: rank(*found))
    others = tuple(short_name(other, path) for other in names if not full.startswith(other))
    return Chosen(chosen, short_name(full, path), others)


def open_each(names: list[str]) -> Iterator[tuple[str, Any]]:
    """Each subdataset that opens; of a cube in Zarr, whose driver wants a name for each plane, the first plane."""
    for full in names:
        planes = [full + ":0" * extra for extra in range(MAX_EXTRA_DIMENSIONS + 1)] if "ZARR:" in full else [full]
        for plane in planes:
            dataset = try_open(plane)
            if dataset is not None and dataset.RasterCount:
                yield plane, dataset
                break


def try_open(full: str) -> Any | None:
    try:
        return open_raster(full, allowed_drivers=list(ALLOWED_DRIVERS))
    except RuntimeError:
        return None


def rank(full: str, dataset: Any) -> tuple[bool, bool, bool]:
    """Images before coordinate axes, placed ones before others, measurements before bit flags.

    `max` keeps the file's order among equals.
    """
    is_image = min(dataset.RasterXSize, dataset.RasterYSize) > 1
    return is_image, is_image and find_georeference(dataset) is not None, not FLAGS.search(full)


def short_name(full: str, path: str) -> str:
    """The part of `NETCDF:"/data/a.nc":wind` behind the file, `wind`: an item must not tell where its file lies."""
    _, quoted, rest = full.partition(f'"{path}":')
    return rest if quoted else full.replace(path, "").strip(":")
