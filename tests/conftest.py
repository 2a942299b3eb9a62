"""Fixtures that every part's tests share: chance with a seed, and real services."""

import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import kombu.pools
import numpy as np
import pytest
import redis
from cachetools import Cache
from django.conf import settings as django_settings
from django.core.cache import caches
from django.core.servers.basehttp import WSGIRequestHandler

from geodata.celery import app as celery_app
from geodata.settings.databases import caches as settings_of_caches
from tests import marks
from tests.real_data import OWN_DATA, SHARED_DATA, DataFile
from tests.services.celery_worker import run_worker
from tests.services.file_server import FileServer, run_file_server
from tests.services.object_store import ObjectStore, run_object_store
from tests.services.redis_server import run_redis

SEED = int(os.environ.get("GEODATA_TEST_SEED") or random.SystemRandom().randrange(2**32))
# The processes that share the tests among them take their chance from one seed.
os.environ["GEODATA_TEST_SEED"] = str(SEED)
# Hypothesis takes its chance from the seed alone, and judges nothing by the clock: much runs beside it.
hypothesis.settings.register_profile(
    "geodata",
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    derandomize=False,
    database=None,
)
hypothesis.settings.load_profile("geodata")
# pytest-playwright drives its browser from a running event loop, beside which Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# The live server writes an answer in parts, of which each would wait for a delayed acknowledgement of the one before.
WSGIRequestHandler.disable_nagle_algorithm = True


def pytest_report_header() -> str:
    return f"seed: GEODATA_TEST_SEED={SEED}"


@pytest.hookimpl(tryfirst=True)  # Before Hypothesis' own, which reads it.
def pytest_configure(config: pytest.Config) -> None:
    config.option.hypothesis_seed = config.option.hypothesis_seed or str(SEED)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, or programs beside Python, by where a test lies and by the fixtures it takes."""
    for item in items:
        for name in marks.marks_of(item):
            item.add_marker(name)


def pytest_unconfigure() -> None:
    if not os.environ.get("GEODATA_TESTING_DIR"):
        shutil.rmtree(django_settings.TESTING_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    random.seed(SEED)


# Memories by the names of the modules that hold them: to look through all modules before each test takes its time.
_memories: dict[str, list[Cache[Any, Any]]] = {}


def _memories_of(name: str) -> list[Cache[Any, Any]]:
    if name not in _memories:
        _memories[name] = [value for value in vars(sys.modules[name]).values() if isinstance(value, Cache)]
    return _memories[name]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Forget what the site remembers for seconds: the test before may have had rows and addresses of the same names."""
    modules = [name for name in list(sys.modules) if name.startswith(("catalog.", "tiles."))]
    for memory in (memory for name in modules for memory in _memories_of(name)):
        memory.clear()
    for name in caches:
        caches[name].clear()
    if "MUTANT_UNDER_TEST" in os.environ:
        # `make mutation` forks for each change: what functions remember was worked out without it.
        for memory in (value for name in modules for value in vars(sys.modules[name]).values()):
            if hasattr(memory, "cache_clear"):
                memory.cache_clear()


@pytest.fixture
def rng() -> np.random.Generator:
    """Chance that ``GEODATA_TEST_SEED`` repeats."""
    return np.random.default_rng(SEED)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with run_redis() as url:
        yield url


def _point_celery(broker_url: str) -> None:
    """Have this process' Celery send to another broker: its connections of before are forgotten."""
    celery_app.conf.update(broker_url=broker_url)
    celery_app._pool = None  # type: ignore[attr-defined]
    celery_app.amqp._producer_pool = None  # type: ignore[attr-defined]
    kombu.pools.reset()


@pytest.fixture
def redis_site(settings, redis_url: str) -> Iterator[str]:
    """Give this test's site its caches and its queue on a real, empty Redis; return the URL."""
    before = celery_app.conf.broker_url
    settings.REDIS_URL = redis_url
    settings.CACHES = settings_of_caches(redis_url)
    _point_celery(redis_url.replace("unix://", "redis+socket://", 1))
    with redis.from_url(redis_url) as client:
        client.flushall()
        yield redis_url
        client.flushall()
    caches.close_all()
    _point_celery(before)


@pytest.fixture
def worker(transactional_db: None, redis_site: str, tmp_path: Path) -> Iterator[object]:
    """Run a real Celery worker on this test's database and Redis."""
    del transactional_db
    with run_worker(redis_url=redis_site, logs=tmp_path / "logs") as child:
        yield child


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    with run_object_store() as store:
        yield store


@pytest.fixture
def file_server(tmp_path: Path) -> Iterator[FileServer]:
    """Run a web server of a folder that the test fills."""
    folder = tmp_path / "served"
    folder.mkdir()
    with run_file_server(folder) as server:
        yield server


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the real imagery beside the repository, for tests that go through all of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no shared imagery; GEODATA_SHARED_DATA names its folder")
    return SHARED_DATA


@pytest.fixture(scope="session")
def data_file() -> DataFile:
    """Return the path of real data by name: of the shared imagery, or else of `tests/data`."""

    def find(name: str) -> Path:
        found = [folder / name for folder in (SHARED_DATA, OWN_DATA) if (folder / name).exists()]
        if not found:
            pytest.skip(f"{name} is in the shared imagery alone; GEODATA_SHARED_DATA names its folder")
        return found[0]

    return find
