"""Have a server hand out one content of a location alone, by HTTP's conditions: RFC 9110, 13.1."""

from collections.abc import Iterator
from contextlib import contextmanager

from osgeo import gdal

HEADERS = "GDAL_HTTP_HEADERS"


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


def headers_of(location: str) -> dict[str, str]:
    """Ask the server for the headers of what it holds there, by their names in lower case. Raises RuntimeError."""
    return {name.lower(): value for name, value in (gdal.GetFileMetadata(location, "HEADERS") or {}).items()}


def etag_now(location: str) -> str:
    """Ask the server for the ETag of what it holds there now; empty where it says none, or doesn't answer."""
    try:
        return headers_of(location).get("etag", "")
    except RuntimeError:
        return ""
