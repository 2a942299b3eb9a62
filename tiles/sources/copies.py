"""Keep local copies of remote files, for readers that open paths themselves: named by content, bounded, fetched once.

All processes of a machine share one folder. What one caller had no time to fetch, the next one goes on with.

HDF, netCDF and SQLite are read from copies for two reasons. Their libraries open the files that a header or a schema
names, wherever the file itself lies, and only a whole file that nobody changes any more can be searched for such names.
And HDF5's asks for a few bytes at a time, each a request; HDF4's opens only local files.
"""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from osgeo import gdal

from tiles.errors import RenderTimeout, SourceNotFound, SourceUnreachable, SourceUnreadable, TooLarge
from tiles.limits import check_deadline
from tiles.sources.external_files import DATABASE_DRIVERS, HDF_DRIVERS
from tiles.sources.external_files.heads import HDF4_HEAD, HDF5_HEAD, HDF5_STARTS, NETCDF_HEAD, SQLITE_HEAD
from tiles.sources.reference import SourceRef

# Bytes read at once: one request each.
CHUNK = 8 * 2**20
# Seconds between two looks at whether another process has finished.
POLL_SECONDS = 0.05
PART = ".part"
# Bytes that the system counts a file's `st_blocks` in, whatever its disk's blocks are.
BLOCK = 512
# GDAL's drivers of which none opens a remote file.
LOCAL_DRIVERS = HDF_DRIVERS | DATABASE_DRIVERS
SUBDATASETS = ("NETCDF:", "HDF5:", "BAG:", "HDF4_SDS:", "HDF4_EOS:")
HEAD_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class CopySettings:
    # Folder of the copies; empty: one in the system's temporary folder that nobody else may enter.
    folder: str = ""
    # Bytes of all copies; those longest unused go first.
    total_bytes: int = 20 * 2**30
    # Bytes of one image with the files that belong to it.
    image_bytes: int = 8 * 2**30
    # Seconds that one caller fetches or waits for another who does.
    seconds: float = 60.0


_settings: list[CopySettings] = [CopySettings()]


def configure_copies(settings: CopySettings) -> None:
    """Set the copies up for this process."""
    _settings[0] = settings


def local_copy(ref: SourceRef, *, seconds: float | None = None) -> str:
    """Return the path of a copy of a remote file, with its siblings beside it. ``seconds``: to fetch it in.

    Raises SourceNotFound, SourceUnreachable, SourceUnreadable, TooLarge, RenderTimeout.
    """
    folder = folder_of(ref.location, ref.version, *ref.siblings)
    files = _files(ref)
    if not all((folder / name).exists() for name in files):
        until = time.monotonic() + (_settings[0].seconds if seconds is None else seconds)
        with _alone(folder.name, until=until):
            _fetch_missing(files, folder, name=ref.name, until=until)
    touch(folder)
    return str(folder / next(iter(files)))


def _root() -> Path:
    """Return the folder of all copies, made if need be. Raises SourceUnreachable if it is somebody else's."""
    given = _settings[0].folder
    root = Path(given) if given else Path(tempfile.gettempdir()) / f"geodata-copies-{os.getuid()}"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if root.stat().st_uid != os.getuid() or (root.is_symlink() and not given):
        raise SourceUnreachable("The folder for copies of remote files belongs to somebody else")
    (root / "locks").mkdir(exist_ok=True)
    return root


def folder_of(*words: str) -> Path:
    """Return the folder for what is kept of the content that these words stand for; there may be none yet."""
    return _root() / hashlib.blake2b("\n".join(words).encode(), digest_size=16).hexdigest()


def name_of_copy(location: str) -> str:
    # Of a signed URL, what follows the path is no part of the name.
    last = location.rpartition("/")[2].partition("?")[0]
    return re.sub(r"[^\w. -]", "_", last)[-150:].lstrip(".") or "file"


def _files(ref: SourceRef) -> dict[str, str]:
    """Map the names of copies to their remote locations, the file itself first."""
    folder, own = ref.location.rpartition("/")[0], name_of_copy(ref.location)
    for name in ref.siblings:
        if "/" in name or "\0" in name or name in {"", ".", "..", own}:
            raise SourceUnreadable(f"{name[:60]!r} is no name of a file beside the image")
    return {own: ref.location} | {name: f"{folder}/{name}" for name in ref.siblings}


@contextmanager
def _alone(digest: str, *, until: float) -> Iterator[None]:
    """Let one process at a time work on a copy. Raises RenderTimeout.

    Some copies share one of the 256 locks, of which none is ever removed.
    """
    with (_root() / "locks" / digest[:2]).open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                _check_time(until)
                time.sleep(POLL_SECONDS)
        yield


def _check_time(until: float) -> None:
    check_deadline()
    if time.monotonic() > until:
        raise RenderTimeout("The image is still being fetched from where it lies; try again in a moment")


def _fetch_missing(files: dict[str, str], folder: Path, *, name: str, until: float) -> None:
    missing = {target: remote for target, remote in files.items() if not (folder / target).exists()}
    found = {target: _status(remote, name=name or target) for target, remote in missing.items()}
    needed, most = sum(status.size for status in found.values()), _settings[0].image_bytes
    if needed > most:
        raise TooLarge(f"{name or 'The file'} has {needed:,} bytes; images of its kind are read up to {most:,}")
    make_room(needed, keep=folder)
    try:
        folder.mkdir(exist_ok=True)
        for target, remote in missing.items():
            _fetch(remote, folder / target, status=found[target], until=until)
    except OSError as error:
        raise SourceUnreachable(f"There is no room for a copy of {name or 'the file'}") from error


def _status(remote: str, *, name: str) -> Any:
    # What GDAL remembers of it, it would remember for ever.
    gdal.VSICurlPartialClearCache(remote)
    status = gdal.VSIStatL(remote)
    if status is None or status.IsDirectory():
        raise SourceNotFound(f"{name} is no longer where it was")
    return status


def _fetch(remote: str, target: Path, *, status: Any, until: float) -> None:
    # What was fetched of another content is begun anew.
    part = target.with_name(f"{target.name}.{status.size:x}-{status.mtime:x}{PART}")
    with part.open("ab") as out, opened(remote) as file:
        gdal.VSIFSeekL(file, out.tell(), os.SEEK_SET)
        while (left := status.size - out.tell()) > 0:
            _check_time(until)
            chunk = gdal.VSIFReadL(1, min(CHUNK, left), file)
            if not chunk:
                raise SourceUnreachable(f"The server that holds {target.name} doesn't hand it out")
            out.write(chunk)
            touch(target.parent)
    part.replace(target)
    gdal.VSICurlPartialClearCache(remote)


@contextmanager
def opened(remote: str) -> Iterator[Any]:
    """Open a remote file. Raises SourceUnreachable."""
    try:
        file = gdal.VSIFOpenL(remote, "rb")
    except RuntimeError:
        file = None
    if file is None:
        raise SourceUnreachable("The server that holds the file doesn't hand it out")
    try:
        yield file
    finally:
        gdal.VSIFCloseL(file)


def touch(folder: Path) -> None:
    """Note that the copy is in use; one that was removed meanwhile is fetched again by whoever misses it."""
    if folder.exists():
        # The system's own clock of files is as coarse as a few milliseconds.
        os.utime(folder, ns=(time.time_ns(), time.time_ns()))


def make_room(needed: int, *, keep: Path) -> None:
    """Remove the copies that were not used for the longest time until so many bytes fit."""
    copies = [entry for entry in _root().iterdir() if entry.name != "locks" and entry.is_dir()]
    found = {copy: _usage(copy) for copy in copies}
    total = sum(size for _, size in found.values())
    for copy, (_, size) in sorted(found.items(), key=lambda item: item[1]):
        if total + needed <= _settings[0].total_bytes:
            break
        if copy != keep:
            shutil.rmtree(copy, ignore_errors=True)
            total -= size


def _usage(copy: Path) -> tuple[float, int]:
    """Return when a copy was used last, and its bytes: of sparse files, what they take. It may be gone meanwhile."""
    with suppress(FileNotFoundError):
        found = [file.stat() for file in copy.iterdir()]
        return copy.stat().st_mtime, sum(min(each.st_size, each.st_blocks * BLOCK) for each in found)
    return 0.0, 0


def is_local_only(ref: SourceRef) -> bool:
    """Tell whether the image is known to be of a format that is read from local files only."""
    return ref.driver in LOCAL_DRIVERS or ref.subdataset.startswith(SUBDATASETS)


def holds_local_only(location: str) -> bool:
    """Tell by a remote file's first bytes, in one request, whether it is HDF, netCDF or SQLite."""
    head = b""
    # A server without ranges fails only when it is asked for some.
    with suppress(RuntimeError):
        file = gdal.VSIFOpenL(location, "rb")
        if file is not None:
            head = bytes(gdal.VSIFReadL(1, HEAD_BYTES, file) or b"")
            gdal.VSIFCloseL(file)
    if head.startswith((NETCDF_HEAD, HDF4_HEAD, SQLITE_HEAD)):
        return True
    return any(head.startswith(HDF5_HEAD, start) for start in HDF5_STARTS if start < HEAD_BYTES)


def with_local_copy(ref: SourceRef) -> SourceRef:
    """Return the reference to a local copy of the image, which all variables of a file share.

    Raises what `local_copy` does.
    """
    variable = ref.subdataset.partition(f'"{ref.location}"')[2] or f":{ref.subdataset}"
    file = replace(ref, version=ref.version.removesuffix(variable)) if variable else ref
    path = local_copy(file)
    return replace(ref, location=path, subdataset=ref.subdataset.replace(ref.location, path))
