"""The one look at a local file before it is opened, and at what GDAL made of it.

Before: by its first bytes, then by the rules of its format. After: GDAL follows some names by itself: overviews that
metadata name, with any driver, a VRT's included; arrays of longitudes and latitudes; a spill file.
"""

import mmap
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from osgeo import gdal

from tiles.errors import SourceUnreachable, UnsafeSource
from tiles.geo.georeference import SELF_CONTAINED
from tiles.sources.external_files import hdf4, hdf5
from tiles.sources.external_files.heads import (
    DICOM_MARK,
    DICOM_PREAMBLE,
    DICOMDIR_CLASS,
    HDF4_HEAD,
    HDF5_HEAD,
    HDF5_STARTS,
    HEAD_BYTES,
    NETCDF_HEAD,
    SQLITE_HEAD,
    TIFF_HEADS,
)
from tiles.sources.external_files.sqlite import check_database

# GDAL's drivers that read by the HDF libraries, and by SQLite.
HDF_DRIVERS = frozenset({"netCDF", "HDF5", "HDF5Image", "BAG", "KEA", "HDF4", "HDF4Image"})
DATABASE_DRIVERS = frozenset({"GPKG", "MBTiles"})
# Reads folders; of a single file it makes a list of others (Kerchunk), or takes the folder around it.
FOLDER_DRIVERS = frozenset({"Zarr"})
# What has no business with a file, by what the file is.
UNFIT_DRIVERS = {
    "folder": frozenset[str](),
    "hdf": FOLDER_DRIVERS | DATABASE_DRIVERS,
    "database": FOLDER_DRIVERS | HDF_DRIVERS,
    "other": FOLDER_DRIVERS | HDF_DRIVERS | DATABASE_DRIVERS,
}
ARRAYS = re.compile(r'(?:NETCDF|HDF5|HDF4_SDS|HDF4_EOS)(?::\w+)?:"?(?P<path>[^"<]+?)"?:[^"<]*')


def check_file(path: str) -> None:
    """Refuse a local file that names others or would run without end; say nothing of folders and of what isn't there.

    Raises:
        UnsafeSource: The file is one that makes its reader open others.
    """
    unfit_drivers(path)


def unfit_drivers(path: str) -> frozenset[str]:
    """Return GDAL's drivers that have no business with a file of these bytes, so that what was checked is what is read.

    Raises:
        UnsafeSource: As `check_file` does.
    """
    file = Path(path)
    if not file.is_file():
        return UNFIT_DRIVERS["folder"]
    status = file.stat()
    return UNFIT_DRIVERS[_checked_kind(path, status.st_mtime_ns, status.st_size)]


@lru_cache(maxsize=4096)
def _checked_kind(path: str, _modified: int, size: int) -> str:
    """Return what the file is, a key of `UNFIT_DRIVERS`, once nothing in it leads elsewhere."""
    with Path(path).open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(SQLITE_HEAD):
            check_database(path)
            return "database"
        if head.startswith(DICOM_MARK, DICOM_PREAMBLE) and DICOMDIR_CLASS in head:
            raise UnsafeSource("A DICOMDIR lists other files; only a file's own pixels are read")
        is_hdf4, is_hdf5 = head.startswith(HDF4_HEAD), False
        for start in HDF5_STARTS:
            if is_hdf5 or start >= size:
                break
            file.seek(start)
            is_hdf5 = file.read(len(HDF5_HEAD)) == HDF5_HEAD
        if is_hdf4 or is_hdf5:
            _check_hdf(file, is_hdf4=is_hdf4, is_hdf5=is_hdf5)
    # A classic netCDF has no way to name others.
    return "hdf" if is_hdf4 or is_hdf5 or head.startswith(NETCDF_HEAD) else "other"


def _check_hdf(file: Any, *, is_hdf4: bool, is_hdf5: bool) -> None:
    """Raise UnsafeSource if an HDF4 or HDF5 file, or one that is both, keeps data in other files."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if (is_hdf4 and hdf4.names_files(content)) or (is_hdf5 and hdf5.names_files(content)):
            raise UnsafeSource("The HDF file keeps data in other files; only its own are read")


def names_other_files(dataset: Any) -> bool:
    """Return whether an open GDAL dataset would open what it names, once overviews or places are asked for."""
    if dataset.GetMetadataItem("OVERVIEW_FILE", "OVERVIEWS"):
        return True
    if dataset.GetDriver().ShortName == "HFA":
        return _leaves_its_name(dataset)
    places = dataset.GetMetadata("GEOLOCATION")
    if dataset.GetDriver().ShortName not in SELF_CONTAINED:
        return False  # They aren't used there.
    description = dataset.GetDescription()
    own = {description, *description.split('"')[1:2]}
    for key in {"X_DATASET", "Y_DATASET"} & places.keys():
        found = ARRAYS.fullmatch(places[key])
        if found is None or found["path"] not in own:
            return True
    return False


def _leaves_its_name(dataset: Any) -> bool:
    """Return whether an Imagine file's spill or overview file has another name than its own with another suffix."""
    folder, _, name = dataset.GetDescription().rpartition("/")
    own = f"{folder}/{name.rpartition('.')[0] or name}."
    return any(not path.startswith(own) or "/" in path[len(own) :] for path in dataset.GetFileList() or ())


def check_siblings(path: str, siblings: Iterable[str]) -> None:
    """Raise UnsafeSource for overviews or a mask that aren't plain TIFFs: GDAL opens them with any driver.

    Raises SourceUnreachable for one that is there but isn't handed out.
    """
    folder = path.rpartition("/")[0]
    for name in siblings:
        if name.lower().endswith((".ovr", ".msk")) and not _is_plain_tiff(f"{folder}/{name}"):
            raise UnsafeSource(f"{name[-100:]} is no TIFF, as overviews and masks are")


def _is_plain_tiff(path: str) -> bool:
    """Return whether it is one that names no other files, or isn't there at all."""
    head = _head(path)
    if head not in TIFF_HEADS:
        return head is None
    try:
        dataset = gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=["GTiff"], sibling_files=[path.rpartition("/")[2]])
    except RuntimeError:
        return False
    return dataset is not None and not names_other_files(dataset)


def _head(path: str) -> bytes | None:
    """Return the first four bytes; None of a file that isn't there."""
    try:
        file = gdal.VSIFOpenL(path, "rb")
    except RuntimeError:
        file = None
    if file is None:
        return None
    try:
        head = bytes(gdal.VSIFReadL(1, 4, file) or b"")
        if not head and path.startswith("/vsi") and gdal.VSIFSeekL(file, 0, 2) == 0 and gdal.VSIFTellL(file):
            # Another answer than its bytes: that says nothing of what it is.
            raise SourceUnreachable("The server that holds a file beside the image doesn't hand it out")
        return head
    finally:
        gdal.VSIFCloseL(file)
