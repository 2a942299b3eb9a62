"""Bound what one user's uploads take before an ingest has any use for them."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum

from catalog.errors import TooLarge
from catalog.models import ChecksumFile


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
