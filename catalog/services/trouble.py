"""Tell trouble of the site's own, which passes, from bad requests, bad files and bugs."""

import sqlite3

from botocore.exceptions import BotoCoreError, ClientError
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from catalog.extraction.extracting import FULL
from catalog.remote.buckets import status_of
from catalog.remote.requesting import may_pass

# What SQLite and PostgreSQL say of themselves, not of a statement: full, busy, or not there (by SQLSTATE's classes).
SQLITE_TROUBLE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR)
POSTGRES_TROUBLE = ("08", "53", "57P")


def is_own_trouble(error: Exception) -> bool:
    """Return whether the site's disk is full, or its database, Redis or storage full, locked or away.

    What the buckets of others answer is a CatalogError by then.
    """
    if isinstance(error, OSError):
        return error.errno in FULL
    if isinstance(error, BotoCoreError | ClientError):
        return may_pass(status_of(error))
    if isinstance(error, OperationalError | InterfaceError):
        return _is_of_database(error.__cause__)
    return isinstance(error, RedisError)


def _is_of_database(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.Error):
        # The low byte; the others tell which kind of it.
        return int(getattr(cause, "sqlite_errorcode", 0)) & 0xFF in SQLITE_TROUBLE
    # Without a state there was no answer at all.
    state = getattr(cause, "pgcode", None)
    return state is None or str(state).startswith(POSTGRES_TROUBLE)
