"""Images of several files in one folder: DICOM whole-slide series, OME-TIFFs whose planes lie in others.

Each file is asked about as every source is, so that what a hostile one names is read no sooner than it is admitted.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import pydicom
from botocore.exceptions import BotoCoreError, ClientError
from osgeo import gdal
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag
from pydicom.uid import VLWholeSlideMicroscopyImageStorage

from catalog.errors import SourceRefused, SourceUnreachable
from catalog.remote.admission import gdal_location, split_s3
from catalog.remote.buckets import client_of
from catalog.remote.probing import RemoteObject, describe, list_prefix
from tiles.errors import SourceUnreadable
from tiles.slides.ome import parse_ome

DESCRIPTION = "TIFFTAG_IMAGEDESCRIPTION"
DICOM_SUFFIXES = (".dcm", ".dicom")
OME_SUFFIXES = (".ome.tif", ".ome.tiff", ".ome.tf2", ".ome.tf8", ".ome.btf")
# Files of a folder that are looked at for those of one image.
MAX_FILES = 200
# Bytes of a DICOM file that hold all that is asked: the image's size comes before its color profile and its frames.
HEADER_BYTES = 2**16
AFTER_SIZE = BaseTag(0x00480008)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a DICOM whole-slide series; ``width`` in pixels of its level."""

    series: str
    width: int


def find_sidecars(remote: RemoteObject) -> tuple[RemoteObject, list[str]]:
    """Return the file that stands for the image, and the names of the others beside it that it needs.

    Of a series it is the one of full resolution, whichever is asked about; its version changes with any file's.
    """
    href = remote.href.lower()
    if href.startswith("s3://") and href.endswith(DICOM_SUFFIXES):
        found = _series(remote)
    elif href.endswith(OME_SUFFIXES):
        found = [remote, *_planes(remote)]
    else:
        found = [remote]
    if len(found) == 1:
        return remote, []
    main, *others = found
    main = remote if main.href == remote.href else describe(main.href)
    text = "\n".join(sorted(f"{each.href} {each.version}" for each in found))
    version = hashlib.sha256(text.encode()).hexdigest()
    names = sorted(each.href.rpartition("/")[2] for each in others)
    return replace(main, etag=version), names


def _series(remote: RemoteObject) -> list[RemoteObject]:
    """Return the files of the series that this one belongs to, the one of full resolution first."""
    own = _part(remote.href, remote.version)
    if own is None:
        return [remote]
    parts = {each: _part(each.href, each.version) for each in _neighbours(remote.href)} | {remote: own}
    widths = {each: part.width for each, part in parts.items() if part and part.series == own.series}
    # By name where two are as wide, so that every file of the series finds the same one.
    return sorted(widths, key=lambda each: (-widths[each], each.href))


def _neighbours(href: str) -> Iterator[RemoteObject]:
    folder = href.rpartition("/")[0] + "/"
    for entry in islice(list_prefix(folder), MAX_FILES):
        name = entry.href.removeprefix(folder)
        if "/" not in name and name.lower().endswith(DICOM_SUFFIXES) and entry.href != href:
            yield entry


@lru_cache(maxsize=4096)
def _part(href: str, _version: str) -> Part | None:
    """Return what a file's header says; None of what is no slide."""
    bucket, key = split_s3(href)
    try:
        answer = client_of(href).get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{HEADER_BYTES - 1}")
        content = answer["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise SourceUnreachable(f"The header of {href} could not be read.", transient=True) from error
    return part_of(content)


def part_of(content: bytes) -> Part | None:
    """Return what the first `HEADER_BYTES` of a DICOM file say; None of what is no slide."""
    header = _read_header(content)
    if header is None or header.get("SOPClassUID") != VLWholeSlideMicroscopyImageStorage:
        return None
    return Part(str(header.get("SeriesInstanceUID", "")), int(header.get("TotalPixelMatrixColumns") or 0))


def _read_header(content: bytes) -> pydicom.Dataset | None:
    try:
        return read_partial(io.BytesIO(content), stop_when=lambda tag, _vr, _length: tag >= AFTER_SIZE)
    except (InvalidDicomError, EOFError, ValueError, TypeError, AttributeError, KeyError, OSError):
        return None


def _planes(remote: RemoteObject) -> Sequence[RemoteObject]:
    """Return the other files that hold planes of an OME-TIFF and are there; reading finds which are missing."""
    folder, _, own_name = remote.href.rpartition("/")
    try:
        dataset = gdal.OpenEx(gdal_location(remote.href), gdal.OF_RASTER, allowed_drivers=["GTiff"])
        image = parse_ome(dataset.GetMetadataItem(DESCRIPTION) or "", own_name=own_name)
    except (RuntimeError, SourceUnreadable, AttributeError):
        return []
    names = sorted({plane.file for plane in image.planes if plane.file})
    plain = [name for name in names if "/" not in name and name not in {".", ".."}]
    return [found for name in plain[:MAX_FILES] if (found := _described(f"{folder}/{name}"))]


def _described(href: str) -> RemoteObject | None:
    try:
        return describe(href)
    except (SourceRefused, SourceUnreachable):
        return None
