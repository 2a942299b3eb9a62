"""Where a raster's pixels lie: in which reference system, and through which of GDAL's four models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from osgeo import gdal, osr

Points = npt.NDArray[np.float64]
Model = Literal["affine", "gcps", "rpc", "geolocation"]

EARTH_RADII = (6.30e6, 6.45e6)
"""Metres. Every ellipsoid and sphere in use for the Earth has its major axis in between; no other body's is."""

SELF_CONTAINED = ("netCDF", "HDF5", "HDF5Image", "HDF4", "HDF4Image")
"""Formats whose geolocation arrays lie in the file. Elsewhere they may name any file, so they aren't followed."""

IDENTITY = (0.0, 1.0, 0.0, 0.0, 0.0)
MATCH_CONFIDENCE = 70
"""Percent from which a candidate of OSRFindMatches is worth comparing."""

SAME = ["CRITERION=EQUIVALENT", "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"]


@dataclass(frozen=True)
class Georeference:
    """How pixel coordinates (from the upper left corner, in pixels) become those of `srs`.

    `to_srs` maps an (n, 2) array; points that have no place become NaN.
    """

    model: Model
    srs: Any
    to_srs: Callable[[Points], Points]
    geotransform: tuple[float, ...] | None = None


def find_georeference(dataset: Any) -> Georeference | None:
    """The raster's place, or None when nothing says in which reference system it lies."""
    geotransform = dataset.GetGeoTransform(can_return_null=True)
    srs = dataset.GetSpatialRef()
    if geotransform is not None and srs is not None and not is_identity(geotransform) and not srs.IsLocal():
        return Georeference("affine", traditional(srs), affine_mapping(geotransform), tuple(geotransform))
    if dataset.GetGCPCount() >= 3 and dataset.GetGCPSpatialRef() is not None:
        return modelled(dataset, "gcps", dataset.GetGCPSpatialRef(), ["METHOD=GCP_POLYNOMIAL"])
    rpc = dataset.GetMetadata("RPC")
    if rpc:
        options = ["METHOD=RPC", f"RPC_HEIGHT={rpc.get('HEIGHT_OFF', '0').split()[0]}"]
        return modelled(dataset, "rpc", wgs84(), options)
    geolocation = dataset.GetMetadata("GEOLOCATION")
    if geolocation and dataset.GetDriver().ShortName in SELF_CONTAINED:
        srs = osr.SpatialReference(geolocation["SRS"]) if geolocation.get("SRS") else wgs84()
        return modelled(dataset, "geolocation", srs, ["METHOD=GEOLOC_ARRAY"])
    return None


def modelled(dataset: Any, model: Model, srs: Any, options: list[str]) -> Georeference | None:
    try:
        transformer = gdal.Transformer(dataset, None, options)
    except RuntimeError:
        return None

    def to_srs(pixels: Points) -> Points:
        points, flags = transformer.TransformPoints(0, pixels.tolist())
        mapped = np.array(points, dtype=np.float64).reshape(-1, 3)[:, :2]
        mapped[~np.array(flags, dtype=bool)] = np.nan
        return mapped

    return Georeference(model, traditional(srs), to_srs)


def affine_mapping(geotransform: tuple[float, ...]) -> Callable[[Points], Points]:
    x0, dx, rx, y0, ry, dy = geotransform

    def to_srs(pixels: Points) -> Points:
        column, row = pixels[:, 0], pixels[:, 1]
        return np.column_stack([x0 + column * dx + row * rx, y0 + column * ry + row * dy])

    return to_srs


def is_identity(geotransform: tuple[float, ...]) -> bool:
    """Whether it is the matrix that stands for "none", either way up."""
    return tuple(geotransform[:5]) == IDENTITY and abs(geotransform[5]) == 1


def is_earth(srs: Any) -> bool:
    return bool(EARTH_RADII[0] < srs.GetSemiMajor() < EARTH_RADII[1])


def wgs84() -> Any:
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4326)
    return traditional(srs)


def traditional(srs: Any) -> Any:
    """A copy with x east and y north, whatever order of axes the authority gives."""
    copy = srs.Clone()
    copy.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return copy


def authority_code(srs: Any) -> str | None:
    """Like "EPSG:32618", also for systems that are spelled out without their code."""
    if srs.GetAuthorityCode(None):
        return f"{srs.GetAuthorityName(None)}:{srs.GetAuthorityCode(None)}"
    try:
        matches = srs.FindMatches()
    except RuntimeError:
        return None
    for candidate, confidence in matches or ():
        if confidence >= MATCH_CONFIDENCE and candidate.GetAuthorityCode(None) and srs.IsSame(candidate, SAME):
            return f"{candidate.GetAuthorityName(None)}:{candidate.GetAuthorityCode(None)}"
    return None
