"""Read files again, whole, and compare them with what they were when they came in.

What is expected is never overwritten by what is found: a file that another content has is told, and kept as it is.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.errors import CatalogError, Conflict, NotAllowed, SourceUnreachable
from catalog.models import ChecksumFile, Collection, Item
from catalog.models.file import UNSOUND, Verification
from catalog.remote.buckets import status_of
from catalog.remote.contents import read_whole
from catalog.remote.places import reading_for
from catalog.remote.probing import ZARR_MEDIA_TYPE, describe
from catalog.services.audit import Action, record
from catalog.services.files.storing import CHUNK_BYTES, MULTIHASH_SHA2_256, get_visible_file
from catalog.services.ingest.jobs import dispatch_verification_on_commit

logger = logging.getLogger(__name__)
# Seconds that one file may take, and a round: shorter than their tasks' limits and the hour.
SECONDS, ROUND_SECONDS = 3000.0, 3000.0
# Files of one round, however small they are: thumbnails have files of their own.
MOST_FILES = 20_000
NOT_FOUND = 404


def ask_verification(*, user: User, file_id: UUID) -> ChecksumFile:
    """Have a worker read the file and compare it; return it as it stands.

    Raises NotFound, NotAllowed for who neither uploaded it nor edits its collection, and Conflict for a folder.
    """
    file = get_visible_file(user=user, file_id=file_id)
    if file.owner_id != user.pk and not Collection.objects.editable_by(user).filter(pk=file.collection_id).exists():
        raise NotAllowed("Only editors of the collection have its files verified, and who uploaded one.")
    if file.media_type == ZARR_MEDIA_TYPE:
        raise Conflict(f"{file.name} is a Zarr store, a folder of many files; it has no checksum.", code="not_one_file")
    with transaction.atomic():
        ChecksumFile.objects.filter(pk=file.pk).update(verification=Verification.WAITING)
        dispatch_verification_on_commit(file.pk)
    file.verification = Verification.WAITING
    return file


def verify_file(file_id: UUID) -> None:
    """Read the file whole, and note whether it is the expected one.

    A remote file whose checksum nobody knew gets the one that is found, provided that its store still calls it the same
    version. A store that fails for the moment says nothing of the file.
    """
    file = ChecksumFile.objects.filter(pk=file_id).first()
    if file is None:
        return
    try:
        outcome, found = _compare(file)
    except SoftTimeLimitExceeded:
        _note(file, Verification.FAILED)
        raise
    except (CatalogError, BotoCoreError, ClientError, OSError) as error:
        logger.warning("The file %s (%s) could not be verified: %s", file.pk, file.name, error)
        outcome, found = (Verification.MISSING if _is_gone(error) else Verification.FAILED), ""
    _note(file, outcome, found)


def verify_some_files() -> int:
    """Verify files that we hold, those first that were not for longest, within the hour's budget; return how many.

    Files elsewhere are read when somebody asks for it alone: their stores charge for it.
    """
    budget, end = settings.VERIFY_BYTES_PER_HOUR, time.monotonic() + ROUND_SECONDS
    before = timezone.now() - timedelta(days=settings.VERIFY_EVERY_DAYS)
    ours = ChecksumFile.objects.exclude(blob="").exclude(checksum="")
    due = ours.filter(Q(verified__isnull=True) | Q(verified__lt=before))
    chosen = due.order_by(F("verified").asc(nulls_first=True), "pk").values_list("pk", "size")[:MOST_FILES]
    count = 0
    for pk, size in chosen:
        budget -= size or 0
        # One that is larger than the budget has its turn too, alone.
        if (budget < 0 and count) or settings.VERIFY_BYTES_PER_HOUR <= 0 or time.monotonic() > end:
            break
        verify_file(pk)
        count += 1
    return count


def troubles_of_files(item: Item) -> dict[str, str]:
    """Return what verification found wrong with the files of an item, for people, by the keys of its assets."""
    keys = {file_id: key for key, file_id in item.asset_files.items()}
    found = ChecksumFile.objects.unsound().filter(pk__in=keys, collection_id=item.collection_id)
    return {
        keys[str(file.pk)]: f"{file.get_verification_display()}, as a check on {file.verified:%Y-%m-%d} found."
        for file in found
    }


def _compare(file: ChecksumFile) -> tuple[Verification, str]:
    digest = hashlib.sha256()
    with reading_for(file.collection_id):
        if file.url and not file.checksum and describe(file.url).version[:256] != file.version:
            # Nothing to compare it with: another version is another content.
            return Verification.DIFFERS, ""
        for chunk in _content(file):
            digest.update(chunk)
    found = MULTIHASH_SHA2_256 + digest.hexdigest()
    return (Verification.MATCHES if file.checksum in {"", found} else Verification.DIFFERS), found


def _content(file: ChecksumFile) -> Iterator[bytes]:
    if file.url:
        yield from read_whole(file.url, seconds=SECONDS)
        return
    with file.blob.open("rb") as stored:
        yield from stored.chunks(CHUNK_BYTES)


def _is_gone(error: Exception) -> bool:
    if isinstance(error, SourceUnreachable):
        return error.code == "source_not_found"
    return isinstance(error, FileNotFoundError) or (isinstance(error, ClientError) and status_of(error) == NOT_FOUND)


def _note(file: ChecksumFile, outcome: Verification, found: str = "") -> None:
    is_new = outcome in UNSOUND and file.verification != outcome
    with transaction.atomic():
        rows = ChecksumFile.objects.filter(pk=file.pk)
        rows.update(
            verification=outcome,
            verified=timezone.now(),
            found_checksum=found if outcome == Verification.DIFFERS else "",
        )
        if outcome == Verification.MATCHES and not file.checksum:
            rows.filter(checksum="").update(checksum=found)
        if is_new:
            record(
                Action.FILE_UNSOUND,
                target=file.name,
                collection_id=file.collection_id or "",
                id=str(file.pk),
                verification=outcome.value,
                found=found,
            )
    if is_new:
        logger.error("The file %s (%s) is not what came in: %s", file.pk, file.name, outcome.label)
