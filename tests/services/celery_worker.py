"""A real Celery worker process on the tests' own database, storage and Redis."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from geodata.celery import app
from geodata.supervision import programs
from geodata.supervision.child import Child
from tests.services.processes import running


def test_database_url() -> str:
    """URL of the database that the running tests use."""
    config: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"spatialite://{config['NAME']}"
    return f"postgis://{config['USER']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"


def worker_environment(redis_url: str) -> dict[str, str]:
    """Return the variables that make another process the same site as this one."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "geodata.settings.testing",
        "GEODATA_TESTING_DIR": str(settings.TESTING_DIR),
        "DATABASE_URL": test_database_url(),
        "REDIS_URL": redis_url,
    }


@contextmanager
def run_worker(*, redis_url: str, logs: Path, environment: dict[str, str] | None = None) -> Iterator[Child]:
    """Run a worker until the block ends. The tests' own Celery app has to be on ``redis_url`` already."""
    program = programs.Program(
        name="worker",
        # Without a name, of every queue.
        command=(*programs.WORKER_COMMAND, "--concurrency", "2"),
        grace=0.0,  # Whatever it is doing is of no more interest; test_serve has one end in order.
        environment={**worker_environment(redis_url), **(environment or {})},
    )
    with running(program, logs=logs, ready=_answers) as child:
        yield child


def _answers() -> bool:
    return bool(app.control.inspect(timeout=0.5, limit=1).ping())
