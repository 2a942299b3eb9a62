"""Read documents and chunks of a Zarr, versions 2 and 3, wherever it lies: a folder, a bucket, a web server."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from osgeo import gdal

from tiles.errors import SourceUnreachable, SourceUnreadable
from tiles.limits import check_deadline

# Bytes of a document and of a chunk as it is stored: a hostile array's numbers may be anything.
DOCUMENT_BYTES = 32 * 2**20
CHUNK_BYTES = 512 * 2**20
# What GDAL says of what isn't there, in a folder or on a server.
_ABSENT = ("404", "does not exist", "no such file", "nosuchkey", "not found")
# A store by its name, and the path of what lies in it.
_STORE = re.compile(r"(?P<store>.*?\.zarr)(?:/(?P<path>[^?]*))?", re.IGNORECASE | re.DOTALL)
# Links of a web server's page of a folder: to what lies in it, not elsewhere.
_LINK = re.compile(rb"""href=["']?(?:\./)?([A-Za-z0-9_][\w.-]{0,127})/?["'\s>]""", re.IGNORECASE)
PAGE_BYTES = 2**20
# Whether a location is that of a Zarr, or of what lies in one, by its name.
is_zarr = _STORE.fullmatch


def in_store(location: str, path: str = "") -> tuple["ZarrFolder", str]:
    """Return the folder of the whole store that a location lies in, and the path from there to ``path`` below it.

    The coordinates of an array lie beside it. What is called otherwise is taken for a store itself.
    """
    found = _STORE.fullmatch(location)
    store, inner = (found["store"], found["path"] or "") if found else (location, "")
    return ZarrFolder(store), "/".join(filter(None, (inner.strip("/"), path.strip("/"))))


class ZarrFolder:
    """Read what lies below a location: a path, or one of GDAL's for buckets and servers."""

    def __init__(self, location: str) -> None:
        self.location = location.rstrip("/")

    def read(self, key: str, *, offset: int = 0, count: int = CHUNK_BYTES) -> bytes | None:
        """Return the bytes below that key, or a part (from the end for a negative offset); None where nothing lies.

        Raises SourceUnreachable.
        """
        path = f"{self.location}/{key}"
        if ".." in key.split("/"):
            raise SourceUnreadable("The Zarr names what lies outside its folder")
        if not path.startswith("/vsi"):
            return _read_local(Path(path), offset, count)
        check_deadline()
        gdal.ErrorReset()
        try:
            status = gdal.VSIStatL(path)
            if status is None or status.IsDirectory():
                return None
            handle = gdal.VSIFOpenL(path, "rb")
            if handle is None:
                self._check_absent(gdal.VSIGetLastErrorMsg())
                return None
            try:
                gdal.VSIFSeekL(handle, status.size + offset if offset < 0 else offset, 0)
                return bytes(gdal.VSIFReadL(1, min(count, status.size), handle) or b"")
            finally:
                gdal.VSIFCloseL(handle)
        except RuntimeError as error:
            self._check_absent(str(error) or "?")
            return None

    def _check_absent(self, message: str) -> None:
        """Raise SourceUnreachable for a server that says something else than that nothing is there."""
        if message and not any(word in message.lower() for word in _ABSENT):
            raise SourceUnreachable(f"The server that holds {self.location.rpartition('/')[2]} doesn't hand it out")

    def names(self) -> list[str]:
        """List what lies in the folder, as far as its store tells: web servers do so on a page, or not at all."""
        listed = gdal.ReadDir(self.location) or ()
        if not listed and self.location.startswith("/vsicurl/"):
            page = self._page()
            listed = [name.decode() for name in _LINK.findall(page)]
        return [name.strip("/") for name in dict.fromkeys(listed) if not name.startswith(".")]

    def _page(self) -> bytes:
        try:
            handle = gdal.VSIFOpenL(f"{self.location}/", "rb")
            if handle is None:
                return b""
            try:
                return bytes(gdal.VSIFReadL(1, PAGE_BYTES, handle) or b"")
            finally:
                gdal.VSIFCloseL(handle)
        except RuntimeError:
            return b""

    def document(self, key: str) -> dict[str, Any] | None:
        """Return the JSON object below that key; None where there is none.

        Raises SourceUnreadable, SourceUnreachable.
        """
        content = self.read(key, count=DOCUMENT_BYTES)
        if content is None:
            return None
        try:
            found = json.loads(content)
        except ValueError as error:
            raise SourceUnreadable(f"{key} of the Zarr is no JSON") from error
        return found if isinstance(found, dict) else None

    def attributes(self, group: str = "") -> dict[str, Any] | None:
        """Return the attributes of a group or an array, of either version; None where there is no such."""
        prefix = f"{group}/" if group else ""
        third = self.document(f"{prefix}zarr.json")
        if third is not None:
            found = third.get("attributes")
            return found if isinstance(found, dict) else {}
        second = self.document(f"{prefix}.zattrs")
        if second is not None:
            return second
        known = self.document(f"{prefix}.zgroup") or self.document(f"{prefix}.zarray")
        return None if known is None else {}


def _read_local(path: Path, offset: int, count: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size + offset) if offset < 0 else offset)
            return file.read(min(count, size))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        raise SourceUnreachable("A part of the Zarr can't be read") from error


def is_ome_zarr(location: str) -> bool:
    """Return whether an OME-Zarr lies there, by its metadata. Raises SourceUnreachable."""
    try:
        return find_image(location) is not None
    except SourceUnreadable:
        return False


def find_image(location: str) -> tuple[ZarrFolder, str, dict[str, Any]] | None:
    """Return the folder, the path below it and the metadata of the OME-Zarr there; None where it is none.

    Of a plate it is the first well's first field, of Bio-Formats' layout the first image. Raises SourceUnreadable,
    SourceUnreachable.
    """
    folder, path = ZarrFolder(location), ""
    for _ in range(3):
        found = folder.attributes(path)
        if found is None:
            return None
        ome = found["ome"] if isinstance(found.get("ome"), dict) else found
        if isinstance(ome.get("multiscales"), list) and ome["multiscales"]:
            return folder, path, ome
        below = _first_below(ome)
        if below is None:
            return None
        path = f"{path}/{below}".strip("/")
    return None


def _first_below(ome: Mapping[str, Any]) -> str | None:
    try:
        if "plate" in ome:
            return str(ome["plate"]["wells"][0]["path"])
        if "well" in ome:
            return str(ome["well"]["images"][0]["path"])
    except (KeyError, IndexError, TypeError):
        return None
    return "0" if "bioformats2raw.layout" in ome else None
