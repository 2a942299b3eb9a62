"""Opening an untrusted file with GDAL: only drivers that read imagery, every failure explained."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from osgeo import gdal

from catalog.extraction.completeness import ends_early
from catalog.extraction.errors import ExtractionError
from catalog.extraction.limits import Limits
from catalog.extraction.refusals import explain_unopenable, read_head
from tiles.errors import SourceUnreadable
from tiles.sources.copies import HDF_DRIVERS
from tiles.sources.drivers import ALLOWED_DRIVERS, REMOTE_PREFIXES, open_raster
from tiles.sources.external_files import check_hdf, check_siblings
from tiles.sources.gdal_env import configure_gdal


@contextmanager
def quiet_gdal() -> Iterator[None]:
    """GDAL configured, raising, and silent: what it would print names paths and goes to nobody."""
    configure_gdal()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


def open_dataset(path: str, *, name: str, siblings: Sequence[str] = ()) -> Any:
    """The `gdal.Dataset` at `path`, with only `siblings` (base names) considered as its side files.

    Raises ExtractionError: not_found, unreadable, not_an_image, unsupported_format, truncated or corrupt.
    """
    # What this process read there before may have been replaced since.
    gdal.VSICurlPartialClearCache(path)
    status = gdal.VSIStatL(path)
    if status is None:
        raise ExtractionError("not_found", f"{name} could not be reached, or does not exist.")
    try:
        check_hdf(path)
        check_siblings(path, siblings)
    except SourceUnreadable as error:
        raise ExtractionError("unsupported_format", f"{error.message}.") from error
    # What of HDF can be read from a server has been fetched by now.
    without = HDF_DRIVERS if path.startswith(REMOTE_PREFIXES) else frozenset()
    options: dict[str, Any] = {"allowed_drivers": [one for one in ALLOWED_DRIVERS if one not in without]}
    if not status.IsDirectory():
        options["sibling_files"] = [os.path.basename(path), *siblings]  # noqa: PTH119
    try:
        dataset = open_raster(path, **options)
    except RuntimeError as error:
        # Without the path, whose own words (a codec's, a compression's) tell nothing of what went wrong.
        dataset, message = None, str(error).replace(path, "")
    else:
        message = ""
    if dataset is None:
        if status.IsDirectory():
            raise ExtractionError("not_an_image", f"{name} is a folder, but not one that is an image, such as Zarr.")
        raise explain_unopenable(message, head=read_head(path), size=status.size, name=name)
    if not status.IsDirectory() and ends_early(path, head=read_head(path), size=status.size):
        raise ExtractionError("truncated", f"{name} is incomplete: the end of the file is missing.")
    return dataset


def check_limits(dataset: Any, *, name: str, limits: Limits) -> None:
    """Raise ExtractionError `too_large` for a raster that can't be read in bounded memory."""
    width, height, bands = dataset.RasterXSize, dataset.RasterYSize, dataset.RasterCount
    if width > limits.side or height > limits.side or bands > limits.bands:
        raise ExtractionError("too_large", f"{name} says it has {width} x {height} pixels in {bands} bands.")
    if not bands:
        return
    band = dataset.GetRasterBand(1)
    block_width, block_height = band.GetBlockSize()
    interleaved = bands if dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL" else 1
    block_bytes = block_width * block_height * (gdal.GetDataTypeSize(band.DataType) // 8) * interleaved
    if block_bytes > limits.block_bytes:
        raise ExtractionError(
            "too_large",
            f"{name} keeps its pixels in blocks of {block_bytes // 2**20} MB; at most "
            f"{limits.block_bytes // 2**20} MB can be read. Rewrite it with tiles.",
        )
