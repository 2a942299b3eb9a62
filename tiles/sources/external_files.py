"""Files that make their reader open others: refused, since a hostile one could name any file or server.

GDAL follows some names by itself: overviews that metadata name, with any driver, a VRT's included; arrays of longitudes
and latitudes; a spill file. HDF4 and HDF5 read raw data from files that a dataset's header lists.
"""

import mmap
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from osgeo import gdal

from tiles.errors import UnsafeSource
from tiles.geo.georeference import SELF_CONTAINED
from tiles.sources.hdf4 import SIGNATURE as HDF4_SIGNATURE
from tiles.sources.hdf4 import names_files

ARRAYS = re.compile(r'(?:NETCDF|HDF5|HDF4_SDS|HDF4_EOS)(?::\w+)?:"?(?P<path>[^"<]+?)"?:[^"<]*')
TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Where the signature may be: at 0, 512 and each doubling; beyond this GDAL doesn't look.
HDF5_STARTS = (0, *(512 << power for power in range(16)))
# An external file list (HDF5's message 7) in an object header of version 1 or 2: its version, 1, two counts of slots,
# then the address of the local heap that has the names.
# https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html
EXTERNAL_LIST = re.compile(rb"(?=(?:\x07\x00.{6}|\x07.{3}|\x07.{5})\x01.{3}(?!\0\0)..(?!\0\0)..)", re.DOTALL)
HEADS = (8, 4, 6)
# So many places that look like such a list are followed: one in some 10,000 bytes of chance looks like it.
MOST_FOLLOWED = 1_000_000
HEAP = b"HEAP"


def names_other_files(dataset: Any) -> bool:
    """Whether an open GDAL dataset would open what it names, once overviews or places are asked for."""
    if dataset.GetMetadataItem("OVERVIEW_FILE", "OVERVIEWS"):
        return True
    if dataset.GetDriver().ShortName == "HFA":
        return any("/../" in path for path in dataset.GetFileList() or ())
    places = dataset.GetMetadata("GEOLOCATION")
    named = [places[key] for key in ("X_DATASET", "Y_DATASET") if key in places]
    if dataset.GetDriver().ShortName not in SELF_CONTAINED:
        return False  # They aren't used there.
    description = dataset.GetDescription()
    own = {description, *description.split('"')[1:2]}
    return not all((found := ARRAYS.fullmatch(name)) and found["path"] in own for name in named)


def check_siblings(path: str, siblings: Iterable[str]) -> None:
    """Raises UnsafeSource for overviews or a mask that aren't plain TIFFs: GDAL opens them with any driver."""
    folder = path.rpartition("/")[0]
    for name in siblings:
        if name.lower().endswith((".ovr", ".msk")) and not _is_plain_tiff(f"{folder}/{name}"):
            raise UnsafeSource(f"{name[-100:]} is no TIFF, as overviews and masks are")


def _is_plain_tiff(path: str) -> bool:
    """Whether it is one that names no other files, or isn't there at all."""
    head = _head(path)
    if head not in TIFF_HEADS:
        return head is None
    try:
        dataset = gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=["GTiff"], sibling_files=[path.rpartition("/")[2]])
    except RuntimeError:
        return False
    return dataset is not None and not names_other_files(dataset)


def _head(path: str) -> bytes | None:
    """The first four bytes; None of a file that isn't there."""
    try:
        file = gdal.VSIFOpenL(path, "rb")
    except RuntimeError:
        file = None
    if file is None:
        return None
    try:
        return bytes(gdal.VSIFReadL(1, 4, file) or b"")
    finally:
        gdal.VSIFCloseL(file)


def check_hdf(path: str) -> None:
    """Raises UnsafeSource for a local HDF or netCDF-4 file with data in other files."""
    file = Path(path)
    if not file.is_file():
        return
    status = file.stat()
    if _has_external_data(path, status.st_mtime_ns, status.st_size):
        raise UnsafeSource("The HDF file keeps data in other files; only its own are read")


@lru_cache(maxsize=4096)
def _has_external_data(path: str, _modified: int, size: int) -> bool:
    if not size:
        return False
    with Path(path).open("rb") as file:
        # One file may be both.
        hdf4 = _reads_at(file, 0, HDF4_SIGNATURE)
        hdf5 = any(_reads_at(file, start, HDF5_SIGNATURE) for start in HDF5_STARTS if start < size)
        if not hdf4 and not hdf5:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return (hdf4 and names_files(content)) or (hdf5 and _lists_files(content))


def _reads_at(file: Any, start: int, expected: bytes) -> bool:
    file.seek(start)
    return bool(file.read(len(expected)) == expected)


def _lists_files(content: mmap.mmap) -> bool:
    # Names lie in a local heap, which most netCDF-4 files have none of.
    heaps = {found.start() for found in re.finditer(HEAP, content)}
    candidates = EXTERNAL_LIST.finditer(content) if heaps else ()
    for number, found in enumerate(candidates):
        if number == MOST_FOLLOWED or _leads_to(content, found.start(), heaps):
            return True
    return False


def _leads_to(content: mmap.mmap, start: int, heaps: set[int]) -> bool:
    """Whether what may be a list of external files has the address of a heap, counted from wherever the file begins."""
    for head in HEADS:
        body = content[start + head : start + head + 16]
        slots, used = (int.from_bytes(body[place : place + 2], "little") for place in (4, 6))
        if body[:1] != b"\x01" or not 0 < used <= slots:
            continue
        for width in (2, 4, 8):
            address = int.from_bytes(body[8 : 8 + width], "little")
            if any(address + base in heaps for base in HDF5_STARTS):
                return True
    return False
