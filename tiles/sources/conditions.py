"""Have a server hand out one content of a location alone, by HTTP's conditions: RFC 9110, 13.1."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from osgeo import gdal

HEADERS = "GDAL_HTTP_HEADERS"


class _Ties(threading.local):
    """Hold the conditions of several files that this thread reads by turns, by location: none is true of all."""

    def __init__(self) -> None:
        self.by_location: Mapping[str, str] = {}


TIES = _Ties()


def condition_of(etag: str, modified: str = "") -> str:
    """Return the header that ties a request to this content; weak ETags (`W/"…"`) tie nothing (RFC 9110, 13.1.1)."""
    if etag.startswith('"'):
        return f"If-Match: {etag}"
    return f"If-Unmodified-Since: {modified}" if modified else ""


@contextmanager
def asking(condition: str) -> Iterator[None]:
    """Add a header to this thread's requests within this block, beside those of the site's own configuration."""
    before, given = gdal.GetThreadLocalConfigOption(HEADERS), gdal.GetConfigOption(HEADERS) or ""
    quoted = '"{}"'.format(condition.replace('"', '\\"'))
    if condition and quoted not in given:
        gdal.SetThreadLocalConfigOption(HEADERS, ",".join(filter(None, (given, quoted))))
    try:
        yield
    finally:
        gdal.SetThreadLocalConfigOption(HEADERS, before)


@contextmanager
def asking_by_turns(conditions: Mapping[str, str]) -> Iterator[None]:
    """Have each of these locations asked for under its own condition within this block, by whoever reads one."""
    before, TIES.by_location = TIES.by_location, conditions
    try:
        yield
    finally:
        TIES.by_location = before


def own_condition(location: str) -> AbstractContextManager[None]:
    """Add a location's own condition to the requests of a block, where several are read by turns."""
    condition = TIES.by_location.get(location)
    return asking(condition) if condition else nullcontext()


def headers_of(location: str) -> dict[str, str]:
    """Ask the server for the headers of what it holds there, by their names in lower case. Raises RuntimeError."""
    return {name.lower(): value for name, value in (gdal.GetFileMetadata(location, "HEADERS") or {}).items()}


def etag_now(location: str) -> str:
    """Ask the server for the ETag of what it holds there now; empty where it says none, or doesn't answer."""
    try:
        return headers_of(location).get("etag", "")
    except RuntimeError:
        return ""
