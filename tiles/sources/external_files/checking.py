"""The one look at a local file before it is opened: by its first bytes, then by the rules of its format."""

import mmap
from functools import lru_cache
from pathlib import Path
from typing import Any

from tiles.errors import UnsafeSource
from tiles.sources.external_files import hdf4, hdf5
from tiles.sources.external_files.heads import (
    HDF4_HEAD,
    HDF5_HEAD,
    HEAD_BYTES,
    NETCDF_HEAD,
    is_dicom_directory,
    is_sqlite,
)
from tiles.sources.external_files.sqlite import check_database

# GDAL's drivers that read by the HDF libraries, and by SQLite.
HDF_DRIVERS = frozenset({"netCDF", "HDF5", "HDF5Image", "BAG", "KEA", "HDF4", "HDF4Image"})
DATABASE_DRIVERS = frozenset({"GPKG", "MBTiles"})
# Reads folders; of a single file it makes a list of others (Kerchunk), or takes the folder around it.
FOLDER_DRIVERS = frozenset({"Zarr"})


def check_file(path: str) -> None:
    """Refuse a local file that names others or would run without end; say nothing of folders and of what isn't there.

    Raises:
        UnsafeSource: The file is one that makes its reader open others.
    """
    _kind(path)


def unfit_drivers(path: str) -> frozenset[str]:
    """Return GDAL's drivers that have no business with a file of these bytes, so that what was checked is what is read.

    Raises:
        UnsafeSource: As `check_file` does.
    """
    kind = _kind(path)
    if kind == "folder":
        return frozenset()
    others = {"hdf": HDF_DRIVERS, "database": DATABASE_DRIVERS}
    return FOLDER_DRIVERS.union(*(drivers for name, drivers in others.items() if name != kind))


def _kind(path: str) -> str:
    file = Path(path)
    if not file.is_file():
        return "folder"
    status = file.stat()
    return _checked(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _checked(path: str, _modified: int, size: int) -> str:
    with Path(path).open("rb") as file:
        head = file.read(HEAD_BYTES)
        if is_sqlite(head):
            check_database(path)
            return "database"
        if is_dicom_directory(head):
            raise UnsafeSource("A DICOMDIR lists other files; only a file's own pixels are read")
        is_hdf4 = head.startswith(HDF4_HEAD)
        is_hdf5 = any(_reads_at(file, start, HDF5_HEAD) for start in hdf5.starts(size))
        if is_hdf4 or is_hdf5:
            _check_hdf(file, is_hdf4=is_hdf4, is_hdf5=is_hdf5)
    # A classic netCDF has no way to name others.
    return "hdf" if is_hdf4 or is_hdf5 or head.startswith(NETCDF_HEAD) else "other"


def _check_hdf(file: Any, *, is_hdf4: bool, is_hdf5: bool) -> None:
    """One file may be both."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if (is_hdf4 and hdf4.names_files(content)) or (is_hdf5 and hdf5.names_files(content)):
            raise UnsafeSource("The HDF file keeps data in other files; only its own are read")


def _reads_at(file: Any, start: int, expected: bytes) -> bool:
    file.seek(start)
    return bool(file.read(len(expected)) == expected)
