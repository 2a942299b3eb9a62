"""Tell collectors of metrics how the catalog stands, counted as they ask."""

from collections.abc import Iterator
from dataclasses import asdict

from django.conf import settings
from django.core.cache import cache
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError

from catalog.services.standing import Standing, take_standing

# Several collectors, or one that asks often, have it counted once in so many seconds.
KEPT_SECONDS = 10
KEY = "standing"
SOURCES = "geodata_ingest_sources"
FAILURES = "geodata_ingest_failures"
WAITING = "geodata_ingest_waiting_seconds"
JOBS = "geodata_ingest_unfinished_jobs"
COLLECTIONS = "geodata_collections"
UNSOUND = "geodata_files_unsound"
QUEUES = "geodata_queue_length"


class StandingCollector(Collector):
    """Count sources by state, failures by code, what waits and how long the queues are."""

    def collect(self) -> Iterator[Metric]:
        standing = _standing()
        yield _by_label(SOURCES, "Sources of the jobs of the last 7 days.", "state", standing.sources)
        yield _by_label(FAILURES, "Failed sources of these jobs.", "code", standing.failures)
        yield GaugeMetricFamily(WAITING, "Seconds that the longest waiting source waits.", standing.waiting_seconds)
        yield GaugeMetricFamily(JOBS, "Jobs with sources that are not done.", standing.unfinished_jobs)
        yield GaugeMetricFamily(COLLECTIONS, "Collections.", standing.collections)
        yield GaugeMetricFamily(UNSOUND, "Files that verification found changed or gone.", standing.unsound_files)
        yield _by_label(QUEUES, "Messages that no worker took yet.", "queue", _queue_lengths())


def _standing() -> Standing:
    found = cache.get(KEY)
    if found is None:
        found = asdict(take_standing())
        cache.set(KEY, found, KEPT_SECONDS)
    return Standing(**found)


def _queue_lengths() -> dict[str, int]:
    """Return the messages of each queue; none of any while Redis doesn't answer."""
    if not settings.REDIS_URL:
        return {}
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=settings.REDIS_TIMEOUT_SECONDS) as redis:
            return {name: int(redis.llen(name)) for name in names}
    except RedisError:
        return {}


def _by_label(name: str, documentation: str, label: str, numbers: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, documentation, labels=(label,))
    for value, number in sorted(numbers.items()):
        family.add_metric((value,), number)
    return family
