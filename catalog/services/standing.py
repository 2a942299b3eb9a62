"""Say how the site stands: what is ingested, what waits and for how long, what failed and why."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min
from django.utils import timezone

from catalog.models import ChecksumFile, Collection, IngestJob, IngestSource
from catalog.models.ingest import DUE

# Jobs that began within are counted source by source.
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold numbers of this moment.

    ``sources``: sources of recent jobs by state. ``failures``: the failed ones of these by error code.
    ``waiting_seconds``: how long the source waits that could have been taken first; 0: none waits. ``unsound_files``:
    those of which verification found another content, or none.
    """

    sources: dict[str, int]
    failures: dict[str, int]
    waiting_seconds: float
    unfinished_jobs: int
    collections: int
    unsound_files: int


def take_standing() -> Standing:
    """Count, by statements whose cost goes with what is unfinished or recent, not with what there ever was."""
    now = timezone.now()
    recent = IngestSource.objects.filter(job__in=IngestJob.objects.filter(created__gte=now - RECENT)).order_by()
    first = IngestSource.objects.filter(DUE).order_by().aggregate(first=Min("updated"))["first"]
    by_code = recent.filter(state=IngestSource.State.FAILED).values_list("error_code").annotate(count=Count("pk"))
    return Standing(
        sources=dict.fromkeys(IngestSource.State.values, 0)
        | dict(recent.values_list("state").annotate(count=Count("pk"))),
        failures=dict(by_code),
        waiting_seconds=max(0.0, (now - first).total_seconds()) if first else 0.0,
        unfinished_jobs=IngestJob.objects.filter(finished__isnull=True).count(),
        collections=Collection.objects.count(),
        unsound_files=ChecksumFile.objects.unsound().count(),
    )
