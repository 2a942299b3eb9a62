"""Ingest jobs: asked for, handed to the broker, watched, stopped and tried again.

Messages name tasks, which call services themselves, and carry ids only: the database is the truth, and a lost message
is sent again.
"""

import logging
from collections.abc import Hashable, Iterable, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from celery import current_app
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from kombu.exceptions import OperationalError

from catalog.errors import Conflict, CredentialsRefused, InvalidInput, NotFound
from catalog.models import ChecksumFile, IngestJob, IngestSource
from catalog.models.ingest import DUE
from catalog.remote.outgoing import require_judged_for_strangers
from catalog.scenes.grouping import chosen_sensors, group_files
from catalog.services.access.permissions import get_editable_collection
from catalog.services.audit import Action, record
from catalog.services.ingest.specs import SourceSpec

logger = logging.getLogger(__name__)
State = IngestSource.State
STAC_KINDS = (IngestSource.Kind.STAC, IngestSource.Kind.ITEM)
DISPATCH_TASK = "catalog.tasks.dispatch_job_task"
PROCESS_TASK = "catalog.tasks.process_source_task"
REFRESH_TASK = "catalog.tasks.refresh_overviews_task"
LOOK_TASK = "catalog.tasks.look_at_file_task"
CRAWL_TASK = "catalog.tasks.process_crawl_task"
VERIFY_TASK = "catalog.tasks.verify_file_task"
# What reads files, what hands work out, and what takes long: none of them waits behind another.
INGEST, DISPATCH, OVERVIEWS = "ingest", "dispatch", "overviews"
QUEUES = {PROCESS_TASK: INGEST, DISPATCH_TASK: DISPATCH, LOOK_TASK: INGEST, CRAWL_TASK: INGEST}
QUEUES |= {REFRESH_TASK: OVERVIEWS, VERIFY_TASK: OVERVIEWS}
QUEUE = INGEST
BATCH = 500
# Seconds in which a file is asked for once to be opened.
LOOK_SECONDS = 600
# How long a message may be on its way before an empty queue means that it was lost; what was put back waits as long.
GRACE = timedelta(seconds=10)


def create_job(
    *, user: User, collection_id: str, sources: Sequence[SourceSpec], options: dict[str, Any] | None = None
) -> IngestJob:
    """Write the job and its sources, and hand them to the workers once that is committed.

    Locations are not looked at here: each gets its own answer on its own source, so that one bad line of a thousand
    does not turn down the others.
    """
    collection = get_editable_collection(user=user, collection_id=collection_id)
    if not sources:
        raise InvalidInput("sources: give at least one.")
    if len(sources) > settings.INGEST_MAX_SOURCES:
        raise InvalidInput(
            f"sources: {len(sources):,} are too many; one request takes {settings.INGEST_MAX_SOURCES:,}."
        )
    file_ids = list(filter(None, map(attrgetter("file"), sources)))
    if len(file_ids) < len(sources):
        require_judged_for_strangers(is_staff=user.is_staff)
    files = _own_files(user, file_ids)
    with transaction.atomic():
        job = IngestJob.objects.create(collection=collection, owner=user, options=options or {})
        if len(sources) > 1 or sources[0].href:
            add_sources(job, group_sources(sources, files, option=job.options.get("scenes")), files)
        else:
            IngestSource.objects.bulk_create(_rows(job, sources, files))
        record(
            Action.INGEST_ASKED,
            target=job.pk,
            collection_id=collection_id,
            user=user,
            sources=len(sources),
            first=str(sources[0].href or sources[0].prefix or sources[0].stac or sources[0].file or "a document"),
        )
        dispatch_job_on_commit(job.pk)
    return job


def add_sources(job: IngestJob, specs: Sequence[SourceSpec], files: dict[UUID, ChecksumFile]) -> None:
    """Write the sources of a job, and which uploads its scenes consist of."""
    for row in IngestSource.objects.bulk_create(_rows(job, specs, files), batch_size=500):
        if row.kind == IngestSource.Kind.SCENE:
            uploads = next(spec.uploads for spec in specs if spec.href == row.href and _is_scene(spec))
            row.uploads.set(files[each] for each in uploads)


def group_sources(
    sources: Sequence[SourceSpec], files: dict[UUID, ChecksumFile], *, option: object
) -> list[SourceSpec]:
    """Put one source in the place of the files of each scene, in the order given; `option` is the job's `scenes`."""
    sensors = chosen_sensors(option)
    found = [spec for spec in sources if not (spec.href or spec.file)]
    for group in group_files([spec.href for spec in sources if spec.href], sensors):
        parts = tuple(group.hrefs)
        found.append(SourceSpec(href=group.address, parts=parts) if group.sensor else SourceSpec(href=parts[0]))
    # Of several uploads of one name the first is a scene's.
    names = {files[spec.file].name: spec for spec in reversed(sources) if spec.file}
    found += [spec for spec in sources if spec.file and names[files[spec.file].name] != spec]
    for group in group_files(names, sensors):
        specs = [names[name] for name in group.hrefs]
        uploads = tuple(spec.file for spec in specs if spec.file)
        found.append(SourceSpec(href=group.address, uploads=uploads) if group.sensor else specs[0])
    places = {_what(spec): place for place, spec in reversed(list(enumerate(sources)))}
    return sorted(found, key=lambda spec: min(places[each] for each in spec.parts or spec.uploads or (_what(spec),)))


def _what(spec: SourceSpec) -> Hashable:
    return spec.href or spec.file or spec


def _is_scene(spec: SourceSpec) -> bool:
    return bool(spec.parts or spec.uploads)


def get_visible_job(*, user: User | AnonymousUser, job_id: UUID) -> IngestJob:
    job = IngestJob.objects.visible_to(user).filter(pk=job_id).first()
    if job is None:
        raise NotFound(f"There is no ingest {job_id}.", code="ingest_not_found")
    return job


def cancel_job(*, user: User, job_id: UUID) -> IngestJob:
    """Stop what waits; what runs already ends by itself."""
    job = _get_own_job(user, job_id)
    with transaction.atomic():
        cancelled = IngestJob.objects.filter(pk=job.pk, finished__isnull=True).update(
            cancelled=timezone.now(), finished=timezone.now()
        )
        if not cancelled:
            raise Conflict("The ingest has finished already.", code="ingest_finished")
        job.sources.filter(state=State.QUEUED).update(state=State.CANCELLED)
        record(Action.INGEST_CANCELLED, target=job.pk, collection_id=job.collection_id, user=user)
    job.refresh_from_db()
    return job


def retry_job(*, user: User, job_id: UUID, source_ids: Sequence[int] | None = None) -> int:
    """Try again what failed or was cancelled, or only those of `source_ids`; return how many sources that are."""
    sources = _get_own_job(user, job_id).sources.all()
    return retry_sources(sources if source_ids is None else sources.filter(pk__in=source_ids))


# What a source is before anybody took it.
AS_NEW: dict[str, Any] = {
    "state": State.QUEUED,
    "attempts": 0,
    "retries": 0,
    "not_before": None,
    "started": None,
    "dispatched": None,
    "error_code": "",
    "error_description": "",
    "warnings": [],
    "lease_token": None,
}


def retry_sources(sources: Any) -> int:
    """Put the failed and cancelled ones of a QuerySet of sources back into the queue."""
    with transaction.atomic():
        again = sources.filter(state__in=[State.FAILED, State.CANCELLED])
        job_ids = list(again.order_by().values_list("job_id", flat=True).distinct())
        count: int = again.update(**AS_NEW)
        IngestJob.objects.filter(pk__in=job_ids).update(finished=None, cancelled=None)
        for job_id in job_ids:
            record(Action.INGEST_RETRIED, target=job_id)
            dispatch_job_on_commit(job_id)
    return count


def remove_jobs(jobs: Iterable[IngestJob]) -> None:
    """Delete jobs with their sources, whoever asks for it; items and files that came of them stay."""
    gone = list(jobs)
    with transaction.atomic():
        for job in gone:
            record(Action.INGEST_DELETED, target=job.pk, collection_id=job.collection_id)
        IngestJob.objects.filter(pk__in=[job.pk for job in gone]).delete()


def remove_old_jobs() -> int:
    """Delete jobs that ended `settings.INGEST_KEPT_DAYS` ago with what they tell of their sources; return how many."""
    if settings.INGEST_KEPT_DAYS <= 0:
        return 0
    before = timezone.now() - timedelta(days=settings.INGEST_KEPT_DAYS)
    old = list(IngestJob.objects.filter(finished__lt=before).order_by("finished")[:BATCH])
    for job in old:
        # A job may have a million: some at a time, and those first that others led to.
        newest = job.sources.order_by("-pk").values_list("pk", flat=True)
        while some := list(newest[:BATCH]):
            IngestSource.objects.filter(pk__in=some).delete()
        remove_jobs([job])
    return len(old)


def remove_sources(sources: Iterable[IngestSource]) -> None:
    """Delete sources, whoever asks for it; a job ends that has no other left to do."""
    rows = list(sources)
    with transaction.atomic():
        for source in rows:
            record(Action.INGEST_DELETED, target=source, of=str(source.job_id))
        IngestSource.objects.filter(pk__in=[source.pk for source in rows]).delete()
    for job_id in {source.job_id for source in rows}:
        finish_ended_jobs(job_id=job_id)


def finish_ended_jobs(*, job_id: UUID | None = None) -> None:
    """Note the end of the job, or of every job, that has nothing left to do.

    Asked after each source, and by the beat for workers that died between a job's last source and this. It is one
    statement, so that no retry comes between the question and the note.
    """
    unfinished = IngestSource.objects.filter(job=OuterRef("pk"), state__in=[State.QUEUED, State.RUNNING])
    jobs = IngestJob.objects.filter(~Exists(unfinished), finished__isnull=True)
    if job_id:
        jobs = jobs.filter(pk=job_id)
    # A clock that was set back would have it end before it began, which the table refuses.
    jobs.update(finished=Greatest(Value(timezone.now()), F("created")))


def _get_own_job(user: User, job_id: UUID) -> IngestJob:
    job = get_visible_job(user=user, job_id=job_id)
    get_editable_collection(user=user, collection_id=job.collection_id)
    return job


def _own_files(user: User, ids: Sequence[UUID]) -> dict[UUID, ChecksumFile]:
    """Return the named files that the user uploaded; anyone else's are as good as absent."""
    found = ChecksumFile.objects.filter(owner=user).exclude(blob="").in_bulk(ids)
    if missing := sorted(set(ids) - found.keys(), key=ids.index):
        raise InvalidInput(f"sources: there is no uploaded file {missing[0]} of yours.", code="file_not_found")
    return found


def _rows(job: IngestJob, specs: Iterable[SourceSpec], files: dict[UUID, ChecksumFile]) -> Iterable[IngestSource]:
    listed: dict[tuple[str, str], SourceSpec] = {}
    for spec in dict.fromkeys(specs):
        if spec.parts or spec.uploads:
            yield IngestSource(job=job, kind=IngestSource.Kind.SCENE, href=spec.href, parts=list(spec.parts))
        elif spec.file:
            yield IngestSource(job=job, kind=IngestSource.Kind.FILE, file=files[spec.file])
        elif spec.stac:
            yield IngestSource(job=job, kind=IngestSource.Kind.STAC, href=spec.stac)
        elif spec.document:
            details = {"document": orjson.loads(spec.document)}
            yield IngestSource(job=job, kind=IngestSource.Kind.STAC, details=details)
        elif spec.prefix:
            if listed.setdefault((spec.prefix, spec.include), spec) != spec:
                raise InvalidInput(f"sources: {spec.prefix} is named twice, with other values of exclude or since.")
            kind, details = IngestSource.Kind.PREFIX, spec.listing_details()
            yield IngestSource(job=job, kind=kind, href=spec.prefix, include=spec.include, details=details)
        else:
            yield IngestSource(job=job, kind=IngestSource.Kind.HREF, href=spec.href)


def dispatch_job_on_commit(job_id: UUID) -> None:
    transaction.on_commit(lambda: _send(DISPATCH_TASK, str(job_id)), robust=True)


def dispatch_refresh_on_commit(search_id: str) -> None:
    transaction.on_commit(lambda: _send(REFRESH_TASK, search_id), robust=True)


def dispatch_verification_on_commit(file_id: UUID) -> None:
    transaction.on_commit(lambda: _send(VERIFY_TASK, str(file_id)), robust=True)


def dispatch_sources(*, job_id: UUID | None = None) -> int:
    """Send every waiting source that was not sent yet; return how many."""
    waiting = IngestSource.objects.filter(DUE, dispatched__isnull=True)
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
    it first; the other message finds nothing to do. What was put back for what may pass is sent when its time comes.
    """
    lost = Q(state=IngestSource.State.RUNNING, lease_expires__lt=Now())
    lost |= Q(state=IngestSource.State.QUEUED, not_before__lte=Now(), dispatched__isnull=True)
    if _queue_is_empty():
        before = timezone.now() - GRACE
        sent_long_ago = Q(dispatched__isnull=True) | Q(dispatched__lt=before)
        lost |= DUE & Q(updated__lt=before) & sent_long_ago
    ids = list(IngestSource.objects.filter(lost).values_list("pk", flat=True)[: 20 * BATCH])
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        IngestSource.objects.filter(pk__in=batch).update(dispatched=timezone.now())
        for pk in batch:
            _send(PROCESS_TASK, pk)
    if ids:
        logger.warning("%d lost ingest sources are sent again", len(ids))
    return len(ids)


def send_source(source_id: int) -> None:
    """Send the message of one source, again if it was sent before."""
    _send(PROCESS_TASK, source_id)


def send_crawl(crawl_id: UUID) -> None:
    """Send the message of a crawl that is to go on."""
    _send(CRAWL_TASK, str(crawl_id))


def resume_paused(prefix: str) -> int:
    """Have sources below an address go on that wait because their store refused our keys; return how many."""
    paused = IngestSource.objects.filter(
        state=State.QUEUED, error_code=CredentialsRefused.code, href__startswith=prefix, not_before__isnull=False
    )
    count = paused.update(not_before=None, dispatched=None)
    for job_id in list(IngestSource.objects.filter(DUE, dispatched__isnull=True).values_list("job_id").distinct()):
        dispatch_job_on_commit(job_id[0])
    return count


def ask_for_look(file_id: UUID) -> None:
    """Have a worker open a file that was admitted by its location alone, unless that was asked for lately."""
    try:
        is_first = cache.add(f"look:{file_id}", 1, timeout=LOOK_SECONDS)
    except Exception:  # noqa: BLE001  Whatever the backend raises: whoever looks next asks again.
        return
    if is_first:
        _send(LOOK_TASK, str(file_id))


def _queue_is_empty() -> bool:
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel  # celery-types gives it no methods.
        declared = channel.queue_declare(queue=INGEST, durable=True, auto_delete=False)
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
        current_app.send_task(task, args=[argument], queue=QUEUES[task], retry=False)
    except OperationalError:
        logger.warning("The broker is away: %s(%s) is sent later", task, argument)
