"""Leases: who works on a source, for as long as it shows signs of life."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from catalog.models import IngestSource
from catalog.services.ingest.jobs import finish_ended_jobs

logger = logging.getLogger(__name__)
State = IngestSource.State
# Signs of life per lease: two may be missed.
BEATS = 3


def claim_source(source_id: int) -> IngestSource | None:
    """Take a waiting or abandoned source, or None when someone else has it or it needs nothing more."""
    claimed = (
        IngestSource.objects.claimable()
        .filter(pk=source_id)
        .update(state=State.RUNNING, lease_token=uuid.uuid4(), lease_expires=_expiry(), attempts=F("attempts") + 1)
    )
    if not claimed:
        return None
    source = IngestSource.objects.select_related("job", "file").get(pk=source_id)
    if source.job.cancelled:
        _finish(source, state=State.CANCELLED)
        return None
    if source.attempts > settings.INGEST_MAX_ATTEMPTS:
        fail_source(
            source,
            code="worker_lost",
            description=f"The worker died {settings.INGEST_MAX_ATTEMPTS} times while reading this file.",
        )
        return None
    return source


def succeed_source(source: IngestSource, *, item_id: int | None = None) -> bool:
    return _finish(source, state=State.SUCCEEDED, item_id=item_id, error_code="", error_description="")


def fail_source(source: IngestSource, *, code: str, description: str) -> bool:
    return _finish(source, state=State.FAILED, error_code=code[:64], error_description=description)


def release_source(source: IngestSource) -> bool:
    """Put it back: what was wrong may pass. The beat sends it again."""
    return _finish(source, state=State.QUEUED, dispatched=None)


@contextmanager
def kept_alive(source: IngestSource) -> Iterator[None]:
    """Prolong the lease from a thread of its own for as long as the block runs."""
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(source, done), name=f"lease-{source.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(source: IngestSource, done: threading.Event) -> None:
    try:
        while not done.wait(settings.INGEST_LEASE_SECONDS / BEATS):
            try:
                _held(source).update(lease_expires=_expiry())
            except DatabaseError:
                logger.warning("The lease of source %s could not be prolonged", source.pk, exc_info=True)
    finally:
        connection.close()


def _finish(source: IngestSource, **changes: Any) -> bool:
    """Write the outcome, unless the lease passed on to another worker meanwhile: then that one's counts."""
    held = _held(source).update(**changes, lease_token=None, lease_expires=None, updated=timezone.now())
    if held:
        finish_ended_jobs(job_id=source.job_id)
    else:
        logger.warning("The lease of source %s was lost; its outcome is dropped", source.pk)
    return bool(held)


def _held(source: IngestSource) -> Any:
    return IngestSource.objects.filter(pk=source.pk, state=State.RUNNING, lease_token=source.lease_token)


def _expiry() -> Any:
    return timezone.now() + timedelta(seconds=settings.INGEST_LEASE_SECONDS)
