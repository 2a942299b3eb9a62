"""Crawl: go through a watch's listing page by page, compare, and bring in what is otherwise.

Each page is one transaction that keeps the position too: a worker that is killed loses nothing and doubles nothing, and
the next one goes on from there.
"""

import logging
import time
import uuid
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from catalog.errors import CatalogError, Conflict, NotAllowed, SourceUnreachable
from catalog.models import Crawl, Watch, WatchedFile
from catalog.remote.listing import list_pages
from catalog.remote.places import reading_for
from catalog.services.access.permissions import get_editable_collection
from catalog.services.ingest.jobs import send_crawl
from catalog.services.trouble import is_own_trouble
from catalog.services.watches.comparing import compare_page, href_of, key_of, selection_of
from catalog.services.watches.settling import settle_files

logger = logging.getLogger(__name__)
# Seconds that a crawl goes on before other work has its turn.
SLICE_SECONDS = 20.0
# Seconds without a page after which another worker goes on: boto3 asks a slow store three times.
LEASE_SECONDS = 120.0
# Seconds until a store is asked again that does not let us in: somebody has to mend it.
PAUSE_SECONDS = 300.0
# What a person has to mend.
OF_CREDENTIALS = frozenset({"source_forbidden", "credentials_refused"})
# Crawls that are kept of one watch.
KEPT = 50
# How a crawl is saved within its lease.
PROGRESS = ("position", "is_listed", "listed", "skipped", "unchanged", "new", "changed", "gone", "pages", "job_id")
# Crawls that no worker has, and that need not wait.
FREE = (Q(lease_expires__isnull=True) | Q(lease_expires__lt=Now())) & (
    Q(not_before__isnull=True) | Q(not_before__lte=Now())
)


class LeaseLost(Exception):
    """Say that another worker goes on with the crawl."""


def start_due_crawls() -> int:
    """Start the crawls whose time has come, and send again those that no worker goes on with; return how many."""
    for watch in Watch.objects.filter(enabled=True, next_crawl__lte=timezone.now()):
        start_crawl(watch)
    waits = Q(pending=True, watch=OuterRef("pk"))
    told = Watch.objects.filter(Exists(WatchedFile.objects.filter(waits)), enabled=True)
    for watch in told.exclude(crawls__in=Crawl.objects.filter(finished__isnull=True)):
        start_crawl(watch, only_told=True)
    ids = list(Crawl.objects.filter(FREE, finished__isnull=True).values_list("pk", flat=True))
    for pk in ids:
        send_crawl(pk)
    return len(ids)


def start_crawl(watch: Watch, *, only_told: bool = False) -> Crawl | None:
    """Start a crawl of a watch, and set when the next one is due; None where one is at work.

    `only_told`: without a listing, for the changes that a store has told of.
    """
    now = timezone.now()
    with transaction.atomic():
        # One at a time: of several that ask at once, one makes the row.
        Watch.objects.select_for_update().get(pk=watch.pk)
        if not only_told:
            following = now + timedelta(seconds=watch.interval) if watch.interval else None
            Watch.objects.filter(pk=watch.pk).update(next_crawl=following)
        if Crawl.objects.filter(watch=watch, finished__isnull=True).exists():
            return None
        crawl = Crawl.objects.create(watch=watch, is_listed=only_told)
        old = watch.crawls.order_by("-created").values_list("pk", flat=True)[KEPT:]
        Crawl.objects.filter(pk__in=list(old)).delete()
        transaction.on_commit(lambda: send_crawl(crawl.pk), robust=True)
    return crawl


def request_crawl(watch: Watch) -> Crawl:
    """Start a crawl because somebody asks for it. Raises Conflict where one is at work."""
    crawl = start_crawl(watch)
    if crawl is None:
        raise Conflict("The watch is being crawled already.", code="crawl_running")
    return crawl


def process_crawl(crawl_id: uuid.UUID, *, seconds: float = SLICE_SECONDS) -> None:
    """Go on with a crawl for some seconds, or to its end. Safe to call twice, and at the same time."""
    crawl = _claim(crawl_id)
    if crawl is None:
        return
    try:
        with reading_for(crawl.watch.collection_id):
            is_done = _go_on(crawl, until=time.monotonic() + seconds)
    except LeaseLost:
        logger.warning("The lease of crawl %s was lost; another worker goes on", crawl.pk)
    except Exception as error:  # noqa: BLE001  Whatever it is, it is the crawl's end, or it goes on later.
        _settle(crawl, error)
    else:
        if is_done:
            _release(crawl, finished=timezone.now(), error_code="", error_description="")
        else:
            _release(crawl, retries=0)
            send_crawl(crawl.pk)


def _claim(crawl_id: uuid.UUID) -> Crawl | None:
    token = uuid.uuid4()
    expires = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    rows = Crawl.objects.filter(FREE, pk=crawl_id, finished__isnull=True)
    if not rows.update(lease_token=token, lease_expires=expires, not_before=None):
        return None
    return Crawl.objects.select_related("watch__owner", "job").get(pk=crawl_id)


def _go_on(crawl: Crawl, *, until: float) -> bool:
    """Return whether the crawl came to its end within the time."""
    watch = crawl.watch
    _check_rights(watch)
    selection = selection_of(watch)
    if not crawl.is_listed:
        position = bytes(crawl.position)
        for page in list_pages(watch.href, after=href_of(position, prefix=watch.href) if position else ""):
            with transaction.atomic():
                _check_not_empty(crawl, is_empty=page.is_end and not page.entries)
                found = crawl.new + crawl.changed + crawl.gone
                compare_page(crawl, page, selection)
                if crawl.new + crawl.changed + crawl.gone > found:
                    while settle_files(crawl, selection, with_units=False):
                        pass
                crawl.position = key_of(page.last, prefix=watch.href)
                crawl.is_listed = page.is_end
                _keep(crawl)
            if time.monotonic() > until and not page.is_end:
                return False
    while True:
        with transaction.atomic():
            if not settle_files(crawl, selection, with_units=True):
                return True
            _keep(crawl)
        if time.monotonic() > until:
            return False


def _check_rights(watch: Watch) -> None:
    """Raise NotAllowed where who made the watch may no longer ingest there."""
    if watch.owner is None or not watch.owner.is_active:
        raise NotAllowed("Who made this watch is gone.", code="watch_without_owner")
    get_editable_collection(user=watch.owner, collection_id=watch.collection_id)


def _check_not_empty(crawl: Crawl, *, is_empty: bool) -> None:
    """Raise CatalogError where all is gone at once: an archive that isn't mounted looks so."""
    if is_empty and not crawl.listed and WatchedFile.objects.filter(watch=crawl.watch, gone=False).exists():
        raise CatalogError(
            f"Nothing at all lies below {crawl.watch.href} any more. That is taken for a mistake: no item was marked "
            "or removed. Delete the watch, and the items, if it is so.",
            code="listing_empty",
        )


def _keep(crawl: Crawl) -> None:
    """Save how far the crawl has come, if it is still this worker's. Raises LeaseLost."""
    expires = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    values = {name: getattr(crawl, name) for name in PROGRESS}
    held = Crawl.objects.filter(pk=crawl.pk, lease_token=crawl.lease_token, finished__isnull=True)
    if not held.update(**values, lease_expires=expires, error_code="", error_description=""):
        raise LeaseLost


def _settle(crawl: Crawl, error: Exception) -> None:
    """Write down what went wrong: the crawl waits where that may pass or be mended, or it is at its end."""
    code = getattr(error, "code", "internal_error")
    text = str(error) if isinstance(error, CatalogError) else f"This is an error of ours ({type(error).__name__})."
    told: dict[str, Any] = {"error_code": code, "error_description": text}
    base: float = settings.INGEST_RETRY_SECONDS
    pause = min(base * 3**crawl.retries, PAUSE_SECONDS)
    if isinstance(error, SourceUnreachable) and error.code in OF_CREDENTIALS:
        _release(crawl, **told, not_before=timezone.now() + timedelta(seconds=PAUSE_SECONDS))
    elif isinstance(error, SourceUnreachable) and error.transient and crawl.retries < settings.INGEST_RETRIES:
        later = timezone.now() + timedelta(seconds=max(pause, min(error.retry_after, PAUSE_SECONDS)))
        _release(crawl, **told, not_before=later, retries=F("retries") + 1)
    elif isinstance(error, SoftTimeLimitExceeded) or is_own_trouble(error):
        logger.warning("Crawl %s is put back: %s", crawl.pk, error)
        _release(crawl, not_before=timezone.now() + timedelta(seconds=pause))
    else:
        if not isinstance(error, CatalogError):
            logger.error("Crawl %s failed in a way nobody foresaw", crawl.pk, exc_info=error)
        _release(crawl, **told, finished=timezone.now())


def _release(crawl: Crawl, **changes: Any) -> None:
    held = Crawl.objects.filter(pk=crawl.pk, lease_token=crawl.lease_token, finished__isnull=True)
    held.update(lease_token=None, lease_expires=None, **changes)
