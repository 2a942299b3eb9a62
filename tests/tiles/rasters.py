"""Synthetic rasters whose pixels say where they are, by CRS, bounds, type and kind of nodata."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from osgeo import gdal, osr

from tiles.sources.reference import SourceRef

GDAL_TYPES = {
    "uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "int16": gdal.GDT_Int16, "int32": gdal.GDT_Int32,
    "float32": gdal.GDT_Float32, "float64": gdal.GDT_Float64, "complex64": gdal.GDT_CFloat32,
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """``nodata``: none, value, nan, alpha or mask; the lower right quarter of the raster is then missing."""

    epsg: int = 32618
    bounds: tuple[float, float, float, float] = (300000, 4400000, 310240, 4410240)
    dtype: str = "uint8"
    bands: int = 3
    nodata: str = "none"
    size: int = 512
    tiled: bool = True
    overviews: bool = True
    south_up: bool = False
    rotation: float = 0.0
    colors: tuple[tuple[int, int, int], ...] = field(default=())


def values(recipe: Recipe, band: int) -> np.ndarray:
    """Smooth, different in each band, different in each direction: any flip, swap or shift shows."""
    rows, columns = np.mgrid[: recipe.size, : recipe.size] / recipe.size
    ramp = 20 + 180 * (columns * (0.5 + 0.2 * band) + rows * (0.5 - 0.2 * band))
    top = 1.0 if recipe.dtype == "uint8" else 100.0
    return np.asarray(ramp * top).astype(recipe.dtype)


def write(recipe: Recipe, path: Path) -> Path:
    """Write a GeoTIFF by that recipe."""
    count = recipe.bands + (recipe.nodata == "alpha")
    options = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"] if recipe.tiled else []
    if recipe.nodata == "alpha":
        options.append("ALPHA=YES")
    if recipe.bands >= 3:
        options.append("PHOTOMETRIC=RGB")
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    driver = gdal.GetDriverByName("GTiff")
    dataset = driver.Create(str(path), recipe.size, recipe.size, count, GDAL_TYPES[recipe.dtype], options)
    _place(dataset, recipe)
    _fill(dataset, recipe)
    if recipe.overviews:
        dataset.BuildOverviews("AVERAGE", [2, 4])
    dataset.FlushCache()
    return path


def _place(dataset: Any, recipe: Recipe) -> None:
    if not recipe.epsg:
        return
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(recipe.epsg)
    west, south, east, north = recipe.bounds
    dx, dy = (east - west) / recipe.size, (north - south) / recipe.size
    turn = math.radians(recipe.rotation)
    across = (dx * math.cos(turn), dx * math.sin(turn))
    down = (dy * math.sin(turn), -dy * math.cos(turn))
    if recipe.south_up:
        dataset.SetGeoTransform((west, dx, 0, south, 0, dy))
    else:
        dataset.SetGeoTransform((west, across[0], down[0], north, across[1], down[1]))
    dataset.SetProjection(srs.ExportToWkt())


def missing(recipe: Recipe) -> np.ndarray:
    """Return True where the raster has nothing: the lower right quarter, unless everything is valid."""
    out = np.zeros((recipe.size, recipe.size), bool)
    if recipe.nodata != "none":
        out[recipe.size // 2 :, recipe.size // 2 :] = True
    return out


def _fill(dataset: Any, recipe: Recipe) -> None:
    hole = missing(recipe)
    filler = {"value": 0, "nan": np.nan}.get(recipe.nodata)
    for band in range(1, recipe.bands + 1):
        data = values(recipe, band)
        if filler is not None:
            data[hole] = filler
            dataset.GetRasterBand(band).SetNoDataValue(float(filler))
        dataset.GetRasterBand(band).WriteArray(data)
    if recipe.colors:
        table = gdal.ColorTable()
        for value, color in enumerate(recipe.colors):
            table.SetColorEntry(value, (*color, 255))
        dataset.GetRasterBand(1).SetColorTable(table)
    shown = np.where(hole, 0, 255).astype(np.uint8)
    if recipe.nodata == "alpha":
        dataset.GetRasterBand(recipe.bands + 1).WriteArray(shown)
    if recipe.nodata == "mask":
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(shown)


def reference(path: Path, **facts: Any) -> SourceRef:
    return SourceRef(str(path), version="1", name=path.name, **facts)
