"""Remote files of which a reader wants a local copy, while their metadata is read; and why they can't be had."""

import math
from dataclasses import replace

from catalog.extraction.errors import ExtractionError
from tiles.errors import SourceNotFound, TilesError, TooLarge
from tiles.sources.copies import holds_hdf, local_copy
from tiles.sources.drivers import REMOTE_PREFIXES
from tiles.sources.reference import SourceRef


def local_hdf(ref: SourceRef) -> SourceRef | None:
    """The copy of a remote HDF or netCDF; None of any other file. Raises ExtractionError."""
    if ref.location.startswith(REMOTE_PREFIXES) and holds_hdf(ref.location):
        return replace(ref, location=fetch(ref))
    return None


def fetch(ref: SourceRef) -> str:
    """Path of the file's copy. Raises ExtractionError.

    The worker's own time limit ends it; what was fetched by then stays for the next attempt.
    """
    try:
        return local_copy(ref, seconds=math.inf)
    except TilesError as error:
        raise as_extraction_error(error) from error


def as_extraction_error(error: TilesError) -> ExtractionError:
    """What a file that can't be fetched or opened is to the ingest."""
    codes: dict[type[TilesError], str] = {TooLarge: "too_large", SourceNotFound: "not_found"}
    return ExtractionError(codes.get(type(error), "unreadable"), f"{error.message}.")
