"""From a path to everything an item says about the file."""

from collections.abc import Sequence
from datetime import UTC, datetime

from osgeo import gdal

from catalog.extraction.errors import ExtractionError
from catalog.extraction.fetching import local_hdf
from catalog.extraction.georeference import find_georeference
from catalog.extraction.limits import DEFAULT_LIMITS, Limits
from catalog.extraction.opening import open_dataset, quiet_gdal
from catalog.extraction.rasters import describe_raster
from catalog.extraction.refusals import read_head
from catalog.extraction.result import Extraction
from catalog.extraction.slide_sources import open_slide
from catalog.extraction.slides import describe_slide
from catalog.extraction.subdatasets import choose_raster
from tiles.sources.reference import SourceRef


def extract(
    path: str,
    *,
    name: str,
    siblings: Sequence[str] = (),
    version: str = "",
    last_modified: datetime | None = None,
    size: int | None = None,
    media_type: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> Extraction:
    """Read the metadata of the image at `path`: a local file or folder, or a `/vsi…` path that GDAL opens.

    `name` is the file's own name, the only one that messages show and whose conventions are read; `siblings` are the
    base names of its side files; `version` names the content of a remote file; `last_modified` (UTC) dates images that
    tell nothing themselves; `size` in bytes.
    Raises ExtractionError, and nothing else, for whatever is wrong with the file.
    """
    with quiet_gdal():
        try:
            status = gdal.VSIStatL(path)
            if last_modified is None and status is not None and status.mtime > 0:
                last_modified = datetime.fromtimestamp(status.mtime, UTC)
            if size is None and status is not None and not status.IsDirectory():
                size = status.size
            return _describe(
                SourceRef(path, version=version, siblings=tuple(siblings), name=name),
                last_modified=last_modified,
                size=size or 0,
                media_type=media_type,
                limits=limits,
            )
        except ExtractionError:
            raise
        except (RuntimeError, EOFError, OSError, UnicodeError) as error:
            raise ExtractionError("corrupt", f"{name} is damaged or incomplete.") from error
        except Exception as error:
            # Whatever bytes made a reader stumble: the job has to go on with its other sources.
            raise ExtractionError("unreadable", f"{name} opens, but its description can't be read.") from error


def _describe(
    ref: SourceRef,
    *,
    last_modified: datetime | None,
    size: int,
    media_type: str,
    limits: Limits,
) -> Extraction:
    """Microscopy goes to its own readers, unless GDAL finds the file's place on Earth."""
    chosen = refusal = None
    path, name = ref.location, ref.name
    try:
        dataset = open_dataset(path, name=name, siblings=ref.siblings)
        chosen = choose_raster(dataset, path=path, name=name, limits=limits)
    except ExtractionError as error:
        refusal = error
        if copied := local_hdf(ref):
            return _describe(copied, last_modified=last_modified, size=size, media_type=media_type, limits=limits)
    if chosen is None or find_georeference(chosen.dataset) is None:
        slide = open_slide(ref, head=read_head(path), dataset=chosen.dataset if chosen else None)
        if slide is not None:
            return describe_slide(slide, name=name, last_modified=last_modified, limits=limits)
    if chosen is None:
        raise refusal or ExtractionError("unreadable", f"{name} can't be read.")
    return describe_raster(
        chosen, name=name, size=size, last_modified=last_modified, media_type=media_type, limits=limits
    )
