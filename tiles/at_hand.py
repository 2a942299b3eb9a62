"""HDF5 and netCDF on a server: read from a copy on this machine, for two reasons.

Their library opens the files that a dataset's header lists, wherever the file itself lies, and only a whole file can be
searched for such lists. And it asks for a few bytes at a time, each a request.
"""

from contextlib import suppress
from dataclasses import replace

from osgeo import gdal

from .copies import local_copy
from .outside_names import HDF5_SIGNATURE, HDF5_STARTS
from .references import SourceRef

# GDAL's drivers that read by the HDF5 library. None of them opens a remote file.
HDF5_DRIVERS = frozenset({"netCDF", "HDF5", "HDF5Image", "BAG", "KEA"})
SUBDATASETS = ("NETCDF:", "HDF5:", "BAG:")
CLASSIC_NETCDF = b"CDF"
HEAD_BYTES = 16_384


def is_hdf5(ref: SourceRef) -> bool:
    """Whether it is known to be HDF5 or netCDF."""
    return ref.driver in HDF5_DRIVERS or ref.subdataset.startswith(SUBDATASETS)


def holds_hdf5(location: str) -> bool:
    """Whether a remote file is HDF5 or netCDF, by its first bytes. One request."""
    head = b""
    # A server without ranges fails only when it is asked for some.
    with suppress(RuntimeError):
        file = gdal.VSIFOpenL(location, "rb")
        if file is not None:
            head = bytes(gdal.VSIFReadL(1, HEAD_BYTES, file) or b"")
            gdal.VSIFCloseL(file)
    return head.startswith(CLASSIC_NETCDF) or any(head.startswith(HDF5_SIGNATURE, start) for start in HDF5_STARTS)


def at_hand(ref: SourceRef) -> SourceRef:
    """The same image in a local copy, which all variables of a file share. Raises what `local_copy` does."""
    variable = ref.subdataset.partition(f'"{ref.location}"')[2]
    file = replace(ref, version=ref.version.removesuffix(variable)) if variable else ref
    path = local_copy(file)
    return replace(ref, location=path, subdataset=ref.subdataset.replace(ref.location, path))
