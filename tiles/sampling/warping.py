"""GDAL's warper, for the resampling algorithms that OpenCV doesn't have: exact, and several times slower."""

from typing import Any

import numpy as np
from osgeo import gdal

from tiles.geo.grids import Grid, TileArea
from tiles.sampling.resampling import Samples
from tiles.sources.drivers import explain_failure
from tiles.sources.raster import RasterSource
from tiles.styling.resolving import Plan
from tiles.styling.style import Style

# Bytes that the warper may use for one chunk.
WARP_MEMORY = 64 * 2**20


def warp(source: RasterSource, grid: Grid, area: TileArea, *, plan: Plan, style: Style) -> Samples:
    """Raw values of ``plan.indexes`` on the area's pixels, with an alpha band.

    Raises SourceCorrupt, SourceUnreachable.
    """
    subset = _band_subset(source, plan)
    west, south, east, north = area.box
    options: dict[str, Any] = {
        "format": "MEM",
        "outputBounds": (west, south, east, north),
        "width": area.width,
        "height": area.height,
        "resampleAlg": plan.resampling,
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
    if style.nodata is not None:
        options["srcNodata"] = style.nodata
    try:
        warped = gdal.Warp("", subset, **options).ReadAsArray()
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    pixels = warped[: len(plan.indexes)].transpose(1, 2, 0)
    if np.iscomplexobj(pixels):
        pixels = np.abs(pixels).astype(np.float32)
    alpha = np.where(warped[-1].real > 0, 255, 0).astype(np.uint8)
    return Samples(np.ascontiguousarray(pixels), alpha)


def _band_subset(source: RasterSource, plan: Plan) -> Any:
    """The bands needed and no others, as a virtual dataset: warping all of 200 bands takes 200 times as long."""
    bands = [*plan.indexes, *([source.alpha_band] if source.alpha_band else [])]
    return gdal.Translate("", source.dataset, format="VRT", bandList=bands)
