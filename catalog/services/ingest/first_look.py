"""Open a file that was admitted by its location alone, and note what it turned out to be.

What an item's author wrote of it stays as it is: what is found here belongs to the file.
"""

import logging
from typing import Any
from uuid import UUID

from catalog.errors import CatalogError, InvalidInput, SourceUnreachable
from catalog.extraction.result import Extraction, ExtractionError
from catalog.models import ChecksumFile, Collection, IngestSource
from catalog.remote.places import reading_for
from catalog.remote.probing import RemoteObject, describe
from catalog.services.ingest.imagery import find_siblings, read_image
from catalog.services.items.writing import OPENED_AS
from tiles.errors import TilesError

logger = logging.getLogger(__name__)


def look_at_file(file_id: UUID) -> None:
    """Open a file that nobody opened yet; what is wrong with it is noted with it. A store that fails is asked later."""
    file = ChecksumFile.objects.filter(pk=file_id, opened=False).first()
    if file is None:
        return
    try:
        open_file(file)
    except (CatalogError, ExtractionError, TilesError) as error:
        logger.warning("%s could not be opened: %s", file.name, error)


def probe_source(source: IngestSource) -> None:
    """Open the files at the source's location that nobody opened yet. Raises what is wrong with the first that fails.

    They are of the collections that whoever asked may change.
    """
    owner = source.job.owner
    mine = Collection.objects.editable_by(owner) if owner else Collection.objects.none()
    for file in ChecksumFile.objects.filter(url=source.href, collection__in=mine):
        if not file.opened:
            open_file(file)
        elif error := file.metadata.get("error"):
            raise InvalidInput(error["description"], code=error["code"])


def open_file(file: ChecksumFile) -> None:
    """Ask the store about an unopened file, open it and note what was found.

    Raises SourceUnreachable where its store fails, which leaves it unopened if that may pass; ExtractionError for what
    is wrong with the file, which is noted too.
    """
    try:
        with reading_for(file.collection_id):
            remote = describe(file.url)
            file.siblings = find_siblings(file.url)
            file.version, file.last_modified, file.size = _version(file, remote), remote.last_modified, remote.size
            _, extraction = read_image(file)
        file.save(update_fields=OPENED_AS)
    except (CatalogError, ExtractionError, TilesError) as error:
        if not (isinstance(error, SourceUnreachable) and error.transient):
            told = {"code": getattr(error, "code", "unreadable"), "description": str(error)}
            ChecksumFile.objects.filter(pk=file.pk, opened=False).update(opened=True, metadata={"error": told})
        raise
    _note(file, remote, extraction)


def _note(file: ChecksumFile, remote: RemoteObject, extraction: Extraction) -> None:
    found: dict[str, Any] = {**extraction.asset}
    found |= {name: value for name, value in extraction.properties.items() if name.startswith("proj:")}
    ChecksumFile.objects.filter(pk=file.pk, opened=False).update(
        opened=True,
        version=file.version,
        etag=remote.etag[:256],
        size=remote.size,
        last_modified=remote.last_modified,
        media_type=file.media_type or remote.media_type[:128],
        siblings=file.siblings,
        metadata=found,
    )


def _version(file: ChecksumFile, remote: RemoteObject) -> str:
    """Return what tells this content from others, apart from a row that is there of the same content already."""
    version = remote.version[:256]
    same = ChecksumFile.objects.filter(collection_id=file.collection_id, url=file.url, version=version)
    return f"{version[:220]} {file.pk.hex}" if same.exclude(pk=file.pk).exists() else version
