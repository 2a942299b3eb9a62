"""Running a statement that clients had a part in: bounded, and its failures told as theirs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DataError, OperationalError, connection, transaction

from catalog.conf import limits
from catalog.errors import InvalidFilter, TookTooLong

# What PostgreSQL and SQLite say of a statement that was stopped.
STOPPED = ("canceling statement", "interrupted")
# What they say of a statement that goes beyond what they were built for.
TOO_COMPLEX = ("Expression tree is too large", "too many SQL variables", "stack depth limit exceeded")
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


@contextmanager
def bounded_statement(*, seconds: float | None = None) -> Iterator[None]:
    """Raise TookTooLong or InvalidFilter for what the database gives up. For reading only."""
    try:
        with statement_time_limit(limits().search_seconds if seconds is None else seconds):
            yield
    except DataError as error:
        # What only the data could tell, as a number that grows too large.
        raise InvalidFilter("it can't be evaluated on these items") from error
    except OperationalError as error:
        if any(sign in str(error) for sign in TOO_COMPLEX):
            raise InvalidFilter("it is too large for the database; ask for less at once") from error
        raise
