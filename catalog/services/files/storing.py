"""Stream uploads to storage, and find where a file lies for GDAL."""

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage
from django.db import transaction
from django.db.models import Sum

from catalog.errors import InvalidInput, NotAllowed, NotFound, TooLarge
from catalog.models import ChecksumFile, Collection, Item
from catalog.models.file import UNSOUND
from catalog.models.reader import SignedReader
from catalog.remote.admission import gdal_location
from catalog.remote.places import place_of
from catalog.remote.requesting import signed
from catalog.services.audit import Action, record

# A multihash is the function's code, the digest's length, the digest: 0x12 is sha2-256, 0x20 its 32 bytes.
# https://multiformats.io/multihash/
MULTIHASH_SHA2_256 = "1220"
CHUNK_BYTES = 1 << 20
MAX_NAME = 200


class HashingStream(File[bytes]):
    """Count and hash a stream as storage reads it, once."""

    def __init__(self, stream: IO[bytes], *, name: str, limit: int) -> None:
        super().__init__(stream, name=name)
        self._source = stream
        self._limit = limit
        self._digest = hashlib.sha256()
        self.passed = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._source.read(size if size >= 0 else CHUNK_BYTES)
        self.passed += len(data)
        if self.passed > self._limit:
            raise TooLarge(f"The file is larger than the {self._limit:,} bytes that an upload may have.")
        self._digest.update(data)
        return data

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while data := self.read(chunk_size or CHUNK_BYTES):
            yield data

    def seekable(self) -> bool:
        return False

    @property
    def closed(self) -> bool:
        """Return False: of a body that is read from a request, storages can't ask."""
        return False

    @property
    def checksum(self) -> str:
        return MULTIHASH_SHA2_256 + self._digest.hexdigest()


def reserve_upload(file: ChecksumFile, *, user: User) -> None:
    """Insert the row of an upload whose bytes are still to come, with the size that was announced.

    Raises TooLarge (`quota_exceeded`) when the user's uploads that wait for an ingest, those that are coming included,
    would take more than `settings.UPLOAD_QUOTA_BYTES`.
    """
    with transaction.atomic():
        # One at a time of each user, so that several at once don't go beyond the quota.
        User.objects.select_for_update().get(pk=user.pk)
        used = ChecksumFile.objects.unused().filter(owner=user).aggregate(total=Sum("size"))["total"] or 0
        if used + (file.size or 0) > settings.UPLOAD_QUOTA_BYTES:
            raise TooLarge(
                f"Your uploads that wait for an ingest take {used:,} bytes; together they may take "
                f"{settings.UPLOAD_QUOTA_BYTES:,}. Ingest some of them first.",
                code="quota_exceeded",
            )
        file.save(force_insert=True)


def store_upload(
    *, user: User, name: str, stream: IO[bytes], media_type: str = "", expected_bytes: int | None = None
) -> ChecksumFile:
    """Write the stream to storage while hashing it; nothing is left behind when it is too large or breaks off."""
    check_upload_size(expected_bytes or 0)
    name = safe_name(name)
    content = HashingStream(stream, name=name, limit=settings.UPLOAD_MAX_BYTES)
    row = ChecksumFile(owner=user, name=name, media_type=media_type[:128].replace("\0", ""), size=expected_bytes or 0)
    row.blob.name = own = row.blob.field.generate_filename(row, name)
    reserve_upload(row, user=user)
    try:
        # Kept even if writing fails, so that what was written can be deleted.
        row.blob.name = own = row.blob.storage.save(own, content)
        _check_length(content.passed, expected_bytes)
        row.size = content.passed
        row.checksum = row.version = content.checksum
        with transaction.atomic():
            _share_object(row)
            row.save(force_update=True)
            record(Action.FILE_STORED, target=name, user=user, id=str(row.pk), size=row.size, checksum=row.checksum)
    except BaseException:
        # Its own object, and not the one that it was about to share.
        row.blob.storage.delete(own)
        row.delete()
        raise
    return row


def _share_object(row: ChecksumFile) -> None:
    """Let what its owner has uploaded before, under the same name, lie where it did: content is stored once.

    Only of one owner: nobody learns from how long it takes what others have.
    """
    same = ChecksumFile.objects.select_for_update().filter(
        owner_id=row.owner_id, checksum=row.checksum, name=row.name, size=row.size
    )
    known = same.exclude(blob="").exclude(pk=row.pk).exclude(verification__in=UNSOUND).first()
    if known:
        storage, own = row.blob.storage, str(row.blob.name)
        row.blob.name = str(known.blob.name)
        transaction.on_commit(lambda: storage.delete(own), robust=True)


def check_upload_size(size: int) -> None:
    limit = settings.UPLOAD_MAX_BYTES
    if size > limit:
        raise TooLarge(f"The file has {size:,} bytes; an upload may have {limit:,}.")


def store_blob(
    *, like: ChecksumFile, name: str, content: bytes, media_type: str, with_row: bool = True
) -> ChecksumFile:
    """Store bytes that we made from `like` (a thumbnail), seen by whoever sees its collection; the same ones once.

    Without `with_row` the caller writes the row.
    """
    checksum = MULTIHASH_SHA2_256 + hashlib.sha256(content).hexdigest()
    # Of a file that is new nothing was made yet.
    same = ChecksumFile.objects.filter(collection_id=like.collection_id, checksum=checksum, name=name)
    if not like.is_new and (known := same.first()):
        return known
    row = ChecksumFile(
        collection_id=like.collection_id,
        owner_id=like.owner_id,
        name=name,
        media_type=media_type,
        size=len(content),
        checksum=checksum,
        version=checksum,
    )
    row.blob.name = save_whole(row.blob.storage, row.blob.field.generate_filename(row, name), ContentFile(content))
    if with_row:
        row.save(force_insert=True)
    return row


def save_whole(storage: Storage, name: str, content: File[bytes]) -> str:
    """Write an object and return its name; when that fails (a full disk) nothing is left of it."""
    try:
        return str(storage.save(name, content))
    except BaseException:
        with suppress(OSError):
            storage.delete(name)
        raise


def move_blob(file: ChecksumFile, *, beside: ChecksumFile) -> str:
    """Move an upload's object to the folder of another's, unless it lies there; return its name there.

    One that other files share stays for them.
    """
    storage, old = file.blob.storage, str(file.blob.name)
    folder = str(beside.blob.name).rpartition("/")[0]
    if old.startswith(f"{folder}/"):
        return old.rpartition("/")[2]
    new = f"{folder}/{file.name}"
    if storage.exists(new):
        new = f"{folder}/{file.pk.hex}-{file.name}"
    with storage.open(old) as content:
        new = save_whole(storage, new, content)
    ChecksumFile.objects.filter(pk=file.pk).update(blob=new)
    if not ChecksumFile.objects.filter(blob=old).exists():
        transaction.on_commit(lambda: storage.delete(old), robust=True)
    return new.rpartition("/")[2]


def get_visible_file(*, user: User | AnonymousUser, file_id: str | uuid.UUID) -> ChecksumFile:
    """Return a file that the user may download. Raises NotFound."""
    files = ChecksumFile.objects.visible_to(user)
    if isinstance(user, SignedReader) and user.grant.item_id:
        items = Item.objects.filter(collection_id=user.grant.collection_id, item_id=user.grant.item_id)
        named = [pk for asset_files in items.values_list("asset_files", flat=True) for pk in asset_files.values()]
        files = files | ChecksumFile.objects.filter(collection_id=user.grant.collection_id, pk__in=named)
    try:
        file = files.filter(pk=file_id).first()
    except ValidationError:
        file = None
    if file is None:
        raise NotFound(f"There is no file {file_id}.", code="file_not_found")
    return file


def check_download(file: ChecksumFile, *, user: User | AnonymousUser) -> None:
    """Raise NotAllowed where the file may say who somebody is and the user is no editor: a viewer sees its pixels."""
    if not file.personal or (file.owner_id is not None and file.owner_id == user.pk):
        return
    if not Collection.objects.editable_by(user).filter(pk=file.collection_id).exists():
        raise NotAllowed(
            "Only editors of the collection download the original: its label, its macro or its header may name a "
            "patient.",
            code="personal_data",
        )


def gdal_path(file: ChecksumFile) -> str:
    """Return where GDAL opens the file: a local path, `/vsis3/…` or `/vsicurl/…`."""
    if file.url:
        return gdal_location(signed(file.url, place_of(file.url)))
    storage: Any = file.blob.storage
    if isinstance(storage, FileSystemStorage):
        return storage.path(str(file.blob.name))
    return f"/vsis3/{storage.bucket_name}/{object_key(file)}"


def object_key(file: ChecksumFile) -> str:
    """Return the key of a file that is stored in a bucket."""
    storage: Any = file.blob.storage
    return "/".join(filter(None, (storage.location.strip("/"), str(file.blob.name))))


def _check_length(passed: int, expected: int | None) -> None:
    if expected is not None and passed != expected:
        raise InvalidInput(f"The upload broke off after {passed:,} of {expected:,} bytes.", code="upload_incomplete")
    if not passed:
        raise InvalidInput("The upload is empty.", code="upload_empty")


def safe_name(name: str) -> str:
    """Return the last part of a path, with its suffix, in characters that every storage and URL takes as they are."""
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip(".")
    if not plain.strip("._-"):
        raise InvalidInput("name: a file needs a name with letters or digits.")
    return plain[-MAX_NAME:]
