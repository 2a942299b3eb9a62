"""Spell a path or URL of another project for GDAL, and tell which content it has now."""

import threading
from pathlib import Path
from urllib.parse import parse_qs

from cachetools import TTLCache
from osgeo import gdal

from tiles.errors import SourceNotFound
from tiles.sources.drivers import REMOTE_PREFIXES

# Seconds that a remote file is believed to be unchanged: a viewport's tiles shall not ask dozens of times.
VERSION_SECONDS = 10
_remote_versions: TTLCache[str, str] = TTLCache(maxsize=10_000, ttl=VERSION_SECONDS)
_lock = threading.Lock()


def make_vsi(url: str) -> str:
    """Return GDAL's path of a URL: ``/vsis3/…`` or ``/vsicurl/…``."""
    scheme, _, rest = url.partition("://")
    return f"/vsis3/{rest}" if scheme == "s3" else f"/vsicurl/{url}"


def gdal_location(path: str | Path) -> str:
    """Return the local or virtual path of whatever a `get_path` returns: a path, a URL, `/vsicurl?url=…`."""
    text = str(path)
    if text.startswith("/vsicurl?"):
        return make_vsi(parse_qs(text.partition("?")[2]).get("url", [""])[0])
    if "://" in text and not text.startswith("/"):
        return make_vsi(text)
    return text if text.startswith("/") else str(Path(text).absolute())


def content_version(location: str) -> str:
    """Return a text that changes when the file's content does. Raises SourceNotFound."""
    if location.startswith(REMOTE_PREFIXES):
        return _remote_version(location)
    try:
        found = Path(location).stat()
    except OSError:
        raise SourceNotFound(f"{Path(location).name} is no longer where it was") from None
    return f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"


def _remote_version(location: str) -> str:
    with _lock:
        known = _remote_versions.get(location)
    if known is not None:
        return known
    # What GDAL remembers of it, it would remember for ever.
    gdal.VSICurlPartialClearCache(location)
    found = gdal.VSIStatL(location)
    if found is None:
        raise SourceNotFound("The file is no longer where it was")
    version = f"{found.mtime:x}-{found.size:x}"
    with _lock:
        _remote_versions[location] = version
    return version
