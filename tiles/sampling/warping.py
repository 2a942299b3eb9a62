"""Warp by GDAL, for the resampling algorithms that OpenCV doesn't have: exact, and several times slower."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from osgeo import gdal, gdal_array

from tiles.geo.grids import Grid, TileArea
from tiles.sampling.pixels import Pixels, ReadRequest, Window
from tiles.sampling.reading import MARGIN, read_window
from tiles.sampling.resampling import Samples, map_pixels
from tiles.sources.drivers import explain_failure
from tiles.sources.raster import RasterSource

# Bytes that the warper may use for one chunk.
WARP_MEMORY = 64 * 2**20
# Pixels of the source that the widest kernel reaches to each side, for one of the output's.
REACH = 3


def warp(source: RasterSource, grid: Grid, area: TileArea, *, read: ReadRequest, resampling: str) -> Samples | None:
    """Warp bands onto the area's pixels: their raw values (rows, columns, bands), with an alpha band.

    ``read``: which bands, and what of them counts. ``resampling``: GDAL's name. None where the image isn't.

    Raises SourceCorrupt, SourceUnreachable, TooLarge.
    """
    if source.is_complete(read.indexes) and read.nodata is None:
        # In pixel space rows grow downwards, which the warper calls south-up.
        found = _warp(source, _band_subset(source, read.indexes), grid, area, resampling=resampling)
    elif grid.is_pixels or source.geotransform:
        window = _window(source, grid, area, read)
        if window is None:
            return None
        found = _warp(source, _dataset_of(source, window, grid), grid, area, resampling=resampling)
    else:
        found = _warp(source, _band_subset(source, read.indexes), grid, area, resampling=resampling, nodata=read.nodata)
    pixels = found[: len(read.indexes)].transpose(1, 2, 0)
    if np.iscomplexobj(pixels):
        pixels = np.abs(pixels).astype(np.float32)
    shown = (found[-1].real > 0) & np.isfinite(pixels).any(axis=2)
    return Samples(np.ascontiguousarray(pixels), shown.view(np.uint8) * np.uint8(255))


def _warp(
    source: RasterSource, dataset: Any, grid: Grid, area: TileArea, *, resampling: str, nodata: float | None = None
) -> Pixels:
    """Return (bands and alpha, rows, columns)."""
    west, south, east, north = area.box
    options: dict[str, Any] = {
        "format": "MEM",
        "outputBounds": (west, south, east, north),
        "width": area.width,
        "height": area.height,
        "resampleAlg": resampling,
        "dstAlpha": True,
        "warpMemoryLimit": WARP_MEMORY,
        "multithread": False,
    }
    if not grid.is_pixels:
        options |= {"dstSRS": grid.crs, "transformerOptions": [f"METHOD={source.method}"]}
    else:
        # In pixel space rows grow downwards, which the warper calls south-up.
        left, across, _, top, _, down = dataset.GetGeoTransform() if dataset.GetDriver().ShortName == "MEM" else PLAIN
        dataset.SetGeoTransform((left, across, 0, -top, 0, -down))
        options |= {"outputBounds": (west, -north, east, -south)}
    if nodata is not None:
        options["srcNodata"] = nodata
    try:
        return np.asarray(gdal.Warp("", dataset, **options).ReadAsArray())
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error


PLAIN = (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def _window(source: RasterSource, grid: Grid, area: TileArea, read: ReadRequest) -> Window | None:
    """Read the pixels that the warper looks at, and which of them count: it knows of fewer ways to hide some."""
    found = map_pixels(source.reference(grid), area)
    if found is None:
        return None
    reach = MARGIN + REACH * math.ceil(max(1.0, *found.scale))
    return read_window(source, found, read.without_averaging(), margin=reach)


def _dataset_of(source: RasterSource, window: Window, grid: Grid) -> Any:
    """Make a dataset of a window: its bands, and alpha where not all of it counts."""
    # GDAL before 3.7 knows no bytes with a sign.
    bands = [band.astype(np.int16) if band.dtype == np.int8 else np.ascontiguousarray(band) for band in window.bands]
    height, width = bands[0].shape
    kind = gdal_array.NumericTypeCodeToGDALTypeCode(bands[0].dtype.type)
    count = len(bands) + (window.valid is not None)
    dataset = gdal.GetDriverByName("MEM").Create("", width, height, count, kind)
    for number, band in enumerate(bands, 1):
        dataset.GetRasterBand(number).WriteArray(band)
    if window.valid is not None:
        # What the warper takes for opaque.
        top = {gdal.GDT_UInt16: 65535, gdal.GDT_Int16: 32767}.get(kind, 255)
        dataset.GetRasterBand(count).WriteArray((window.valid > 0).astype(bands[0].dtype) * top)
        dataset.GetRasterBand(count).SetColorInterpretation(gdal.GCI_AlphaBand)
    x, across, down_x, y, across_y, down = PLAIN if grid.is_pixels else (source.geotransform or PLAIN)
    (zoom_x, shift_x), (zoom_y, shift_y) = window.x, window.y
    left, top_row = -shift_x / zoom_x, -shift_y / zoom_y
    dataset.SetGeoTransform((
        x + left * across + top_row * down_x, across / zoom_x, down_x / zoom_y,
        y + left * across_y + top_row * down, across_y / zoom_x, down / zoom_y,
    ))  # fmt: skip
    if not grid.is_pixels:
        dataset.SetSpatialRef(source.dataset.GetSpatialRef())
    return dataset


def _band_subset(source: RasterSource, indexes: Sequence[int]) -> Any:
    """Make a virtual dataset of these bands and alpha: to warp all of 200 takes 200 times as long."""
    bands = [*indexes, *([source.alpha_band] if source.alpha_band else [])]
    return gdal.Translate("", source.dataset, format="VRT", bandList=bands)
