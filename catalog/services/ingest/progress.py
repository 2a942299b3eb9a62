"""Tell how jobs fare: how many sources are where, how fast they go, and when the last one will be done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from catalog.errors import CredentialsRefused
from catalog.models import IngestJob, IngestSource

State = IngestSource.State
DONE = (State.SUCCEEDED, State.FAILED)
# What was done within says how fast a job goes now.
LATELY = timedelta(minutes=1)


@dataclass(slots=True)
class Progress:
    """Count a job's sources by their states, and the items of STAC documents that were written and refused.

    ``paused``: why sources wait for somebody to mend what opens their store; empty where none does. ``lately``: sources
    that came to their end in the last minute.
    """

    states: dict[str, int] = field(default_factory=lambda: dict.fromkeys(State.values, 0))
    written: int = 0
    refused: int = 0
    paused: str = ""
    lately: int = 0

    @property
    def waiting(self) -> int:
        return self.states[State.QUEUED] + self.states[State.RUNNING]

    def rate(self, job: IngestJob) -> float | None:
        """Return sources a second: of the last minute, or over all the time of a job that is finished; None before."""
        done = sum(self.states[state] for state in DONE) if job.finished else self.lately
        took = (job.finished or timezone.now()) - job.created
        seconds = took.total_seconds() if job.finished else min(took, LATELY).total_seconds()
        return done / seconds if done and seconds > 0 else None

    def seconds_left(self, job: IngestJob) -> float | None:
        """Return when the rest is done as things go now; None of a job that stands still, or is done."""
        rate = self.rate(job)
        return self.waiting / rate if rate and not job.finished and self.waiting else None


def count_sources(jobs: Iterable[IngestJob]) -> dict[UUID, Progress]:
    """Return for each job how its sources fare, by one statement."""
    found = {job.pk: Progress() for job in jobs}
    waits = Q(state=State.QUEUED, error_code=CredentialsRefused.code, not_before__gt=Now())
    lately = Q(state__in=DONE, updated__gte=timezone.now() - LATELY)
    rows = IngestSource.objects.filter(job__in=found).order_by().values_list("job_id", "state")
    for job_id, state, count, written, refused, paused, recent in rows.annotate(
        Count("pk"),
        Sum("items_written"),
        Sum("items_refused"),
        paused=Max("error_description", filter=waits),
        lately=Count("pk", filter=lately),
    ):
        progress = found[job_id]
        progress.states[state] = count
        progress.written += written
        progress.refused += refused
        progress.paused = paused or progress.paused
        progress.lately += recent
    return found
