"""Choose planes of a cube by the values of its axes, as xarray's `sel` does: `time=2020-01-15`, `level=850`.

Cubes are netCDF, HDF and GRIB, whose planes are bands to GDAL, and arrays of Zarr, whose planes are subdatasets.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from osgeo import gdal

from tiles.errors import InvalidParameter, TilesError
from tiles.sources.cf_time import is_time, moments
from tiles.sources.drivers import open_dataset, opened_by
from tiles.sources.reference import SourceRef
from tiles.sources.subdatasets import choose_variable, zarr_array
from tiles.sources.zarr_arrays import ZarrArray, open_array

# How a value between two is taken, by xarray's names; empty: only what is there.
METHODS = ("nearest", "pad", "ffill", "backfill", "bfill")
# Values of an axis that are read, and planes that are looked at.
MOST_VALUES = 1_000_000
MOST_PLANES = 100_000
# Values of an axis that a description lists.
LISTED = 1000
NETCDF_DIMENSION = "NETCDF_DIM_"
SINCE_EPOCH = "seconds since 1970-01-01"
# GDAL's drivers of several dimensions whose arrays name their axes.
HDF_DRIVERS = ("HDF5", "HDF5Image", "HDF4", "HDF4Image")
# Days that a year, a month and a day leave open, by the text's length, and what has to be said to name their first.
PERIODS = {4: 366, 7: 31, 10: 1}
UNSAID = {4: "-01-01", 7: "-01"}

Value = float | str | datetime
Place = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Name a value of an axis, and how one that isn't there is replaced."""

    axis: str
    text: str
    method: str


def with_selection(ref: SourceRef, texts: Sequence[str], method: str = "") -> SourceRef:
    """Return a reference to the planes that ``axis=value`` texts name, looked for when the image is opened.

    Raises InvalidParameter.
    """
    wanted = tuple(map(_parse, texts))
    if method and method not in METHODS:
        raise InvalidParameter(f"sel_method must be one of {', '.join(METHODS)}, not {method[:40]!r}")
    selection = tuple((each.axis, each.text, each.method or method) for each in wanted)
    return replace(ref, selection=selection, statistics=(), version=f"{ref.version}:{selection}")


def _parse(text: str) -> Wanted:
    axis, equals, value = text.partition("=")
    method, given, rest = value.partition("::")
    if given:
        value = rest
    if not equals or not axis.strip() or not value.strip():
        raise InvalidParameter(f"sel must be axis=value, such as time=2020-01-15, not {text[:60]!r}")
    if given and method not in METHODS:
        raise InvalidParameter(f"sel names one of {', '.join(METHODS)} before ::, not {method[:40]!r}")
    return Wanted(axis.strip(), value.strip(), method if given else "")


@lru_cache(maxsize=512)
def resolve_selection(ref: SourceRef) -> SourceRef:
    """Return the reference to the planes that its selection means. Raises InvalidParameter, and what opening does."""
    wanted = [Wanted(*each) for each in ref.selection]
    plain = replace(ref, selection=())
    dataset = open_dataset(plain)
    if not dataset.RasterCount and not plain.subdataset:
        plain = choose_variable(plain, dataset) or plain
        dataset = open_dataset(plain)
    if found := zarr_array(plain):
        return _zarr_plane(plain, *found, wanted)
    places = _places(dataset, plain)
    chosen = _choose(places, wanted)
    return replace(plain, bands=tuple(index + 1 for index in chosen))


def axes_of(ref: SourceRef, dataset: Any) -> dict[str, list[str | float]]:
    """List the values of each axis of an open cube besides rows and columns; none for other images."""
    try:
        if found := zarr_array(ref):
            axes = _zarr_axes(found[0], found[1])
            return {name: [_told(value) for value in values[:LISTED]] for name, values in axes.items()}
        places = _places(dataset, ref)
    except TilesError:
        return {}
    names = dict.fromkeys(name for place in places for name in place)
    return {
        name: list(dict.fromkeys(_told(place[name]) for place in places if name in place))[:LISTED] for name in names
    }


def _told(value: Value) -> str | float:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def moments_of(ref: SourceRef) -> list[datetime]:
    """Return the moments of the planes of a Zarr's array; none of any other image, or of one without a time."""
    try:
        found = zarr_array(ref)
        axes = _zarr_axes(*found) if found else {}
    except TilesError:
        return []
    return [value for values in axes.values() for value in values if isinstance(value, datetime)]


# Planes that are bands.


def _places(dataset: Any, ref: SourceRef) -> list[Place]:
    """Return where each band lies on the axes of its cube. Raises InvalidParameter for what is none."""
    driver, count = opened_by(dataset), min(dataset.RasterCount, MOST_PLANES)
    if driver == "GRIB":
        found = [_grib_place(dataset.GetRasterBand(index + 1).GetMetadata()) for index in range(count)]
    elif driver == "netCDF" or _has_netcdf_planes(dataset):
        found = _netcdf_places(dataset, count)
    elif driver in HDF_DRIVERS:
        found = _hdf_places(dataset, ref, count)
    else:
        found = []
    if not any(found):
        raise InvalidParameter("sel is of images with axes besides rows and columns, and this one has none")
    return found


def _has_netcdf_planes(dataset: Any) -> bool:
    """Tell whether netCDF's driver read the bands, as it does of HDF5 that follows the CF conventions."""
    metadata = dataset.GetRasterBand(1).GetMetadata() if dataset.RasterCount else {}
    return any(key.startswith(NETCDF_DIMENSION) for key in metadata)


def _netcdf_places(dataset: Any, count: int) -> list[Place]:
    header = dataset.GetMetadata()
    raw = [dataset.GetRasterBand(index + 1).GetMetadata() for index in range(count)]
    names = [key.removeprefix(NETCDF_DIMENSION) for key in (raw[0] if raw else {}) if key.startswith(NETCDF_DIMENSION)]
    places: list[Place] = [{} for _ in raw]
    for name in names:
        texts = [each.get(NETCDF_DIMENSION + name, "") for each in raw]
        units, calendar = _said_of(header, f"{name}#units"), _said_of(header, f"{name}#calendar")
        for place, value in zip(places, _values(texts, units, calendar), strict=True):
            place[name] = value
    return places


def _said_of(header: dict[str, str], key: str) -> str:
    """Return what netCDF's metadata say of an axis, which of one in a group begin with the group's name."""
    return header.get(key) or next((text for own, text in header.items() if own.endswith(f"/{key}")), "")


def _grib_place(metadata: dict[str, str]) -> Place:
    place: Place = {}
    if found := re.search(r"-?\d+", metadata.get("GRIB_VALID_TIME", "")):
        moment = moments([float(found.group())], SINCE_EPOCH)[0]
        place["time"] = moment or float(found.group())
    if element := metadata.get("GRIB_ELEMENT"):
        place["element"] = element
    if level := metadata.get("GRIB_SHORT_NAME"):
        number = re.match(r"-?\d+(\.\d+)?", level)
        place["level"] = float(number.group()) if number else level
    return place


def _hdf_places(dataset: Any, ref: SourceRef, count: int) -> list[Place]:
    """Return the places of the bands of an HDF array, which are its first dimension."""
    path, _, name = dataset.GetDescription().partition(':"')[2].partition('":')
    driver = "HDF5" if dataset.GetDriver().ShortName.startswith("HDF5") else "HDF4"
    try:
        cube = gdal.OpenEx(path or ref.location, gdal.OF_MULTIDIM_RASTER, allowed_drivers=[driver])
        array = cube.GetRootGroup().OpenMDArrayFromFullname("/" + name.strip("/"))
        dimension, _, _ = array.GetDimensions()
        variable = dimension.GetIndexingVariable()
        axis = dimension.GetName().rpartition("/")[2]
        if variable is None:
            return [{axis: float(index)} for index in range(count)]
        texts = [str(value) for value in np.asarray(variable.ReadAsArray()).tolist()]
        # GDAL says nothing of HDF5's units, and raises for attributes that there are not.
        given = {each.GetName(): each.ReadAsString() or "" for each in variable.GetAttributes()}
        values = _values(texts, variable.GetUnit() or given.get("units", ""), given.get("calendar", ""))
    except (RuntimeError, AttributeError, ValueError):
        return []
    return [{axis: value} for value in values][:count]


def _values(texts: Sequence[str], units: str, calendar: str) -> list[Value]:
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return list(texts)
    if not is_time(units):
        return list(numbers)
    return [moment or number for moment, number in zip(moments(numbers, units, calendar), numbers, strict=True)]


def _choose(places: Sequence[Place], wanted: Sequence[Wanted]) -> list[int]:
    """Return the numbers of the planes whose axes have the values, in the order in which these are wanted."""
    chosen = list(range(len(places)))
    for axis in dict.fromkeys(each.axis for each in wanted):
        known = [place[axis] for place in places if axis in place]
        if not known:
            names = ", ".join(dict.fromkeys(name for place in places for name in place))
            raise InvalidParameter(f"sel: no axis is called {axis[:60]!r}; there are {names}")
        values = list(dict.fromkeys(known))
        found = [values[_match(values, each)] for each in wanted if each.axis == axis]
        chosen = [index for value in found for index in chosen if places[index].get(axis) == value]
    if not chosen:
        raise InvalidParameter("sel: no plane has all of these values")
    return chosen


# Planes that are parts of a Zarr's array.


def _zarr_axes(array: ZarrArray, group: str) -> dict[str, list[Value]]:
    """Return the values of an array's axes but the last two; numbers from 0 for one without coordinates."""
    axes: dict[str, list[Value]] = {}
    for number, size in enumerate(array.shape[:-2]):
        name = array.dimensions[number] if number < len(array.dimensions) else f"dim_{number}"
        axes[name] = _coordinates(array, f"{group}/{name}".strip("/"), size)
    return axes


def _coordinates(array: ZarrArray, path: str, size: int) -> list[Value]:
    numbers: list[Value] = [float(index) for index in range(size)]
    if size > MOST_VALUES:
        return numbers
    try:
        found = open_array(array.folder, path, version=array.version)
        if found.shape != (size,):
            return numbers
        values, _ = found.read((slice(0, size),))
    except TilesError:
        return numbers
    given = found.attributes or {}
    texts = [str(value) for value in values.tolist()]
    return _values(texts, str(given.get("units", "")), str(given.get("calendar", "")))


def _zarr_plane(ref: SourceRef, array: ZarrArray, group: str, wanted: Sequence[Wanted]) -> SourceRef:
    axes = _zarr_axes(array, group)
    numbers = dict.fromkeys(axes, 0)
    for each in wanted:
        if each.axis not in axes:
            raise InvalidParameter(f"sel: no axis is called {each.axis[:60]!r}; there are {', '.join(axes) or 'none'}")
        numbers[each.axis] = _match(axes[each.axis], each)
    if len({each.axis for each in wanted}) < len(wanted):
        raise InvalidParameter("sel names one value of each axis here")
    variable, _, _ = ref.subdataset.rpartition('":')[2].partition(":")
    head = ref.subdataset[: len(ref.subdataset) - len(ref.subdataset.rpartition('":')[2])]
    return replace(ref, subdataset=head + variable + "".join(f":{number}" for number in numbers.values()))


# Values.


def _match(values: Sequence[Value], wanted: Wanted) -> int:
    """Return the number of the value that is wanted. Raises InvalidParameter."""
    target = _as(values, wanted)
    for number, value in enumerate(values):
        if value == target or _is_close(value, target):
            return number
    if not wanted.method and isinstance(target, datetime):
        # A day, a month or a year is the first moment that lies in it.
        days = PERIODS.get(len(wanted.text), 0)
        inside = [
            (value, number)
            for number, value in enumerate(values)
            if isinstance(value, datetime) and days and target <= value < target + timedelta(days=days)
            and value.isoformat().startswith(wanted.text)
        ]  # fmt: skip
        if inside:
            return min(inside)[1]
    if wanted.method and not isinstance(target, str):
        return _nearest(values, target, wanted)
    shown = ", ".join(str(_told(value)) for value in (*values[:1], *values[1:][-1:]))
    raise InvalidParameter(
        f"sel: {wanted.axis} has no value {wanted.text[:60]!r}; it has {len(values)}, of {shown}. "
        "sel_method=nearest takes the nearest"
    )


def _as(values: Sequence[Value], wanted: Wanted) -> Value:
    """Return the text as a value of the axis' kind. Raises InvalidParameter."""
    first = values[0] if values else ""
    try:
        if isinstance(first, datetime):
            found = datetime.fromisoformat(wanted.text + UNSAID.get(len(wanted.text), ""))
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        return wanted.text if isinstance(first, str) else float(wanted.text)
    except ValueError:
        kind = "a time, such as 2020-01-15T12:00" if isinstance(first, datetime) else "a number"
        raise InvalidParameter(f"sel: {wanted.axis} takes {kind}, not {wanted.text[:60]!r}") from None


def _is_close(value: Value, target: Value) -> bool:
    if isinstance(value, datetime) and isinstance(target, datetime):
        return abs(value - target) < timedelta(milliseconds=1)
    numbers = isinstance(value, float) and isinstance(target, float)
    return numbers and math.isclose(value, target, rel_tol=1e-6, abs_tol=1e-12)  # type: ignore[arg-type]


def _nearest(values: Sequence[Value], target: Any, wanted: Wanted) -> int:
    accept: Callable[[Any], bool] = {
        "nearest": lambda _: True,
        "pad": lambda value: value <= target,
        "ffill": lambda value: value <= target,
    }.get(wanted.method, lambda value: value >= target)
    fitting = [(abs(value - target), number) for number, value in enumerate(values) if accept(value)]
    if not fitting:
        raise InvalidParameter(f"sel: {wanted.axis} has no value on that side of {wanted.text[:60]!r}")
    return min(fitting)[1]
