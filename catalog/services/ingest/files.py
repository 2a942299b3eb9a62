"""From a source to a file of ours: a remote one that was admitted, or an upload taken into the collection."""

import uuid
from itertools import islice
from urllib.parse import unquote, urlsplit

from catalog.errors import InvalidInput
from catalog.models import ChecksumFile, IngestSource
from catalog.remote.probing import describe, exists, list_prefix
from catalog.services.ingest.sidecars import find_companions

# Keys that begin like the file and are looked at; what belongs to it comes among the first.
MAX_LOOKED_AT = 200
# Suffixes of what may lie beside a file, appended to its name or put in the place of its own suffix.
APPENDED = (".ovr", ".msk", ".aux.xml")
REPLACED = (".rpb", ".RPB", "_rpc.txt", "_RPC.TXT", ".tfw", ".imd", ".IMD")
# Asking a web server costs a request each, so only what is common there.
ASKED_BY_HTTP = APPENDED


def admit_remote_file(source: IngestSource) -> ChecksumFile:
    """Check the source's location, ask the store about it, and return the row of this version of the file.

    Of an image of several files, it is the row of the one that stands for it.
    """
    if not _name_of(source.href):
        raise InvalidInput("href: the URL ends without the name of a file.")
    remote, companions = find_companions(describe(source.href))
    name = _name_of(remote.href)
    file, _ = ChecksumFile.objects.update_or_create(
        collection_id=source.job.collection_id,
        url=remote.href,
        version=remote.version[:256],
        defaults={
            "owner_id": source.job.owner_id,
            "name": name[:512],
            "media_type": remote.media_type[:128],
            "size": remote.size,
            "etag": remote.etag[:256],
            "last_modified": remote.last_modified,
            "siblings": companions or find_siblings(remote.href),
        },
    )
    return file


def adopt_upload(source: IngestSource) -> ChecksumFile:
    """Make the uploaded file one of the collection's; one that another collection has gets a second row there."""
    file = source.file
    if file is None:
        raise InvalidInput("The upload was deleted before it was ingested.", code="file_not_found")
    collection_id = source.job.collection_id
    if file.collection_id == collection_id:
        return file
    if ChecksumFile.objects.filter(pk=file.pk, collection__isnull=True).update(collection_id=collection_id):
        file.refresh_from_db()
        return file
    twin = ChecksumFile.objects.filter(collection_id=collection_id, checksum=file.checksum, blob=file.blob.name).first()
    if twin:
        return twin
    file.pk = uuid.uuid4()
    file.collection_id = collection_id
    file.save(force_insert=True)
    return file


def _name_of(href: str) -> str:
    """Return the last part of the address as people write it; an escaped slash or control character is none of it."""
    path = href if href.startswith("s3://") else unquote(urlsplit(href).path)
    name = path.rstrip("/").rpartition("/")[2]
    return "".join(filter(str.isprintable, name))


def find_siblings(href: str) -> list[str]:
    """Return the names of the files beside a remote one that belong to it: overviews, masks, coefficients."""
    folder, _, name = href.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if href.startswith("s3://"):
        wanted = {name + suffix for suffix in APPENDED} | {stem + suffix for suffix in REPLACED}
        listed = (entry.href.rpartition("/")[2] for entry in islice(list_prefix(f"{folder}/{stem}"), MAX_LOOKED_AT))
        return sorted(wanted.intersection(listed))
    parts = urlsplit(href)
    if parts.query:
        return []  # A signed URL is good for the one file.
    return [name + suffix for suffix in ASKED_BY_HTTP if exists(href + suffix)]
