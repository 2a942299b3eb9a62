"""What a worker does with one source: take it for as long as it shows signs of life, and bring it to its end."""

import logging
import random
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from redis.exceptions import RedisError

from catalog.errors import CatalogError, CredentialsRefused, SourceUnreachable
from catalog.extraction.result import ExtractionError
from catalog.models import IngestSource
from catalog.models.ingest import DUE
from catalog.remote.places import reading_for
from catalog.services.ingest.children import TOGETHER
from catalog.services.ingest.first_look import probe_source
from catalog.services.ingest.imagery import admit_remote_file, adopt_upload, find_imagery_item, write_imagery_item
from catalog.services.ingest.jobs import finish_ended_jobs, send_source
from catalog.services.ingest.prefixes import expand_prefix
from catalog.services.ingest.scene_items import write_scene_item
from catalog.services.ingest.stac_sources import NOTED, find_written, load_item_sources, load_stac_source
from catalog.services.ingest.turns import LIVE, WAITING_JOBS, choose_source
from catalog.services.ingest.uploaded_series import SERIES_SUFFIXES, join_uploads
from catalog.services.trouble import is_own_trouble
from catalog.services.watches.settling import note_watched_item
from tiles.errors import TilesError

logger = logging.getLogger(__name__)
Kind, State = IngestSource.Kind, IngestSource.State
OF_DOCUMENTS = frozenset({Kind.STAC, Kind.ITEM, Kind.PROBE})
# Seconds that a process waits for a turn, and between two looks.
TURN_SECONDS, POLL_SECONDS = 20.0, 0.25
OUR_TROUBLE = (OperationalError, InterfaceError, RedisError)
# Seconds of the longest pause between two tries.
MOST_PAUSE = 600.0
# Seconds until a store is asked again whose keys are refused.
CREDENTIALS_PAUSE = 300.0
# Signs of life per lease: two may be missed.
BEATS = 3


def process_source(source_id: int) -> None:
    """Bring one source to its end, whatever that is. Safe to call twice, and at the same time.

    It is the one named, or that of somebody who has fewer in work, see `choose_source`.
    """
    named = read_named(source_id)
    if named is None:
        return
    chosen: int | None = source_id
    if not named.is_free:
        found = choose_source(named.source, in_work=named.in_work, has_rivals=named.has_rivals)
        chosen, named = (found, named) if found else (await_turn(source_id), None)
    if chosen is None:
        # Time to wait is over, not the wait: a task has a limit of its own.
        send_source(source_id)
        return
    source = claim_source(chosen, named=named if named and chosen == source_id else None)
    if source is None:
        return
    # What was uploaded lies with us.
    place = reading_for(source.job.collection_id) if source.href else nullcontext()
    with place, kept_alive(source):
        try:
            _process(source)
        except Exception as error:  # noqa: BLE001  Whatever it is, it is the source's end, or puts it back.
            settle_source(source, error)


def settle_source(source: IngestSource, error: Exception) -> None:
    """Write down what went wrong with a source, or put it back where that may pass."""
    if isinstance(error, CredentialsRefused):
        pause_source(source, error)
    elif isinstance(error, SourceUnreachable):
        if error.transient and source.retries < settings.INGEST_RETRIES:
            release_source(source, seconds=max(_pause(source.retries), min(error.retry_after, MOST_PAUSE)))
        else:
            fail_source(source, code=error.code, description=error.message)
    elif isinstance(error, CatalogError | ExtractionError | TilesError):
        fail_source(source, code=error.code, description=error.message)
    elif isinstance(error, SoftTimeLimitExceeded):
        description = f"Reading the file took longer than {settings.INGEST_TIME_LIMIT} s."
        fail_source(source, code="time_limit", description=description)
    elif isinstance(error, OUR_TROUBLE) or is_own_trouble(error) or _is_collision(source, error):
        # No fault of the file, whatever it is: a full disk, a database or a Redis that is away.
        logger.warning("Source %s is put back: %s", source.pk, error)
        release_when_possible(source)
    else:
        logger.error("Source %s failed in a way nobody foresaw", source.pk, exc_info=error)
        description = f"This is an error of ours ({type(error).__name__}); it is logged."
        fail_source(source, code="internal_error", description=description)


def _is_collision(source: IngestSource, error: Exception) -> bool:
    """Tell whether another worker may have written the same at the same moment, which the next try will find."""
    return isinstance(error, IntegrityError) and source.retries < settings.INGEST_RETRIES


def _process(source: IngestSource) -> None:
    if source.kind == Kind.PREFIX:
        expand_prefix(source)
        succeed_source(source)
        return
    if source.kind == Kind.SCENE:
        item, warnings = write_scene_item(source)
        succeed_source(source, item_id=item.pk, warnings=warnings)
        return
    if source.kind in OF_DOCUMENTS:
        process_documents(source)
        return
    file = adopt_upload(source) if source.kind == Kind.FILE else admit_remote_file(source)
    # A series has many files, and each is a source: the first one writes the item of all.
    is_part = bool(file.url) and file.url != source.href
    if file.blob and file.name.lower().endswith(SERIES_SUFFIXES):
        file = join_uploads(source, file)
        is_part = file.pk != source.file_id
    item = (find_imagery_item(file) if is_part else None) or write_imagery_item(file, options=source.job.options)
    succeed_source(source, item_id=item.pk)


def process_documents(source: IngestSource) -> None:
    """Bring in a STAC document, or open what one names; documents of items as many at a time as wait beside it."""
    if source.kind == Kind.PROBE:
        probe_source(source)
        succeed_source(source)
    elif source.kind == Kind.STAC:
        succeed_source(source, item_id=load_stac_source(source))
    else:
        _process_items([source, *claim_beside(source)])


def _process_items(sources: Sequence[IngestSource]) -> None:
    try:
        outcomes = load_item_sources(sources)
    except Exception:
        # Of them all: the others are tried again by themselves.
        for source in sources[1:]:
            release_when_possible(source)
        raise
    for source, outcome, item_id in zip(sources, outcomes, find_written(outcomes), strict=True):
        if outcome.error:
            settle_source(source, outcome.error)
        else:
            succeed_source(source, item_id=item_id)


def await_turn(source_id: int) -> int | None:
    """Return the source to take for the message that names one, once there is one; None when none comes for long.

    The last of the processes waits here for somebody else's files, see `choose_source`.
    """
    end = time.monotonic() + TURN_SECONDS
    while (chosen := fair_source(source_id)) is None and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return chosen


@dataclass(frozen=True, slots=True)
class Named:
    """A source that a message names, with what of others decides whether it is its turn.

    `in_work`: how many of its owner's are being read; `has_rivals`: whether sources of other jobs wait; `clock`: the
    database's; `is_free`: whether its turn is now, whatever others wait.
    """

    source: IngestSource
    clock: datetime
    in_work: int
    has_rivals: bool
    is_free: bool


def read_named(source_id: int) -> Named | None:
    """Read a source and whether others wait, by one statement; None when it is gone."""
    of_owner = LIVE.filter(job__owner_id=OuterRef("job__owner_id")).order_by().values("job__owner_id")
    found = (
        IngestSource.objects.select_related("job__owner", "file")
        .annotate(
            clock=Now(),
            in_work=Coalesce(Subquery(of_owner.annotate(count=Count("pk")).values("count")), Value(0)),
            has_rivals=Exists(WAITING_JOBS.exclude(pk=OuterRef("job_id"))),
        )
        .filter(pk=source_id)
        .first()
    )
    if found is None:
        return None
    is_lost = found.state == State.RUNNING and found.lease_expires is not None and found.lease_expires < found.clock
    is_free = is_lost or (found.state == State.QUEUED and not found.in_work)
    return Named(found, found.clock, found.in_work, found.has_rivals, is_free)


def fair_source(source_id: int) -> int | None:
    """Return the source to take for the message that names one, see `choose_source`; None when it has to wait."""
    named = read_named(source_id)
    if named is None or named.is_free:
        return source_id
    return choose_source(named.source, in_work=named.in_work, has_rivals=named.has_rivals)


def claim_source(source_id: int, *, named: Named | None = None) -> IngestSource | None:
    """Take a waiting or abandoned source, or None when someone else has it or it needs nothing more.

    `named`: the source as it was just read.
    """
    named = named or read_named(source_id)
    if named is None:
        return None
    source, token = named.source, uuid.uuid4()
    # One that waits, or that a worker left whose lease ran out; as it was read.
    left = IngestSource.objects.filter(state=State.RUNNING, lease_expires__lt=Now())
    rows = (IngestSource.objects.filter(DUE) | left).filter(pk=source.pk, attempts=source.attempts)
    lease = named.clock + timedelta(seconds=settings.INGEST_LEASE_SECONDS)
    taken = {"state": State.RUNNING, "lease_token": token, "lease_expires": lease, "started": named.clock}
    if not rows.update(attempts=F("attempts") + 1, **taken):
        return None
    source.state, source.attempts, source.lease_token = State.RUNNING, source.attempts + 1, token
    source.lease_expires = lease
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


def claim_beside(source: IngestSource) -> list[IngestSource]:
    """Take the documents of items that wait beside the source, under its lease; none once a worker died of them."""
    if source.attempts > 1:
        return []
    beside = IngestSource.objects.filter(DUE, job_id=source.job_id, parent_id=source.parent_id, kind=Kind.ITEM)
    wanted = beside.filter(attempts=0).order_by("pk").values_list("pk", flat=True)[: TOGETHER - 1]
    IngestSource.objects.filter(DUE, pk__in=list(wanted)).update(
        state=State.RUNNING,
        attempts=F("attempts") + 1,
        lease_token=source.lease_token,
        lease_expires=_from_now(settings.INGEST_LEASE_SECONDS),
        started=Now(),
    )
    taken = IngestSource.objects.filter(state=State.RUNNING, lease_token=source.lease_token).exclude(pk=source.pk)
    return list(taken.select_related("job__owner").order_by("pk"))


def succeed_source(source: IngestSource, *, item_id: int | None = None, warnings: Sequence[str] = ()) -> bool:
    """Note that the source became this item, or none of its own; cancelled where somebody deleted the item since."""
    outcome = {"item_id": item_id, "error_code": "", "error_description": "", "warnings": list(warnings)}
    outcome |= {"state": State.SUCCEEDED}
    try:
        if not (item_id and source.job.watch_id):
            return _finish(source, **outcome)
        with transaction.atomic():
            note_watched_item(source, item_id)
            return _finish(source, **outcome)
    except IntegrityError:
        return _finish(source, state=State.CANCELLED)


def fail_source(source: IngestSource, *, code: str, description: str) -> bool:
    return _finish(source, state=State.FAILED, error_code=code[:64], error_description=description)


def release_source(source: IngestSource, *, seconds: float = 0.0) -> bool:
    """Put it back: what was wrong may pass. The beat sends it again, after so many seconds."""
    later = _from_now(seconds) if seconds else None
    return _finish(source, state=State.QUEUED, dispatched=None, not_before=later, attempts=0, retries=F("retries") + 1)


def pause_source(source: IngestSource, error: CredentialsRefused) -> bool:
    """Put it back until somebody mends what opens its store; it says why it waits, and looks now and then."""
    return _finish(
        source,
        state=State.QUEUED,
        dispatched=None,
        not_before=_from_now(CREDENTIALS_PAUSE),
        attempts=0,
        error_code=error.code,
        error_description=error.message,
    )


def release_when_possible(source: IngestSource) -> None:
    """Put it back if the database is there; otherwise its lease runs out, and the beat finds it."""
    with suppress(DatabaseError):
        release_source(source, seconds=_pause(source.retries))


def _pause(retries: int) -> float:
    """Return the seconds until the next try: three times as long each time, so that many don't come at once."""
    base: float = settings.INGEST_RETRY_SECONDS
    pause: float = min(base * 3**retries, MOST_PAUSE)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311  No secret.


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
                held = IngestSource.objects.filter(state=State.RUNNING, lease_token=source.lease_token)
                held.update(lease_expires=_from_now(settings.INGEST_LEASE_SECONDS))
            except DatabaseError:
                logger.warning("The lease of source %s could not be prolonged", source.pk, exc_info=True)
    finally:
        connection.close()


def _finish(source: IngestSource, **changes: Any) -> bool:
    """Write the outcome, unless the lease passed on to another worker meanwhile: then that one's counts."""
    row = IngestSource.objects.filter(pk=source.pk, state=State.RUNNING, lease_token=source.lease_token)
    if source.kind in OF_DOCUMENTS:
        changes |= {name: getattr(source, name) for name in NOTED}
    held = row.update(**changes, lease_token=None, lease_expires=None, updated=timezone.now())
    if held:
        finish_ended_jobs(job_id=source.job_id)
    else:
        logger.warning("The lease of source %s was lost; its outcome is dropped", source.pk)
    return bool(held)


def _from_now(seconds: float) -> Any:
    """Return a moment by the database's clock, which all workers have in common."""
    return ExpressionWrapper(
        Now() + Value(timedelta(seconds=seconds), output_field=DurationField()), output_field=DateTimeField()
    )
