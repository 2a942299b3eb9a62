"""Do what workers do: find the row, call the service."""

from uuid import UUID

from celery import shared_task

from catalog.services.audit import prune_audit
from catalog.services.collections.prepared_tallies import tally_missing
from catalog.services.consistency import log_findings
from catalog.services.files.deleting import delete_dropped_objects, remove_unused_uploads
from catalog.services.files.verifying import verify_file, verify_some_files
from catalog.services.ingest.first_look import look_at_file
from catalog.services.ingest.jobs import dispatch_sources, finish_ended_jobs, redispatch_lost_sources, remove_old_jobs
from catalog.services.ingest.sources import process_source
from catalog.services.searches.refreshing import refresh_overviews
from catalog.services.searches.registering import searches_with_overviews
from catalog.services.watches.crawling import process_crawl, start_due_crawls

# Seconds that sending messages may take; reading a file has the site's INGEST_TIME_LIMIT, by Celery's settings.
SOFT, HARD = 120, 150
# Storage and database are gone through once a night.
CONSISTENCY_SOFT, CONSISTENCY_HARD = 6 * 3600, 6 * 3600 + 60
# Within a lease of `catalog.services.searches.overviews`. What is done by then stays done.
OVERVIEWS_SOFT, OVERVIEWS_HARD = 1500, 1560
# One file of any size; the hourly round ends itself before its time is over.
VERIFY_SOFT, VERIFY_HARD = 3300, 3360


@shared_task(acks_late=True, ignore_result=True)
def process_source_task(source_id: int) -> None:
    process_source(source_id)


@shared_task(acks_late=True, ignore_result=True)
def look_at_file_task(file_id: str) -> None:
    look_at_file(UUID(file_id))


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def dispatch_job_task(job_id: str) -> None:
    dispatch_sources(job_id=UUID(job_id))


@shared_task(
    acks_late=True,
    ignore_result=True,
    soft_time_limit=OVERVIEWS_SOFT,
    time_limit=OVERVIEWS_HARD,
)
def refresh_overviews_task(search_id: str) -> None:
    refresh_overviews(search_id)


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def refresh_all_overviews_task() -> None:
    for search_id in searches_with_overviews():
        refresh_overviews_task.delay(search_id)


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def redispatch_lost_sources_task() -> None:
    redispatch_lost_sources()
    finish_ended_jobs()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def start_due_crawls_task() -> None:
    start_due_crawls()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def process_crawl_task(crawl_id: str) -> None:
    process_crawl(UUID(crawl_id))


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def remove_unused_uploads_task() -> None:
    remove_unused_uploads()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def delete_dropped_objects_task() -> None:
    delete_dropped_objects()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=CONSISTENCY_SOFT, time_limit=CONSISTENCY_HARD)
def check_consistency_task() -> None:
    log_findings()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=CONSISTENCY_SOFT, time_limit=CONSISTENCY_HARD)
def tally_missing_task() -> None:
    tally_missing()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def prune_audit_task() -> None:
    prune_audit()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=VERIFY_SOFT, time_limit=VERIFY_HARD)
def verify_file_task(file_id: str) -> None:
    verify_file(UUID(file_id))


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=VERIFY_SOFT, time_limit=VERIFY_HARD)
def verify_some_files_task() -> None:
    verify_some_files()


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=CONSISTENCY_SOFT, time_limit=CONSISTENCY_HARD)
def remove_old_jobs_task() -> None:
    remove_old_jobs()
