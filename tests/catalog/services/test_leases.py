from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import IngestSource
from catalog.services.ingest.sources import claim_source, fail_source, kept_alive, release_source, succeed_source
from tests.catalog.factories import IngestSourceFactory
from tests.services.processes import wait_until

State = IngestSource.State
pytestmark = pytest.mark.django_db


def _expire(source):
    IngestSource.objects.filter(pk=source.pk).update(lease_expires=timezone.now() - timedelta(seconds=1))


def test_claim_source_waiting_takes_it():
    claimed = claim_source(IngestSourceFactory().pk)
    assert claimed is not None
    assert (claimed.state, claimed.attempts) == (State.RUNNING, 1)
    assert claimed.lease_expires > timezone.now()


def test_claim_source_taken_by_another_gives_none():
    source = IngestSourceFactory()
    assert claim_source(source.pk)
    assert claim_source(source.pk) is None


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.CANCELLED])
def test_claim_source_ended_gives_none(state):
    assert claim_source(IngestSourceFactory(state=state).pk) is None


def test_claim_source_abandoned_passes_to_the_next():
    first = claim_source(IngestSourceFactory().pk)
    _expire(first)
    second = claim_source(first.pk)
    assert second.attempts == 2
    assert not succeed_source(first), "the one that lost its lease writes nothing"
    assert succeed_source(second)


def test_claim_source_whose_workers_keep_dying_fails(settings):
    source = IngestSourceFactory()
    for _ in range(settings.INGEST_MAX_ATTEMPTS):
        _expire(claim_source(source.pk))
    assert claim_source(source.pk) is None
    source.refresh_from_db()
    assert (source.state, source.error_code) == (State.FAILED, "worker_lost")
    source.job.refresh_from_db()
    assert source.job.finished


def test_fail_source_keeps_the_reason_and_finishes_the_job():
    source = claim_source(IngestSourceFactory().pk)
    fail_source(source, code="truncated", description="It ends too early.")
    source.refresh_from_db()
    assert (source.state, source.error_code, source.error_description) == ("failed", "truncated", "It ends too early.")
    source.job.refresh_from_db()
    assert source.job.finished


def test_succeed_source_with_another_waiting_leaves_the_job_open():
    source = IngestSourceFactory()
    IngestSourceFactory(job=source.job)
    succeed_source(claim_source(source.pk))
    source.job.refresh_from_db()
    assert source.job.finished is None


def test_release_source_can_be_claimed_again():
    source = claim_source(IngestSourceFactory().pk)
    release_source(source)
    again = claim_source(source.pk)
    # It was put back, not lost: that counts by itself.
    assert (again.attempts, again.retries) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_kept_alive_prolongs_the_lease(settings):
    settings.INGEST_LEASE_SECONDS = 0.3
    source = claim_source(IngestSourceFactory().pk)
    began = source.lease_expires
    prolonged = IngestSource.objects.filter(pk=source.pk, lease_expires__gt=began)
    with kept_alive(source):
        wait_until(prolonged.exists, what="a longer lease")
