from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from catalog.models import IngestSource
from catalog.services.ingest.jobs import QUEUE, dispatch_sources, redispatch_lost_sources
from catalog.services.ingest.sources import claim_source
from tests.catalog.factories import IngestJobFactory, IngestSourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(redis_site):
    with redis.from_url(redis_site) as client:
        yield lambda: client.llen(QUEUE)


def _sent_long_ago():
    before = timezone.now() - timedelta(minutes=5)
    IngestSource.objects.update(dispatched=before, updated=before)


def test_dispatch_sources_sends_each_once(queue):
    job = IngestJobFactory()
    IngestSourceFactory.create_batch(3, job=job)
    assert dispatch_sources(job_id=job.pk) == 3
    assert dispatch_sources(job_id=job.pk) == 0
    assert queue() == 3


def test_redispatch_lost_sources_with_messages_waiting_sends_nothing(queue):
    IngestSourceFactory()
    dispatch_sources()
    _sent_long_ago()
    assert redispatch_lost_sources() == 0
    assert queue() == 1


def test_redispatch_lost_sources_after_a_flush_sends_them_again(queue, redis_site):
    IngestSourceFactory.create_batch(2)
    dispatch_sources()
    _sent_long_ago()
    with redis.from_url(redis_site) as client:
        client.flushall()
    assert redispatch_lost_sources() == 2
    assert queue() == 2


def test_redispatch_lost_sources_just_sent_waits(queue):
    IngestSourceFactory()
    dispatch_sources()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("catalog.services.ingest.jobs._queue_is_empty", lambda: True)
        assert redispatch_lost_sources() == 0
    assert queue() == 1


def test_redispatch_lost_sources_whose_lease_ran_out_sends_them(queue):
    source = claim_source(IngestSourceFactory().pk)
    assert redispatch_lost_sources() == 0
    IngestSource.objects.filter(pk=source.pk).update(lease_expires=timezone.now() - timedelta(seconds=1))
    assert redispatch_lost_sources() == 1
    assert queue() == 1


def test_dispatch_sources_without_a_broker_raises_nothing(redis_site, tmp_path):
    del redis_site
    from geodata.celery import app

    IngestSourceFactory()
    before = app.conf.broker_url
    app.conf.broker_url = f"redis+socket://{tmp_path}/nobody.sock"
    try:
        dispatch_sources()
    finally:
        app.conf.broker_url = before
    assert IngestSource.objects.get().state == IngestSource.State.QUEUED
