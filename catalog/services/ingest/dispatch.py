"""Handing work to the broker, by the names of tasks, which call services themselves.

Ids only: the database is the truth, and a lost message is sent again.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from catalog.models import IngestSource

logger = logging.getLogger(__name__)

DISPATCH_TASK = "catalog.tasks.dispatch_job_task"
PROCESS_TASK = "catalog.tasks.process_source_task"
REFRESH_TASK = "catalog.tasks.refresh_overviews_task"
QUEUE = "celery"
BATCH = 500
# How long a message may be on its way before an empty queue means that it was lost; what was put back waits as long.
GRACE = timedelta(seconds=10)


def dispatch_job_on_commit(job_id: UUID) -> None:
    transaction.on_commit(lambda: _send(DISPATCH_TASK, str(job_id)), robust=True)


def dispatch_refresh_on_commit(search_id: str) -> None:
    transaction.on_commit(lambda: _send(REFRESH_TASK, search_id), robust=True)


def dispatch_sources(*, job_id: UUID | None = None) -> int:
    """Send every waiting source that was not sent yet; return how many."""
    waiting = IngestSource.objects.filter(state=IngestSource.State.QUEUED, dispatched__isnull=True)
    if job_id:
        waiting = waiting.filter(job_id=job_id)
    sent = 0
    while ids := list(waiting.values_list("pk", flat=True)[:BATCH]):
        IngestSource.objects.filter(pk__in=ids).update(dispatched=timezone.now())
        for pk in ids:
            _send(PROCESS_TASK, pk)
        sent += len(ids)
    return sent


def redispatch_lost_sources() -> int:
    """Send again what no worker will come to by itself; return how many.

    Lost are: a running source whose lease ran out (its worker died), and a waiting one although the broker's queue is
    empty (the broker died, or a worker took messages with it). One that was not lost is processed by whoever claims
    it first; the other message finds nothing to do.
    """
    lost = Q(state=IngestSource.State.RUNNING, lease_expires__lt=timezone.now())
    if _queue_is_empty():
        before = timezone.now() - GRACE
        sent_long_ago = Q(dispatched__isnull=True) | Q(dispatched__lt=before)
        lost |= Q(state=IngestSource.State.QUEUED, updated__lt=before) & sent_long_ago
    ids = list(IngestSource.objects.filter(lost).values_list("pk", flat=True)[: 20 * BATCH])
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        IngestSource.objects.filter(pk__in=batch).update(dispatched=timezone.now())
        for pk in batch:
            _send(PROCESS_TASK, pk)
    if ids:
        logger.warning("%d lost ingest sources are sent again", len(ids))
    return len(ids)


def _queue_is_empty() -> bool:
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel  # celery-types gives it no methods.
        declared = channel.queue_declare(queue=QUEUE, durable=True, auto_delete=False)
    return int(declared.message_count) == 0


def _redis_answers() -> bool:
    """Ask the cache, which is the same Redis and gives up soon: the broker's own library waits a minute."""
    try:
        cache.get("answers")
    except Exception:  # noqa: BLE001  Whatever the backend raises, the answer is no.
        return False
    return True


def _send(task: str, argument: str | int) -> None:
    """Send one message; a broker that is away is no failure, since the beat sends again what it missed."""
    if not _redis_answers():
        logger.warning("Redis does not answer: %s(%s) is sent later", task, argument)
        return
    try:
        current_app.send_task(task, args=[argument], queue=QUEUE, retry=False)
    except OperationalError:
        logger.warning("The broker is away: %s(%s) is sent later", task, argument)
