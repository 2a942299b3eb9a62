"""Jobs tell their pace, sources what they took; and old jobs are forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import IngestJob, IngestSource, Item
from catalog.services.ingest.jobs import remove_old_jobs, retry_sources
from catalog.services.ingest.progress import count_sources
from catalog.services.ingest.sources import claim_source, fail_source, succeed_source
from tests.catalog.factories import IngestJobFactory, IngestSourceFactory, ItemFactory

pytestmark = pytest.mark.django_db
State = IngestSource.State


@pytest.fixture
def job(user, collection) -> IngestJob:
    return IngestJobFactory(collection=collection, owner=user)


def aged(job: IngestJob, *, seconds: float, took: float | None = None) -> IngestJob:
    """Return the job as if it had begun so long ago, and, with ``took``, ended so long after that."""
    created = timezone.now() - timedelta(seconds=seconds)
    finished = None if took is None else created + timedelta(seconds=took)
    IngestJob.objects.filter(pk=job.pk).update(created=created, finished=finished)
    job.refresh_from_db()
    return job


def test_pace_is_of_the_last_minute_and_says_when_the_rest_is_done(job):
    IngestSourceFactory.create_batch(10, job=job)
    long_ago = IngestSourceFactory(job=job, state=State.SUCCEEDED)
    IngestSource.objects.filter(pk=long_ago.pk).update(updated=timezone.now() - timedelta(minutes=3))
    progress = count_sources([job])[job.pk]
    assert (progress.rate(job), progress.seconds_left(job)) == (None, None)
    IngestSourceFactory.create_batch(6, job=job, state=State.SUCCEEDED)
    job = aged(job, seconds=600)
    progress = count_sources([job])[job.pk]
    assert (progress.rate(job), progress.seconds_left(job)) == (pytest.approx(0.1), pytest.approx(100))
    job = aged(job, seconds=3)
    assert count_sources([job])[job.pk].rate(job) == pytest.approx(2, rel=0.3)


def test_pace_of_a_finished_job_is_of_all_its_time(job):
    IngestSourceFactory.create_batch(5, job=job, state=State.SUCCEEDED)
    job = aged(job, seconds=7200, took=50)
    progress = count_sources([job])[job.pk]
    assert (progress.rate(job), progress.seconds_left(job)) == (pytest.approx(0.1), None)


def test_api_tells_pace_and_what_each_source_took(api, user, collection):
    job = IngestJobFactory(collection=collection, owner=user)
    first, second = IngestSourceFactory.create_batch(2, job=job)
    claimed = claim_source(first.pk)
    assert claimed is not None
    IngestSource.objects.filter(pk=first.pk).update(started=timezone.now() - timedelta(seconds=2))
    fail_source(claimed, code="unreadable", description="It can't be read.")
    aged(job, seconds=20)
    body = api.get(f"/api/ingests/{job.pk}/").json()
    assert body["rate"] > 0
    assert body["seconds_left"] > 0
    rows = {each["id"]: each for each in api.get(f"/api/ingests/{job.pk}/sources/").json()["results"]}
    assert rows[first.pk]["seconds"] == pytest.approx(2, abs=1)
    assert (rows[second.pk]["started"], rows[second.pk]["seconds"]) == (None, None)
    only = api.get(f"/api/ingests/{job.pk}/sources/?state=failed").json()["results"]
    assert [each["id"] for each in only] == [first.pk]
    retry_sources(job.sources.all())
    first.refresh_from_db()
    assert first.started is None


def test_jobs_are_forgotten_after_a_time_and_their_items_stay(job, settings, collection):
    parent = IngestSourceFactory(job=job, state=State.SUCCEEDED)
    item = ItemFactory(collection=collection)
    IngestSourceFactory.create_batch(3, job=job, parent=parent, state=State.SUCCEEDED, item=item)
    recent = aged(IngestJobFactory(collection=collection), seconds=86400 * 9, took=1)
    aged(job, seconds=86400 * 11, took=1)
    unfinished = aged(IngestJobFactory(collection=collection), seconds=86400 * 99)
    settings.INGEST_KEPT_DAYS = 0
    assert remove_old_jobs() == 0
    settings.INGEST_KEPT_DAYS = 10
    assert remove_old_jobs() == 1
    assert set(IngestJob.objects.all()) == {recent, unfinished}
    assert not IngestSource.objects.exists()
    assert Item.objects.filter(pk=item.pk).exists()


def test_source_that_is_done_knows_when_it_was_taken(job):
    source = claim_source(IngestSourceFactory(job=job).pk)
    assert source is not None
    succeed_source(source)
    source.refresh_from_db()
    assert source.started is not None
    assert source.updated >= source.started
