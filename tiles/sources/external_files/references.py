"""What an open GDAL dataset, or a file beside it, would have GDAL open.

GDAL follows some names by itself: overviews that metadata name, with any driver, a VRT's included; arrays of longitudes
and latitudes; a spill file.
"""

import re
from collections.abc import Iterable
from typing import Any

from osgeo import gdal

from tiles.errors import UnsafeSource
from tiles.geo.georeference import SELF_CONTAINED
from tiles.sources.external_files.heads import TIFF_HEADS

ARRAYS = re.compile(r'(?:NETCDF|HDF5|HDF4_SDS|HDF4_EOS)(?::\w+)?:"?(?P<path>[^"<]+?)"?:[^"<]*')


def names_other_files(dataset: Any) -> bool:
    """Return whether an open GDAL dataset would open what it names, once overviews or places are asked for."""
    if dataset.GetMetadataItem("OVERVIEW_FILE", "OVERVIEWS"):
        return True
    if dataset.GetDriver().ShortName == "HFA":
        return _leaves_its_name(dataset)
    places = dataset.GetMetadata("GEOLOCATION")
    named = [places[key] for key in ("X_DATASET", "Y_DATASET") if key in places]
    if dataset.GetDriver().ShortName not in SELF_CONTAINED:
        return False  # They aren't used there.
    description = dataset.GetDescription()
    own = {description, *description.split('"')[1:2]}
    return not all((found := ARRAYS.fullmatch(name)) and found["path"] in own for name in named)


def _leaves_its_name(dataset: Any) -> bool:
    """Return whether an Imagine file's spill or overview file has another name than its own with another suffix."""
    folder, _, name = dataset.GetDescription().rpartition("/")
    own = f"{folder}/{name.rpartition('.')[0] or name}."
    return any(not path.startswith(own) or "/" in path[len(own) :] for path in dataset.GetFileList() or ())


def check_siblings(path: str, siblings: Iterable[str]) -> None:
    """Raise UnsafeSource for overviews or a mask that aren't plain TIFFs: GDAL opens them with any driver."""
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
        return bytes(gdal.VSIFReadL(1, 4, file) or b"")
    finally:
        gdal.VSIFCloseL(file)
