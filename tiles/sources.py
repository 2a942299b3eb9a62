"""Opens images, and keeps them open: per thread, bounded by number and by memory."""

import threading
from collections import OrderedDict

from .drivers import ALLOWED_DRIVERS, LARGE_IMAGE_SOURCES, open_dataset
from .errors import SourceUnreadable
from .limits import DEFAULT_LIMITS, Limits
from .raster import RasterSource
from .references import SourceRef
from .slides import SlideSource, open_slide
from .statistics import BandStatistics

__all__ = ["ALLOWED_DRIVERS", "BandStatistics", "RasterSource", "SlideSource", "Source", "SourceRef", "open_source"]

Source = RasterSource | SlideSource

# large-image's readers of slides proper; its reader of pictures is for what GDAL can't open.
SLIDE_SOURCES = LARGE_IMAGE_SOURCES[:-1]

_threads = threading.local()


def open_source(ref: SourceRef, *, limits: Limits = DEFAULT_LIMITS) -> Source:
    """The image that ``ref`` names, open for this thread: from its cache, or now.

    Raises SourceNotFound, SourceUnreachable, SourceUnreadable.
    """
    cached: OrderedDict[SourceRef, Source] = _threads.__dict__.setdefault("sources", OrderedDict())
    source = cached.get(ref)
    if source is None:
        source = cached[ref] = open_fresh(ref)
    cached.move_to_end(ref)
    _evict(cached, limits)
    return source


def open_fresh(ref: SourceRef) -> Source:
    """Open without the cache: by the driver the reference names, or the first that reads it.

    What is on Earth and plain pictures are GDAL's; slides are large-image's, and GDAL's again where large-image fails.
    """
    if ref.driver in LARGE_IMAGE_SOURCES:
        return open_slide(ref, (ref.driver,))
    try:
        raster = RasterSource(ref, open_dataset(ref))
    except SourceUnreadable:
        return open_slide(ref, LARGE_IMAGE_SOURCES)
    if raster.band_count == 0:
        raise SourceUnreadable(f"{ref.name or 'The file'} holds several variables: name one as its subdataset")
    if raster.is_geospatial or ref.driver or ref.subdataset or not _may_be_slide(raster):
        return raster
    try:
        return open_slide(ref, SLIDE_SOURCES)
    except SourceUnreadable:
        return raster


def _may_be_slide(raster: RasterSource) -> bool:
    """Whether a TIFF has several pages, as slides have levels, labels and planes, or says that it is OME."""
    if raster.dataset.GetDriver().ShortName != "GTiff":
        return False
    pages = raster.dataset.GetMetadata("SUBDATASETS")
    return bool(pages) or "<OME" in (raster.dataset.GetMetadataItem("TIFFTAG_IMAGEDESCRIPTION") or "")


def close_sources() -> None:
    """Close what this thread has open."""
    _threads.__dict__.pop("sources", None)


def _evict(cached: "OrderedDict[SourceRef, Source]", limits: Limits) -> None:
    """Close the longest unused until the rest keeps to the limits; the one just asked for stays."""
    while len(cached) > 1 and (
        len(cached) > limits.open_files or sum(s.estimated_bytes for s in cached.values()) > limits.open_bytes
    ):
        cached.popitem(last=False)
