"""A bound on how long the database works on one question, on both engines."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from catalog.errors import TookTooLong

# What PostgreSQL and SQLite say of a statement that was stopped.
STOPPED = ("canceling statement", "interrupted")
# SQLite's virtual machine instructions between two looks at the clock: some milliseconds.
INSTRUCTIONS = 100_000


@contextmanager
def statement_time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong when a statement in the block takes longer. For reading only."""
    limited = _on_postgresql(seconds) if connection.vendor == "postgresql" else _on_sqlite(seconds)
    try:
        with limited:
            yield
    except OperationalError as error:
        if not any(sign in str(error) for sign in STOPPED):
            raise
        raise TookTooLong(f"The search was stopped after {seconds:g} s: ask for less at once.") from error


@contextmanager
def _on_postgresql(seconds: float) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        # In milliseconds, of which none would be no limit.
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(max(1, int(seconds * 1000)))])
        yield
        # Within a transaction of somebody else's, the setting would outlast this block.
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")


@contextmanager
def _on_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    raw = connection.connection
    deadline = time.monotonic() + seconds
    raw.set_progress_handler(lambda: time.monotonic() > deadline, INSTRUCTIONS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)
