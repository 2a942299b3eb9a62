"""Rasters that mosaics are made of, and the same mosaics worked out pixel by pixel with NumPy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from osgeo import gdal, osr
from pyproj import Transformer

NEWEST = datetime(2024, 5, 1, tzinfo=UTC)
NODATA = 0
SELECTIONS: dict[str, Callable[..., np.ndarray]] = {
    "highest": np.ma.max, "lowest": np.ma.min, "mean": np.ma.mean, "median": np.ma.median,
}  # fmt: skip


@dataclass(frozen=True)
class Raster:
    """``values``: (rows, columns), `NODATA` where there is none; ``corner``: upper left, in ``epsg``'s units."""

    name: str
    values: np.ndarray
    epsg: int
    corner: tuple[float, float]
    pixel: float

    def write(self, path: Path, *, days: int) -> Path:
        rows, columns = self.values.shape
        dataset = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, 1, gdal.GDT_Int16)
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(self.epsg)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.SetGeoTransform((self.corner[0], self.pixel, 0, self.corner[1], 0, -self.pixel))
        dataset.SetMetadataItem("TIFFTAG_DATETIME", (NEWEST - timedelta(days=days)).strftime("%Y:%m:%d %H:%M:%S"))
        dataset.GetRasterBand(1).SetNoDataValue(NODATA)
        dataset.GetRasterBand(1).WriteArray(self.values)
        return path

    def pixels_at(self, x: np.ndarray, y: np.ndarray, *, epsg: int) -> tuple[np.ndarray, np.ndarray]:
        """Columns and rows, which may lie outside."""
        own = Transformer.from_crs(epsg, self.epsg, always_xy=True).transform(x, y)
        return (
            np.floor((own[0] - self.corner[0]) / self.pixel).astype(int),
            np.floor((self.corner[1] - own[1]) / self.pixel).astype(int),
        )

    def at(self, x: np.ndarray, y: np.ndarray, *, epsg: int) -> np.ma.MaskedArray:
        columns, rows = self.pixels_at(x, y, epsg=epsg)
        inside = (columns >= 0) & (rows >= 0) & (columns < self.values.shape[1]) & (rows < self.values.shape[0])
        found = np.where(inside, self.values[np.where(inside, rows, 0), np.where(inside, columns, 0)], NODATA)
        return np.ma.masked_equal(found, NODATA)


def merged(rasters: list[Raster], x: np.ndarray, y: np.ndarray, *, epsg: int, selection: str) -> np.ma.MaskedArray:
    """Compute what a mosaic of these, in their order, shows at points."""
    each = np.ma.stack([raster.at(x, y, epsg=epsg) for raster in rasters])
    if selection == "first":
        chosen = np.argmin(np.ma.getmaskarray(each), axis=0)
        return np.ma.array(np.take_along_axis(each.data, chosen[None], 0)[0], mask=np.ma.getmaskarray(each).all(axis=0))
    if selection == "count":
        return np.ma.masked_equal((~np.ma.getmaskarray(each)).sum(axis=0), 0)
    return np.ma.masked_array(SELECTIONS[selection](each, axis=0))
