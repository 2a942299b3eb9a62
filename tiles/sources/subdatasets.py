"""Find the variables of a file of several rasters (netCDF, HDF, Zarr), by the names that the file itself gives."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

from tiles.errors import InvalidParameter, TilesError
from tiles.geo.georeference import georeferencing_method
from tiles.sources.drivers import open_dataset
from tiles.sources.reference import SourceRef
from tiles.sources.zarr_arrays import ZarrArray, open_array
from tiles.sources.zarr_folder import ZarrFolder, in_store

# GDAL's prefixes of names that lead back into the same file. Any other would make it open what a hostile file names.
PREFIXES = ("NETCDF", "HDF5", "HDF4_SDS", "HDF4_EOS", "ZARR")
# Names that an error message lists.
LISTED = 20
# Variables that are looked at for the one to show.
LOOKED_AT = 64
# Names of variables that say something about the others instead of showing anything.
FLAGS = re.compile(r"flag|mask|quality|_bnds|bounds|crs$", re.IGNORECASE)
_PLANE = re.compile(r"(:\d{1,9}){1,8}\Z")


def subdatasets(ref: SourceRef) -> tuple[str, ...]:
    """List the names to give as ``subdataset``; none for a file of one raster. Raises what opening the file does."""
    return tuple(_full_names(replace(ref, subdataset="", name="", siblings=())))


def with_subdataset(ref: SourceRef, name: str) -> SourceRef:
    """Return the reference to one variable; of a Zarr cube to one plane, ``/air:3`` (``/air``: the first).

    Raises InvalidParameter.
    """
    file = replace(ref, subdataset="", name="", siblings=())
    known = _full_names(file)
    variable = name if name in known else _PLANE.sub("", name)
    full = known.get(variable, "")
    if not full or (variable != name and not (full.startswith("ZARR:") and name.startswith(variable))):
        listed = ", ".join(list(known)[:LISTED]) or "none: it holds one image"
        raise InvalidParameter(f"subdataset must be one that the file has ({listed}), not {name[:100]!r}")
    plane = _plane(file, variable, name.removeprefix(variable)) if full.startswith("ZARR:") else ""
    # What is stored of the file's own variable says nothing of another.
    return replace(ref, subdataset=full + plane, statistics=(), version=f"{ref.version}:{variable}{plane}")


def with_variable(ref: SourceRef, name: str) -> SourceRef:
    """Return a reference to a variable whose name is looked up when the image is opened: of many images few are."""
    return replace(ref, variable=name, statistics=(), version=f"{ref.version}:{name}")


def _plane(file: SourceRef, variable: str, text: str) -> str:
    """Return which of a variable's planes ``text`` (``:3``; empty: the first) names, as GDAL spells it."""
    counts = _plane_counts(file, variable)
    numbers = [int(number) for number in text.split(":")[1:]] or [0] * len(counts)
    if len(numbers) != len(counts) or any(n >= count for n, count in zip(numbers, counts, strict=True)):
        allowed = f"{variable}:0 to {variable}" + "".join(f":{count - 1}" for count in counts) if counts else variable
        raise InvalidParameter(f"subdataset must name a plane that {variable} has ({allowed}), not {text!r}")
    return "".join(f":{number}" for number in numbers)


def _plane_counts(file: SourceRef, variable: str) -> tuple[int, ...]:
    """Return how long a Zarr array is in each dimension but the last two."""
    array = open_array(ZarrFolder(file.location), variable, version=file.version)
    return array.shape[:-2]


def zarr_array(ref: SourceRef) -> tuple[ZarrArray, str] | None:
    """Return the array of a Zarr that a reference names, and the group that holds it; None of any other variable."""
    prefix, quoted, name = ref.subdataset.rpartition('":')
    if ref.subdataset.startswith("/"):
        prefix, quoted, name = "ZARR:", '":', ref.subdataset
    if not quoted or not prefix.startswith("ZARR:"):
        return None
    folder, path = in_store(ref.location, _PLANE.sub("", name))
    return open_array(folder, path, version=ref.version), path.rpartition("/")[0]


def choose_variable(ref: SourceRef, dataset: Any) -> SourceRef | None:
    """Choose the variable that shows a file of several best.

    Images go before the axes of coordinates, which are rasters of one row to GDAL, what has a place on Earth before
    what has none, measurements before flags, and the file's order decides among equals.

    Args:
        ref: the file as a whole.
        dataset: the same, open.

    Returns:
        The reference to the variable, of a Zarr cube to its first plane; None when none of them is an image.
    """
    variables = islice(_variables(replace(ref, name="", siblings=()), dataset), LOOKED_AT)
    best = max(variables, key=itemgetter(0), default=None)
    return replace(ref, subdataset=best[1]) if best else None


def _variables(file: SourceRef, dataset: Any) -> Iterator[tuple[tuple[bool, bool, bool], str]]:
    """Give the rank and the full name of each variable that opens."""
    for short, full in _names_in(dataset, file.location).items():
        try:
            name = full + (_plane(file, short, "") if full.startswith("ZARR:") else "")
            found = open_dataset(replace(file, subdataset=name))
        except TilesError:
            continue
        if found.RasterCount:
            is_image = min(found.RasterXSize, found.RasterYSize) > 1
            yield (is_image, is_image and bool(georeferencing_method(found)), not FLAGS.search(full)), name


@lru_cache(maxsize=512)
def _full_names(ref: SourceRef) -> dict[str, str]:
    """Return GDAL's name of each variable by its short one."""
    return _names_in(open_dataset(ref), ref.location)


def _names_in(dataset: Any, location: str) -> dict[str, str]:
    # Of a remote file that is read from a copy, the copy's.
    opened = dataset.GetDescription()
    found = {}
    for full, _ in dataset.GetSubDatasets():
        prefix, quoted, short = full.partition(f':"{opened}":')
        if quoted and prefix.split(":")[0] in PREFIXES:
            # Of cubes of few planes, GDAL lists each plane and not the variable.
            short = _PLANE.sub("", short) if prefix == "ZARR" else short
            found[short] = f'{prefix}:"{location}":{short}'
    return found
