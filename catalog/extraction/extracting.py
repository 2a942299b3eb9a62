"""From a path to everything an item says about the file."""

from collections.abc import Sequence
from datetime import UTC, datetime

from osgeo import gdal

from catalog.extraction.errors import ExtractionError
from catalog.extraction.geospatial import describe_raster
from catalog.extraction.limits import DEFAULT_LIMITS, Limits
from catalog.extraction.opening import open_dataset, quiet_gdal
from catalog.extraction.result import Extraction
from catalog.extraction.subdatasets import choose_raster


def extract(
    path: str,
    *,
    name: str,
    siblings: Sequence[str] = (),
    last_modified: datetime | None = None,
    size: int | None = None,
    media_type: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> Extraction:
    """Read the metadata of the image at `path`: a local file or folder, or a `/vsi…` path that GDAL opens.

    `name` is the file's own name, the only one that messages show and whose conventions are read; `siblings` are the
    base names of its side files; `last_modified` (UTC) dates images that tell nothing themselves.
    Raises ExtractionError, and nothing else, for whatever is wrong with the file.
    """
    with quiet_gdal():
        try:
            dataset = open_dataset(path, name=name, siblings=siblings)
            chosen = choose_raster(dataset, path=path, name=name, limits=limits)
            status = gdal.VSIStatL(path)
            return describe_raster(
                chosen,
                name=name,
                size=size or (0 if status.IsDirectory() else status.size),
                last_modified=last_modified or datetime.fromtimestamp(status.mtime, UTC),
                media_type=media_type,
                limits=limits,
            )
        except (RuntimeError, MemoryError):
            raise ExtractionError("unreadable", f"{name} opens, but its description can't be read.") from None
