"""Read remote files so that a store which fails for a moment is not taken for damage."""

import logging

from django.utils import timezone

from catalog.errors import SourceUnreachable
from catalog.extraction.extracting import OpenImage, describe_image, open_image, reading
from catalog.extraction.result import Extraction, ExtractionError
from catalog.models import ChecksumFile
from catalog.remote.probing import hands_out
from tiles.sources.drivers import forget_files
from tiles.sources.reference import SourceRef

logger = logging.getLogger(__name__)
# How often a remote file is read before what is wrong with it is believed: a connection that was reset leaves no other
# trace than a block that can't be decoded.
READINGS = 3
# What no store's failure looks like.
CERTAIN = frozenset({"too_large", "unsupported_format"})


def read_remote_image(file: ChecksumFile, ref: SourceRef) -> tuple[OpenImage, Extraction]:
    """Open and describe the image of a remote file.

    Raises ExtractionError for what is wrong with the file itself, SourceUnreachable (transient) where its store failed
    while it was read.
    """
    last_modified = file.last_modified or file.created or timezone.now()
    for attempt in range(1, READINGS + 1):
        error = None
        try:
            with reading(file.name) as faults:
                image = open_image(ref, last_modified=last_modified, size=file.size)
                extraction = describe_image(image)
            if not faults.is_final:
                return image, extraction
        except ExtractionError as failure:
            if failure.code in CERTAIN and not faults:
                raise
            error = failure
        # Also that something is not there.
        forget_files(ref)
        if error and not faults and attempt == READINGS and hands_out(file.url, size=file.size):
            raise error
        logger.info("Reading %s failed (%s, %s)", file.name, error, faults.told[-1:])
    raise SourceUnreachable(f"The store of {file.name} failed while the file was read.", transient=True)
