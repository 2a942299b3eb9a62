"""The variables of a file that holds several rasters (netCDF, HDF, Zarr), by the names that the file itself gives."""

import re
from dataclasses import replace
from functools import lru_cache

from .drivers import open_dataset
from .errors import InvalidParameter
from .references import SourceRef

# GDAL's prefixes of names that lead back into the same file. Any other would make it open what a hostile file names.
PREFIXES = ("NETCDF", "HDF5", "HDF4_SDS", "HDF4_EOS", "ZARR")
# Names that an error message lists.
LISTED = 20
_PLANE = re.compile(r"(:\d{1,9}){1,4}")


def subdatasets(ref: SourceRef) -> tuple[str, ...]:
    """Names to give as ``subdataset``; none for a file of one raster. Raises what opening the file does."""
    return tuple(_full_names(replace(ref, subdataset="", name="", siblings=())))


def with_subdataset(ref: SourceRef, name: str) -> SourceRef:
    """The reference to one variable; of a Zarr cube also to one plane, ``/air:3``. Raises InvalidParameter."""
    known = _full_names(replace(ref, subdataset="", name="", siblings=()))
    variable = name if name in known else _PLANE.sub("", name)
    full = known.get(variable, "")
    if not full or (variable != name and not (full.startswith("ZARR:") and name.startswith(variable))):
        listed = ", ".join(list(known)[:LISTED]) or "none: it holds one image"
        raise InvalidParameter(f"subdataset must be one that the file has ({listed}), not {name[:100]!r}")
    # What is stored of the file's own variable says nothing of another.
    return replace(ref, subdataset=full + name.removeprefix(variable), statistics=(), version=f"{ref.version}:{name}")


@lru_cache(maxsize=512)
def _full_names(ref: SourceRef) -> dict[str, str]:
    """GDAL's name of each variable by its short one."""
    dataset = open_dataset(ref)
    found = {}
    for full, _ in dataset.GetSubDatasets():
        prefix, quoted, short = full.partition(f':"{ref.location}":')
        if quoted and prefix.split(":")[0] in PREFIXES:
            found[short] = full
    return found
