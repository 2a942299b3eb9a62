"""Files that hold several rasters: which one the item shows, and what else there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from osgeo import gdal

from catalog.extraction.errors import ExtractionError
from catalog.extraction.georeference import find_georeference
from catalog.extraction.limits import Limits
from tiles.drivers import ALLOWED_DRIVERS


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
    full, chosen = max(candidates, key=lambda found: rank(found[1]))
    others = tuple(short_name(other, path) for other in names if other != full)
    return Chosen(chosen, short_name(full, path), others)


def open_each(names: list[str]) -> Iterator[tuple[str, Any]]:
    for full in names:
        try:
            dataset = gdal.OpenEx(full, gdal.OF_RASTER, allowed_drivers=list(ALLOWED_DRIVERS))
        except RuntimeError:
            continue
        if dataset is not None and dataset.RasterCount:
            yield full, dataset


def rank(dataset: Any) -> tuple[bool, bool]:
    """Images before coordinate axes, placed ones before others; `max` keeps the file's order among equals."""
    is_image = min(dataset.RasterXSize, dataset.RasterYSize) > 1
    return is_image, is_image and find_georeference(dataset) is not None


def short_name(full: str, path: str) -> str:
    """The part of `NETCDF:"/data/a.nc":wind` behind the file, `wind`: an item must not tell where its file lies."""
    _, quoted, rest = full.partition(f'"{path}":')
    return rest if quoted else full.replace(path, "").strip(":")
