"""Open images by the reader that suits them."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

from tiles.errors import SourceUnreadable, TooLarge, UnsafeSource
from tiles.sources.cubes import resolve_selection
from tiles.sources.drivers import ALLOWED_DRIVERS, LARGE_IMAGE_SOURCES, open_dataset
from tiles.sources.installed import installed_sources
from tiles.sources.protocol import Source
from tiles.sources.reference import SourceRef
from tiles.sources.statistics import BandStatistics
from tiles.sources.subdatasets import choose_variable, with_subdataset
from tiles.sources.zarr_folder import is_ome_zarr, is_zarr

__all__ = ["ALLOWED_DRIVERS", "BandStatistics", "Source", "SourceRef", "open_source"]

# The readers there are, by what they read: modules that are built on this one, imported when the first image asks for
# one of them.
READERS = {
    "raster": "tiles.rendering.image:RasterImage",
    "slide": "tiles.slides.readers:open_slide",
    # Of pictures that GDAL would show otherwise than they are meant.
    "unlike": "tiles.slides.readers:open_unlike_gdal",
}
# large-image's readers of slides proper; its reader of pictures is for what GDAL can't open.
SLIDE_SOURCES = LARGE_IMAGE_SOURCES[:-1]
OME_ZARR = "zarr"


@cache
def reader(kind: str) -> Callable[..., Source]:
    """Return the function, or class, that makes a kind of `READERS`."""
    module, _, name = READERS[kind].partition(":")
    found: Callable[..., Source] = getattr(import_module(module), name)
    return found


def open_source(ref: SourceRef, *, choose: bool = False) -> Source:
    """Open the image that ``ref`` names, by the driver named there or the first that reads it.

    What is on Earth and plain pictures are GDAL's; slides are large-image's, and GDAL's again where large-image fails.
    One thread at a time may use it; `tiles.sources.pool` keeps images open.

    Args:
        ref: the image.
        choose: take the variable that shows a file of several best, when ``ref`` names none, instead of refusing.

    Raises SourceNotFound, SourceUnreachable, SourceUnreadable (UnsafeSource of what names other files, which no other
    reader gets either), and InvalidParameter for a variable that the file doesn't have.
    """
    if ref.variable or ref.selection:
        ref = _resolved(ref)
    if ref.driver in installed_sources():
        return reader("slide")(ref, (ref.driver,))
    if not (ref.driver or ref.subdataset) and is_zarr(ref.location):
        return _open_zarr(ref, choose=choose)
    try:
        raster = reader("raster")(ref, open_dataset(ref))
    except UnsafeSource:
        raise
    except SourceUnreadable:
        return reader("slide")(ref, tuple(installed_sources()))
    if raster.band_count == 0:
        return _open_one_of_several(raster, choose=choose)
    if raster.is_geospatial or ref.driver or ref.subdataset:
        return raster
    try:
        if may_be_slide(raster.dataset):
            return reader("slide")(ref, SLIDE_SOURCES)
        return reader("unlike")(ref, raster.dataset)
    except (SourceUnreadable, TooLarge):
        return raster


def _resolved(ref: SourceRef) -> SourceRef:
    """Return the reference with the variable and the planes that were to be looked for."""
    if ref.variable:
        ref = with_subdataset(replace(ref, variable=""), ref.variable)
    return resolve_selection(ref) if ref.selection else ref


def _open_zarr(ref: SourceRef, *, choose: bool) -> Source:
    """Open a folder of Zarr: an OME-Zarr as the image that its metadata makes of it, which GDAL leaves unread."""
    if is_ome_zarr(ref.location):
        return reader("slide")(replace(ref, driver=OME_ZARR), (OME_ZARR,))
    raster = reader("raster")(ref, open_dataset(ref))
    return raster if raster.band_count else _open_one_of_several(raster, choose=choose)


def _open_one_of_several(file: Source, *, choose: bool) -> Source:
    """Open the variable to show of a file that is no image as a whole."""
    ref = file.ref
    if not ref.driver and is_ome_zarr(ref.location):
        return reader("slide")(replace(ref, driver=OME_ZARR), (OME_ZARR,))
    found = choose_variable(ref, file.dataset) if choose and not ref.subdataset else None
    if found is None:
        raise SourceUnreadable(f"{ref.name or 'The file'} holds several variables: name one as its subdataset")
    return reader("raster")(found, open_dataset(found))


def may_be_slide(dataset: Any) -> bool:
    """Tell whether a TIFF has several pages (as slides have: levels, labels, planes), is OME, or has JPEG tiles.

    Pictures are seldom both tiled and JPEG; slides nearly always are.
    """
    if dataset.GetDriver().ShortName != "GTiff":
        return False
    pages = dataset.GetMetadata("SUBDATASETS")
    block_width, _ = dataset.GetRasterBand(1).GetBlockSize()
    compression = dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") or ""
    if "JPEG" in compression and block_width < dataset.RasterXSize and dataset.RasterCount == 3:
        return True
    return bool(pages) or "<OME" in (dataset.GetMetadataItem("TIFFTAG_IMAGEDESCRIPTION") or "")
