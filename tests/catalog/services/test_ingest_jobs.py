from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import IngestJob, IngestSource
from catalog.services.ingest.jobs import cancel_job, create_job, finish_ended_jobs, redispatch_lost_sources, retry_job
from catalog.services.ingest.sources import claim_source, fail_source, release_source, succeed_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.factories import IngestJobFactory, IngestSourceFactory

State = IngestSource.State


@pytest.fixture
def job(user, collection):
    return IngestJobFactory(collection=collection, owner=user)


def test_create_job_with_two_globs_of_one_prefix_has_both(user, collection):
    specs = [SourceSpec(prefix="s3://imagery/", include=glob) for glob in ("*.tif", "*.jp2")]
    job = create_job(user=user, collection_id=collection.pk, sources=specs)
    assert job.sources.count() == 2


def test_create_job_keeps_all_sources_in_the_order_given(user, collection):
    given = [
        SourceSpec(href="https://example.com/b.tif"),
        SourceSpec(prefix="s3://imagery/2024/"),
        SourceSpec(href="https://example.com/LC08_L2SP_193024_20220610_20220616_02_T1_SR_B4.TIF"),
        SourceSpec(stac="https://example.com/catalog.json"),
        SourceSpec(href="https://example.com/a.tif"),
        SourceSpec(href="https://example.com/LC08_L2SP_193024_20220610_20220616_02_T1_SR_B3.TIF"),
        SourceSpec(document="{}"),
    ]
    job = create_job(user=user, collection_id=collection.pk, sources=given)
    kinds = list(job.sources.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["href", "prefix", "scene", "stac", "href", "stac"]
    ends = [href[-5:] for href in job.sources.filter(kind="href").order_by("pk").values_list("href", flat=True)]
    assert ends == ["b.tif", "a.tif"]


def test_cancel_job_with_a_source_running_does_not_run_it_again(job, user):
    source = claim_source(IngestSourceFactory(job=job).pk)
    cancel_job(user=user, job_id=job.pk)
    release_source(source)
    assert claim_source(source.pk) is None
    source.refresh_from_db()
    assert source.state == State.CANCELLED


def test_cancel_job_with_a_source_running_keeps_its_outcome(job, user):
    source = claim_source(IngestSourceFactory(job=job).pk)
    cancel_job(user=user, job_id=job.pk)
    assert succeed_source(source)


def test_retry_job_while_another_source_runs_leaves_that_alone(job, user):
    running = claim_source(IngestSourceFactory(job=job).pk)
    fail_source(claim_source(IngestSourceFactory(job=job).pk), code="truncated", description="It ends too early.")
    assert retry_job(user=user, job_id=job.pk) == 1
    assert succeed_source(running)
    job.refresh_from_db()
    assert job.finished is None


def test_finish_ended_jobs_finds_those_whose_worker_died_before_saying_so(job):
    IngestSourceFactory(job=job, state=State.SUCCEEDED)
    waiting = IngestSourceFactory(job=IngestJobFactory()).job
    finish_ended_jobs()
    assert list(IngestJob.objects.filter(finished__isnull=True)) == [waiting]


@pytest.mark.usefixtures("redis_site")
def test_redispatch_lost_sources_of_a_cancelled_job_ends_them(job, user):
    source = claim_source(IngestSourceFactory(job=job).pk)
    cancel_job(user=user, job_id=job.pk)
    IngestSource.objects.update(lease_expires=timezone.now() - timedelta(seconds=1))
    assert redispatch_lost_sources() == 1
    assert claim_source(source.pk) is None
