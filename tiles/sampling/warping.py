"""Warp by GDAL, for the resampling algorithms that OpenCV doesn't have: exact, and several times slower."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from osgeo import gdal

from tiles.geo.grids import Grid, TileArea
from tiles.sampling.resampling import Samples
from tiles.sources.drivers import explain_failure
from tiles.sources.raster import RasterSource

# Bytes that the warper may use for one chunk.
WARP_MEMORY = 64 * 2**20


def warp(
    source: RasterSource,
    grid: Grid,
    area: TileArea,
    *,
    indexes: Sequence[int],
    resampling: str,
    nodata: float | None = None,
) -> Samples:
    """Warp bands onto the area's pixels: their raw values (rows, columns, bands), with an alpha band.

    ``indexes``: bands from 1. ``resampling``: GDAL's name. ``nodata``: overrides what the file says.

    Raises SourceCorrupt, SourceUnreachable.
    """
    subset = _band_subset(source, indexes)
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
        subset.SetGeoTransform((0, 1, 0, 0, 0, -1))
        options |= {"outputBounds": (west, -north, east, -south)}
    if nodata is not None:
        options["srcNodata"] = nodata
    try:
        warped = gdal.Warp("", subset, **options).ReadAsArray()
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    pixels = warped[: len(indexes)].transpose(1, 2, 0)
    if np.iscomplexobj(pixels):
        pixels = np.abs(pixels).astype(np.float32)
    alpha = np.where(warped[-1].real > 0, 255, 0).astype(np.uint8)
    return Samples(np.ascontiguousarray(pixels), alpha)


def _band_subset(source: RasterSource, indexes: Sequence[int]) -> Any:
    """Make a virtual dataset of these bands and alpha: to warp all of 200 takes 200 times as long."""
    bands = [*indexes, *([source.alpha_band] if source.alpha_band else [])]
    return gdal.Translate("", source.dataset, format="VRT", bandList=bands)
