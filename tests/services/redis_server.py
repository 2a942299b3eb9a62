"""A private Redis on a unix socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from geodata.supervision import programs
from geodata.supervision.readiness import redis_answers
from tests.services.processes import running


@contextmanager
def run_redis() -> Iterator[str]:
    """Yield the URL of an empty Redis that nobody else uses."""
    with TemporaryDirectory(prefix="redis-") as name:
        folder = Path(name)
        url = f"unix://{folder}/redis.sock"
        program = programs.redis(folder / "redis.sock", folder=folder)
        with running(program, logs=folder, ready=lambda: redis_answers(url)):
            yield url
