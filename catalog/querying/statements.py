"""Bound a search from its first character to its last row, and tell what the database gives up as the client's.

One deadline covers all that a request does for a search: reading it, checking its geometries, compiling it and the
database's statements, which get what is left of it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from itertools import islice
from typing import Any, TypeVar

from django.db import DataError, InternalError, OperationalError, connection, transaction

from catalog.conf import limits
from catalog.errors import InvalidFilter, TookTooLong
from tiles.limits import deadline, seconds_left

# What PostgreSQL and SQLite say of a statement that was stopped.
STOPPED = ("canceling statement", "interrupted")
# What they say of a statement that goes beyond what they were built for.
TOO_COMPLEX = ("Expression tree is too large", "too many SQL variables", "stack depth limit exceeded")
# To compile a statement takes PostgreSQL seconds, which it takes for worth it by the costs of PostGIS' functions.
NO_JIT = "SET LOCAL jit = off; "
# SQLite's virtual machine instructions between two looks at the clock: some milliseconds.
INSTRUCTIONS = 20_000

Answer = TypeVar("Answer")


# Of the request that is worked on: what gives its place back at its end, and how many it has.
_place: ContextVar[ExitStack | None] = ContextVar("place", default=None)
_has_place: ContextVar[bool] = ContextVar("has_place", default=False)


@contextmanager
def search_deadline(*, seconds: float | None = None) -> Iterator[None]:
    """Bound what is done in the block, on the whole, by ``seconds``, by default those that a search may take."""
    most = limits().search_seconds if seconds is None else seconds
    with ExitStack() as place, deadline(most, late=lambda: _too_late(most)):
        token, had = _place.set(place), _has_place.set(False)
        try:
            yield
        finally:
            _place.reset(token)
            _has_place.reset(had)


def take_place() -> None:
    """Take a place among the few that may take long, for the rest of the request.

    For what is costly before the database is asked. Raises TookTooLong (`busy`) where no place is free.
    """
    place = _place.get()
    if place is not None and not _has_place.get():
        place.enter_context(_long.one(of=limits().long_searches))
        _has_place.set(True)


def _too_late(seconds: float) -> TookTooLong:
    return TookTooLong(f"The search was given up after {seconds:g} s: ask for less at once.")


@contextmanager
def statement_time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong when a statement in the block takes longer. For reading only."""
    limited = _on_postgresql(seconds) if connection.vendor == "postgresql" else _on_sqlite(seconds)
    with _told_as_the_clients(seconds), limited:
        yield


@contextmanager
def _told_as_the_clients(seconds: float) -> Iterator[None]:
    """Raise TookTooLong for what was stopped after so many seconds, InvalidFilter for what can't be done."""
    try:
        yield
    except DataError as error:
        # What only the data could tell, as a number that grows too large.
        raise InvalidFilter("it can't be evaluated on these items") from error
    except OperationalError as error:
        if any(sign in str(error) for sign in STOPPED):
            raise TookTooLong(f"The search was stopped after {seconds:.2g} s: ask for less at once.") from error
        if any(sign in str(error) for sign in TOO_COMPLEX):
            raise InvalidFilter("it is too large for the database; ask for less at once") from error
        raise


@contextmanager
def _on_postgresql(seconds: float) -> Iterator[None]:
    # In milliseconds, of which none would be no limit.
    milliseconds = max(1, int(seconds * 1000))
    if not connection.in_atomic_block:
        with _sent_along(milliseconds):
            yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{NO_JIT}SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
        yield
        # Within a transaction of somebody else's, the setting would outlast this block.
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")


@contextmanager
def _sent_along(milliseconds: int) -> Iterator[None]:
    """Bound each statement by a setting in the same message, whose statements are one transaction that ends with it."""
    setting = f"SET LOCAL statement_timeout = {milliseconds}; {NO_JIT}"
    with ExitStack() as session:

        def send(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
            if getattr(context["cursor"].cursor, "name", None):
                # What is declared as a cursor on the server is fetched by statements of their own.
                session.enter_context(_for_session(milliseconds))
                return execute(sql, params, many, context)
            return execute(setting + sql, params, many, context)

        with connection.execute_wrapper(send):
            yield


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
    """Raise TookTooLong or InvalidFilter for what the database gives up. For reading only.

    It has ``seconds``, by default those of a search, or what is left of the deadline around, if that is less.
    """
    most = limits().search_seconds if seconds is None else seconds
    with statement_time_limit(min(most, seconds_left())):
        yield


class _Places:
    """Count the searches of this process that take long, up to a number that may change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    @contextmanager
    def one(self, *, of: int) -> Iterator[None]:
        with self._lock:
            if self._taken >= of:
                raise TookTooLong(
                    "The search takes longer than a moment, and others that do are being worked on: try again soon, "
                    "or ask for less at once.",
                    code="busy",
                )
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1


_long = _Places()


def ask_bounded(ask: Callable[[], Answer]) -> Answer:
    """Return what ``ask`` reads from the database within the seconds of a search.

    Most searches take milliseconds, and those that don't must not take every thread from them. So each is tried for a
    moment; one that takes longer begins again, if there is a place among the few that may.

    Raises TookTooLong, with the code `busy` where no place is free; InvalidFilter.
    """
    if _has_place.get():
        with bounded_statement():
            return ask()
    moment = limits().moment_seconds
    try:
        with bounded_statement(seconds=moment):
            return ask()
    except TookTooLong:
        if min(limits().search_seconds, seconds_left()) <= moment:
            raise
    with _long.one(of=limits().long_searches), bounded_statement():
        return ask()


def read_bounded(rows: Iterable[Answer], *, size: int) -> Iterator[Answer]:
    """Yield rows that a cursor brings, however many there are: each ``size`` of them within the seconds of a search.

    Raises what `bounded_statement` does.
    """
    found = iter(rows)
    # PostgreSQL makes all rows ready with the first ones, outside of any transaction, so that they outlast it.
    is_ready_at_once = connection.vendor == "postgresql"
    limited: AbstractContextManager[None] = _ready_in_time() if is_ready_at_once else bounded_statement()
    while True:
        with limited:
            piece = list(islice(found, size))
        if not piece:
            return
        yield from piece
        limited = nullcontext() if is_ready_at_once else bounded_statement()


@contextmanager
def _ready_in_time() -> Iterator[None]:
    seconds = min(limits().search_seconds, seconds_left())
    with _for_session(max(1, int(seconds * 1000))), _told_as_the_clients(seconds):
        yield


@contextmanager
def _for_session(milliseconds: int) -> Iterator[None]:
    """Bound PostgreSQL's statements in the block, not within a transaction of their own."""
    set_timeout = "SELECT set_config('statement_timeout', %s, false)"
    try:
        with connection.cursor() as cursor:
            cursor.execute(set_timeout, [str(milliseconds)])
        yield
    finally:
        # In a transaction that failed nothing can be asked; when that is rolled back, so is the setting.
        with suppress(InternalError), connection.cursor() as cursor:
            cursor.execute(set_timeout, ["0"])
