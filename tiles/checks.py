"""Check by Django's system checks that what `tiles` needs beside Python packages is there and works."""

import importlib
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 -- Django's name of it

# Older ones read some formats otherwise, and nobody tests on them.
OLDEST_GDAL = (3, 6)
INSTALL = (
    "Install GDAL (Debian: libgdal-dev), then its bindings, after numpy: "
    'pip install --no-build-isolation --no-cache-dir "gdal[numpy]==$(gdal-config --version)"'
)


def check_tiles(**_: Any) -> list[CheckMessage]:
    """Return what keeps the app from rendering, each with a hint; nothing when all is there."""
    return [*_gdal_messages(), *_cache_messages()]


def _gdal_messages() -> Iterator[CheckMessage]:
    gdal, error = _imported("osgeo.gdal")
    if gdal is None:
        yield Error(f"GDAL's Python bindings are missing: {error}", hint=INSTALL, id="tiles.E001")
        return
    arrays, error = _imported("osgeo.gdal_array")
    if arrays is None:
        yield Error(
            f"GDAL's Python bindings read no pixels: {error}. They were built without numpy, or for another one.",
            hint=INSTALL,
            id="tiles.E002",
        )
    if tuple(map(int, gdal.VersionInfo("RELEASE_NAME").split(".")[:2])) < OLDEST_GDAL:
        oldest = ".".join(map(str, OLDEST_GDAL))
        yield Error(
            f"GDAL {gdal.VersionInfo('RELEASE_NAME')} is too old: it has to be {oldest} or newer.",
            hint=INSTALL,
            id="tiles.E004",
        )
    bindings, library = str(gdal.__version__), str(gdal.VersionInfo("RELEASE_NAME"))
    if bindings != library:
        yield Warning(
            f"GDAL's Python bindings are of version {bindings}, and libgdal is {library}.",
            hint=INSTALL,
            id="tiles.W001",
        )


def _imported(name: str) -> tuple[Any, str]:
    """Return a module, or None and what it failed by: bindings for another numpy fail by more than ImportError."""
    try:
        return importlib.import_module(name), ""
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what has to be told
        return None, f"{type(error).__name__}: {error}"


def _cache_messages() -> Iterator[CheckMessage]:
    alias = getattr(settings, "TILES", {}).get("cache_alias", "tiles")
    if alias and alias not in settings.CACHES:
        yield Error(
            f"The cache of rendered tiles, {alias!r}, is not among CACHES.",
            hint=f'Add CACHES = {{{alias!r}: …}}, or set TILES = {{"cache_alias": ""}} to keep no tiles.',
            id="tiles.E003",
        )
