"""Add the sources that another one leads to: what a prefix lists, what a STAC document links to."""

from collections.abc import Iterable
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.errors import InvalidInput
from catalog.models import IngestJob, IngestSource
from catalog.services.ingest.jobs import dispatch_job_on_commit

BATCH = 500
# Item documents that a worker takes with the one that it was sent for: their requests overlap, and they are written as
# one batch.
TOGETHER = 100


def add_children(source: IngestSource, children: Iterable[IngestSource]) -> int:
    """Write sources of the same job, below this one; return how many there were. Again writes none twice.

    Of every `TOGETHER` item documents one is sent to the workers. Raises InvalidInput where a job gets too large.
    """
    waiting, count = iter(children), 0
    present = IngestSource.objects.filter(job_id=source.job_id).count()
    while batch := list(islice(waiting, BATCH)):
        if present + count + len(batch) > settings.INGEST_MAX_LISTED:
            raise InvalidInput(f"sources: an ingest has at most {settings.INGEST_MAX_LISTED:,}; ask for less at once.")
        _add_batch(source, batch)
        count += len(batch)
    return count


def _add_batch(source: IngestSource, batch: list[IngestSource]) -> None:
    with transaction.atomic():
        # A job that was cancelled meanwhile gets no more work.
        cancelled = IngestJob.objects.filter(pk=source.job_id, cancelled__isnull=False).exists()
        state = IngestSource.State.CANCELLED if cancelled else IngestSource.State.QUEUED
        for number, child in enumerate(batch):
            child.job_id, child.parent, child.state = source.job_id, source, state
            if child.kind == IngestSource.Kind.ITEM and number % TOGETHER:
                child.dispatched = timezone.now()
        IngestSource.objects.bulk_create(batch, ignore_conflicts=True)
        dispatch_job_on_commit(source.job_id)
