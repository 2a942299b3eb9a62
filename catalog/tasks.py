"""What workers do: find the row, call the service."""

from uuid import UUID

from celery import shared_task

from catalog.services.dispatch import dispatch_sources, redispatch_lost_sources
from catalog.services.ingest_sources import process_source

# Seconds; `process_source_task` takes the site's INGEST_TIME_LIMIT by Celery's settings.
SHORT = {"soft_time_limit": 120, "time_limit": 150}


@shared_task(acks_late=True, ignore_result=True)
def process_source_task(source_id: int) -> None:
    process_source(source_id)


@shared_task(acks_late=True, ignore_result=True, **SHORT)
def dispatch_job_task(job_id: str) -> None:
    dispatch_sources(job_id=UUID(job_id))


@shared_task(acks_late=True, ignore_result=True, **SHORT)
def redispatch_lost_sources_task() -> None:
    redispatch_lost_sources()
