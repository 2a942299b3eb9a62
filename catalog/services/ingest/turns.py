"""Whose source is next: nobody's files wait for all of another's, and no small job for all of a large one."""

from collections import Counter
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Now

from catalog.models import IngestJob, IngestSource
from catalog.models.ingest import DUE

State = IngestSource.State


# What is being read by workers that are alive.
LIVE = IngestSource.objects.filter(state=State.RUNNING, lease_expires__gte=Now())
WAITING = IngestSource.objects.filter(DUE, dispatched__isnull=False)
# Jobs with sources that wait for a worker: found by the jobs, of which there are few.
WAITING_JOBS = IngestJob.objects.filter(Exists(WAITING.filter(job_id=OuterRef("pk"))), finished__isnull=True)


def choose_source(own: IngestSource, *, in_work: int, has_rivals: bool) -> int | None:
    """Return the source to take for the message that names one, so that nobody's files wait for all of another's.

    Messages come in the order of posting, and someone's hundred large files would go before anybody's small one. So
    whoever has fewer in work goes first, and of one's own jobs the one of which fewer are; the message of the one that
    was taken instead brings what stepped back. Nobody has files in all of `settings.INGEST_PROCESSES`: None when there
    are no others for the last one.

    Args:
        own: the source that the message names, which is neither new to its owner's work nor lost.
        in_work: how many of its owner's are being read.
        has_rivals: whether sources of other jobs wait.
    """
    most, owner_id = max(1, settings.INGEST_PROCESSES - 1), own.job.owner_id
    turns = _turns() if has_rivals or own.state != State.QUEUED else []
    if own.state != State.QUEUED:
        return min((turn for turn in turns if turn.of_owner < most), default=Turn(0, 0, own.pk)).first
    others = [turn for turn in turns if turn.owner_id != owner_id and turn.of_owner < in_work]
    if others:
        return min(others).first
    if in_work >= most:
        return None
    of_own = LIVE.filter(job_id=own.job_id).count() if turns else 0
    smaller = (turn for turn in turns if turn.owner_id == owner_id and turn.of_job < of_own)
    return min(smaller, default=Turn(0, 0, own.pk)).first


class Turn(NamedTuple):
    """A job that waits: how many of its owner's sources and of its own are in work, and its first that waits."""

    of_owner: int
    of_job: int
    first: int
    owner_id: int | None = None


def _turns() -> list[Turn]:
    """Return the jobs that have sources waiting."""
    in_work = list(LIVE.values_list("job_id", "job__owner_id"))
    of_job, of_owner = Counter(job for job, _ in in_work), Counter(owner for _, owner in in_work)
    first = WAITING.filter(job_id=OuterRef("pk")).order_by("pk").values("pk")[:1]
    jobs = WAITING_JOBS.annotate(first=Subquery(first)).order_by().values_list("pk", "owner_id", "first")
    return [Turn(of_owner[owner], of_job[pk], first, owner) for pk, owner, first in jobs]
