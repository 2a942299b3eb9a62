"""Read planes of Zarr as GDAL's datasets that GDAL doesn't read itself: values, place, missing data.

GDAL before 3.8 knows no Zarr 3, names an array that is a whole store by its folder, and lists nothing of a group on a
web server. A plane is read whole, since climate's are small; larger ones than a tile may read are refused.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from osgeo import gdal, gdal_array, osr

from tiles.errors import SourceUnreadable, TilesError, TooLarge
from tiles.geo.cf_axes import EAST, NORTH
from tiles.limits import current_limits
from tiles.sources.reference import SourceRef
from tiles.sources.zarr_arrays import ZarrArray, open_array
from tiles.sources.zarr_folder import ZarrFolder, in_store

# Arrays of a group that are looked at.
MOST_ARRAYS = 512
# Share of a step by which coordinates of an even axis may differ.
EVEN = 1e-3


def is_read_here(ref: SourceRef, variable: str) -> bool:
    """Return whether what a reference names of a Zarr (empty: the list of its variables) is read here.

    Raises SourceUnreachable.
    """
    folder = ZarrFolder(ref.location)
    try:
        if folder.document("zarr.json") is not None or folder.document(".zarray") is not None:
            return True
        # GDAL takes nothing for a folder that a server doesn't call one. It finds arrays in it by their names, but not
        # the coordinates beside them; so only what is too large to be read at once is left to it.
        on_server = ref.location.startswith("/vsicurl/")
        return on_server and (not variable or _fits(open_array(*_place_of(ref, variable), version=ref.version)))
    except SourceUnreadable:
        return False


def _fits(array: ZarrArray) -> bool:
    return math.prod(array.shape[-2:]) <= current_limits().read_pixels


def _place_of(ref: SourceRef, variable: str) -> tuple[ZarrFolder, str]:
    """Return the store and the path there of a variable, named with or without a plane."""
    return in_store(ref.location, variable.partition(":")[0])


def open_zarr(ref: SourceRef, variable: str) -> gdal.Dataset:
    """Open one plane of a Zarr, ``/v:3``, or without a name the list of its variables.

    Raises SourceUnreadable, TooLarge, SourceCorrupt, SourceUnreachable.
    """
    if not variable:
        return _listed(ref)
    folder, path = _place_of(ref, variable)
    numbers = variable.split(":")[1:]
    array = open_array(folder, path, version=ref.version)
    leading = len(array.shape) - 2
    planes = [int(number) for number in numbers] or [0] * leading
    if leading < 0 or len(planes) != leading:
        raise SourceUnreadable(f"{ref.name or 'The Zarr'} has no such plane")
    rows, columns = array.shape[-2:]
    if not _fits(array):
        raise TooLarge(f"A plane of {columns} x {rows} values of Zarr is too large to be read at once")
    where = [slice(number, number + 1) for number in planes]
    values, _ = array.read((*where, slice(0, rows), slice(0, columns)))
    return _dataset(array, values.reshape(rows, columns), path.rpartition("/")[0], ref)


def _listed(ref: SourceRef) -> gdal.Dataset:
    dataset = gdal.GetDriverByName("MEM").Create(ref.location, 512, 512, 0)
    names = _array_names(ZarrFolder(ref.location), ref)
    if not names:
        raise SourceUnreadable(
            f"{ref.name or 'The Zarr'} lists no arrays that are images: consolidate its metadata, or name one of its "
            "arrays, such as data.zarr/temperature"
        )
    for number, name in enumerate(names, 1):
        dataset.SetMetadataItem(f"SUBDATASET_{number}_NAME", f'ZARR:"{ref.location}":/{name}', "SUBDATASETS")
        dataset.SetMetadataItem(f"SUBDATASET_{number}_DESC", f"Array /{name}", "SUBDATASETS")
    return dataset


def _array_names(folder: ZarrFolder, ref: SourceRef) -> list[str]:
    """Return the paths of arrays that may be pictures: what the metadata list, else what lies in the folder.

    Of an array that is the whole store the path is empty.
    """
    third = folder.document("zarr.json")
    if third is None:
        consolidated = (folder.document(".zmetadata") or {}).get("metadata") or {}
        found = [key.removesuffix("/.zarray") for key in consolidated if key.endswith("/.zarray")]
        is_array = folder.document(".zarray") is not None
    else:
        consolidated = (third.get("consolidated_metadata") or {}).get("metadata") or {}
        found = [name for name, each in consolidated.items() if each.get("node_type") == "array"]
        is_array = third.get("node_type") == "array"
    if is_array:
        return [""]
    return [name for name in (found or sorted(folder.names()))[:MOST_ARRAYS] if _is_picture(folder, name, ref)]


def _is_picture(folder: ZarrFolder, name: str, ref: SourceRef) -> bool:
    try:
        return len(open_array(folder, name, version=ref.version).shape) >= 2
    except SourceUnreadable:
        return False


def _dataset(array: ZarrArray, values: Any, group: str, ref: SourceRef) -> gdal.Dataset:
    values = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("="), copy=False))
    if values.dtype in (np.int8, np.bool_, np.float16):
        values = values.astype({"int8": np.int16, "bool": np.uint8, "float16": np.float32}[values.dtype.name])
    if values.dtype in (np.int64, np.uint64):
        values = values.astype(np.float64)
    kind = gdal_array.NumericTypeCodeToGDALTypeCode(values.dtype.type)
    rows, columns = values.shape
    dataset = gdal.GetDriverByName("MEM").Create(ref.location, columns, rows, 1, kind)
    dataset.SetMetadataItem("DRIVER", "Zarr", "GEODATA")
    band, given = dataset.GetRasterBand(1), dict(array.attributes or {})
    band.WriteArray(values)
    _describe(band, array, given)
    _place(dataset, array, group)
    return dataset


def _describe(band: Any, array: ZarrArray, given: Mapping[str, Any]) -> None:
    missing = given.get("_FillValue", given.get("missing_value"))
    missing = missing if isinstance(missing, int | float) else (np.nan if array.dtype.kind == "f" else None)
    if missing is not None:
        band.SetNoDataValue(float(missing))
    for name, put in (("scale_factor", band.SetScale), ("add_offset", band.SetOffset)):
        if isinstance(given.get(name), int | float):
            put(float(given[name]))
    band.SetUnitType(str(given.get("units", "")))
    band.SetDescription(str(given.get("long_name") or array.path))


def _place(dataset: Any, array: ZarrArray, group: str) -> None:
    """Place a plane by its axes' coordinates, and by its grid mapping or the axes' units."""
    axes = [_axis(array, f"{group}/{name}".strip("/")) for name in array.dimensions[-2:]]
    if len(axes) < 2 or any(axis is None for axis in axes):
        return
    (y0, dy, y_units), (x0, dx, x_units) = (axis for axis in axes if axis)
    dataset.SetGeoTransform((x0 - dx / 2, dx, 0.0, y0 - dy / 2, 0.0, dy))
    text = _system(array, group)
    if not text and y_units in NORTH and x_units in EAST:
        text = "EPSG:4326"
    if text:
        srs = osr.SpatialReference()
        try:
            srs.SetFromUserInput(text)
        except RuntimeError:
            return
        srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        dataset.SetSpatialRef(srs)


def _axis(array: ZarrArray, path: str) -> tuple[float, float, str] | None:
    """Return the first value of an even axis, its step and its unit; None for any other."""
    try:
        found = open_array(array.folder, path, version=array.version)
        values, _ = found.read((slice(0, found.shape[0]),)) if len(found.shape) == 1 else (np.zeros(0), None)
    except TilesError:
        return None
    if values.size < 2:
        return None
    steps = np.diff(values.astype(np.float64))
    if not np.isfinite(steps).all() or np.abs(steps - steps.mean()).max() > abs(steps.mean()) * EVEN:
        return None
    return float(values[0]), float(steps.mean()), str((found.attributes or {}).get("units", "")).lower()


def _system(array: ZarrArray, group: str) -> str:
    """Return the coordinate system that a grid mapping, or GeoZarr's code, tells; empty for none."""
    given = dict(array.attributes or {})
    if isinstance(given.get("proj:code"), str):
        return str(given["proj:code"])
    mapping = given.get("grid_mapping")
    if not isinstance(mapping, str):
        return ""
    try:
        found = array.folder.attributes(f"{group}/{mapping.partition(':')[0]}".strip("/")) or {}
    except TilesError:
        return ""
    return str(found.get("crs_wkt") or found.get("spatial_ref") or "")
