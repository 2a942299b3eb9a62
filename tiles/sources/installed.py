"""Choose which of large-image's installed tile sources may open files, and check files before they do.

They open paths by themselves, and some follow every name that a file holds. Closed unless a site opens them
(``TILES = {"large_image_sources": ["vips"]}``), for files that it trusts:

- ``multi``, ``deepzoom``, ``mapnik``: their files are lists of other files.
- ``gdal``, ``rasterio``: any of GDAL's drivers, VRT and servers included. ``source=gdal`` means our own reader.
- ``vips``: ImageMagick's formats, whose files are scripts; ``bioformats``: sets of files that name each other.
- ``tifffile``: an OME-TIFF's other files, by any path.
- ``test``, ``dummy``, ``geodata``: no files, or ourselves.
- All that isn't known here.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from osgeo import gdal

from tiles.errors import SourceUnreadable, UnsafeSource
from tiles.sources.drivers import ALLOWED_DRIVERS, LARGE_IMAGE_SOURCES, open_dataset
from tiles.sources.reference import SourceRef

GROUP = "large_image.source"
# Readers of formats whose files hold all of the image.
SELF_CONTAINED = (*LARGE_IMAGE_SOURCES, "nd2", "openjpeg")
# Never, whatever a site says: they are ours, or they aren't about files.
NEVER = frozenset({"gdal", "geodata", "geodata_slides", "test", "dummy"})

_allowed: set[str] = set()


def configure_sources(names: Iterable[str]) -> None:
    """Let these tile sources open files, too."""
    _allowed.clear()
    _allowed.update(set(names) - NEVER)
    installed_sources.cache_clear()


@cache
def installed_sources() -> dict[str, EntryPoint]:
    """Return the tile sources that are installed and may open files, by name, those tried first first."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    order = [*SELF_CONTAINED, *sorted(_allowed - set(SELF_CONTAINED))]
    return {name: found[name] for name in order if name in found}


def load_source(name: str) -> Any:
    """Import the class of an installed tile source. Raises KeyError for one that may not open files."""
    return installed_sources()[name].load()


def check_content(ref: SourceRef, path: str) -> None:
    """Raise UnsafeSource for a local file whose format, or which itself, names other files.

    Called before a tile source that isn't one of `LARGE_IMAGE_SOURCES` sees the file. What GDAL knows has to be of a
    driver of `ALLOWED_DRIVERS`, and is opened as our own reader would. Raises what opening it does.
    """
    found = gdal.IdentifyDriverEx(path, gdal.OF_RASTER | gdal.OF_VECTOR)
    if found is None:
        return
    if found.ShortName not in ALLOWED_DRIVERS:
        raise UnsafeSource(f"{ref.name or 'The file'} is of a format whose files may name others")
    try:
        open_dataset(replace(ref, location=path, driver="", subdataset=""))
    except UnsafeSource:
        raise
    except SourceUnreadable as error:
        raise UnsafeSource(f"{ref.name or 'The file'} can't be looked into before it is opened") from error
