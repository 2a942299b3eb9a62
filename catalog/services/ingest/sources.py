"""What a worker does with one source: admit, describe, extract, write the item, make its thumbnail."""

import logging

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from catalog.errors import CatalogError, SourceUnreachable
from catalog.extraction.result import ExtractionError
from catalog.models import IngestSource
from catalog.services.ingest.files import admit_remote_file, adopt_upload
from catalog.services.ingest.imagery import find_imagery_item, write_imagery_item
from catalog.services.ingest.leases import claim_source, fail_source, kept_alive, release_source, succeed_source
from catalog.services.ingest.prefixes import expand_prefix
from tiles.errors import TilesError

logger = logging.getLogger(__name__)
Kind = IngestSource.Kind


def process_source(source_id: int) -> None:
    """Bring one source to its end, whatever that is. Safe to call twice, and at the same time."""
    source = claim_source(source_id)
    if source is None:
        return
    with kept_alive(source):
        try:
            _process(source)
        except SourceUnreachable as error:
            if error.transient and source.attempts < settings.INGEST_MAX_ATTEMPTS:
                release_source(source)
            else:
                fail_source(source, code=error.code, description=error.message)
        except (CatalogError, ExtractionError, TilesError) as error:
            fail_source(source, code=error.code, description=error.message)
        except SoftTimeLimitExceeded:
            description = f"Reading the file took longer than {settings.INGEST_TIME_LIMIT} s."
            fail_source(source, code="time_limit", description=description)
        except Exception as error:
            logger.exception("Source %s failed in a way nobody foresaw", source.pk)
            fail_source(
                source,
                code="internal_error",
                description=f"This is an error of ours ({type(error).__name__}); it is logged.",
            )


def _process(source: IngestSource) -> None:
    if source.kind == Kind.PREFIX:
        expand_prefix(source)
        succeed_source(source)
        return
    file = adopt_upload(source) if source.kind == Kind.FILE else admit_remote_file(source)
    # A series has many files, and each is a source: the first one writes the item of all.
    is_part = bool(file.url) and file.url != source.href
    item = (find_imagery_item(file) if is_part else None) or write_imagery_item(file, options=source.job.options)
    succeed_source(source, item_id=item.pk)
