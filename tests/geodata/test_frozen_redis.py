"""A Redis that is frozen costs each answer a moment, and none its success."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
from django.core.cache import caches as django_caches
from rest_framework.test import APIClient

from catalog.models import IngestSource, Membership
from catalog.services.collections.versions import collection_version
from catalog.services.ingest.jobs import dispatch_sources
from geodata import redis_cache
from geodata.settings.databases import broker, caches
from geodata.supervision import programs
from geodata.supervision.readiness import redis_answers
from tests.catalog.factories import MembershipFactory
from tests.conftest import _point_celery
from tests.services.processes import running

# Far below what the library would wait by itself (10 s and more), far above what a busy machine adds.
SOON = 5.0


@pytest.fixture
def frozen(settings) -> Iterator[int]:
    """Stop the site's Redis as by SIGSTOP; yield its process id."""
    with TemporaryDirectory(prefix="redis-") as name:
        url = f"unix://{name}/redis.sock"
        program = programs.redis(Path(name) / "redis.sock", folder=Path(name))
        with running(program, logs=Path(name), ready=lambda: redis_answers(url)) as child:
            settings.REDIS_URL, settings.CACHES = url, caches(url)
            _point_celery(broker(url))
            assert django_caches["default"].get("before") is None
            os.kill(child.pid, signal.SIGSTOP)
            yield child.pid
            os.kill(child.pid, signal.SIGCONT)
            _point_celery("memory://")
            django_caches.close_all()
            redis_cache.PausingRedis._paused_until.clear()


def seconds_of(ask) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began


@pytest.mark.usefixtures("frozen")
def test_cache_frozen_fails_soon_and_then_at_once():
    def ask() -> None:
        with pytest.raises((redis.TimeoutError, redis.ConnectionError)):
            django_caches["default"].get("x")

    assert seconds_of(ask) < SOON
    assert seconds_of(lambda: [ask() for _ in range(20)]) < SOON
    assert seconds_of(lambda: collection_version("any")) < SOON


def test_cache_thawed_answers_again(frozen):
    with pytest.raises(redis.TimeoutError):
        django_caches["default"].get("x")
    os.kill(frozen, signal.SIGCONT)
    deadline = time.monotonic() + 30
    while True:
        try:
            assert django_caches["tiles"].get("x") is None
            break
        except (redis.TimeoutError, redis.ConnectionError):
            assert time.monotonic() < deadline


@pytest.mark.django_db(transaction=True)
def test_post_ingests_redis_frozen_is_accepted_and_sent_later(frozen):
    membership = MembershipFactory(role=Membership.Role.OWNER)
    client = APIClient()
    client.force_authenticate(membership.user)
    body = {"collection": membership.collection_id, "sources": [{"href": "https://example.org/a.tif"}]}
    assert client.get("/healthz").status_code == 200  # Imports the routes.
    began = time.monotonic()
    answer = client.post("/api/ingests/", body, format="json")
    assert answer.status_code == 202
    assert time.monotonic() - began < SOON
    assert IngestSource.objects.filter(dispatched__isnull=True).count() == 1
    os.kill(frozen, signal.SIGCONT)
    redis_cache.PausingRedis._paused_until.clear()
    assert dispatch_sources() == 1
