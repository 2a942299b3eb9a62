"""HDF and netCDF on a server: read from a copy on this machine, for two reasons.

Their libraries open the files that a dataset's header lists, wherever the file itself lies, and only a whole file can
be searched for such lists. And HDF5's asks for a few bytes at a time, each a request; HDF4's opens only local files.
"""

from contextlib import suppress
from dataclasses import replace

from osgeo import gdal

from tiles.sources.copies import local_copy
from tiles.sources.external_files import HDF5_SIGNATURE, HDF5_STARTS
from tiles.sources.hdf4 import SIGNATURE as HDF4_SIGNATURE
from tiles.sources.reference import SourceRef

# GDAL's drivers that read by the HDF libraries. None of them opens a remote file.
HDF_DRIVERS = frozenset({"netCDF", "HDF5", "HDF5Image", "BAG", "KEA", "HDF4", "HDF4Image"})
SUBDATASETS = ("NETCDF:", "HDF5:", "BAG:", "HDF4_SDS:", "HDF4_EOS:")
CLASSIC_NETCDF = b"CDF"
HEAD_BYTES = 16_384


def is_hdf(ref: SourceRef) -> bool:
    """Whether it is known to be HDF or netCDF."""
    return ref.driver in HDF_DRIVERS or ref.subdataset.startswith(SUBDATASETS)


def holds_hdf(location: str) -> bool:
    """Whether a remote file is HDF or netCDF, by its first bytes. One request."""
    head = b""
    # A server without ranges fails only when it is asked for some.
    with suppress(RuntimeError):
        file = gdal.VSIFOpenL(location, "rb")
        if file is not None:
            head = bytes(gdal.VSIFReadL(1, HEAD_BYTES, file) or b"")
            gdal.VSIFCloseL(file)
    if head.startswith((CLASSIC_NETCDF, HDF4_SIGNATURE)):
        return True
    return any(head.startswith(HDF5_SIGNATURE, start) for start in HDF5_STARTS)


def at_hand(ref: SourceRef) -> SourceRef:
    """The same image in a local copy, which all variables of a file share. Raises what `local_copy` does."""
    variable = ref.subdataset.partition(f'"{ref.location}"')[2]
    file = replace(ref, version=ref.version.removesuffix(variable)) if variable else ref
    path = local_copy(file)
    return replace(ref, location=path, subdataset=ref.subdataset.replace(ref.location, path))
