import errno
import sqlite3
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.db import InterfaceError, OperationalError

from catalog.api.errors import exception_handler

# A kind of SQLITE_BUSY, told by the second byte.
SQLITE_BUSY_SNAPSHOT = 5 | 2 << 8


def caused(kind: type[Exception], cause: Exception) -> Exception:
    error = kind(str(cause))
    error.__cause__ = cause
    return error


def storage_error(status: int) -> ClientError:
    answer: Any = {"ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutObject")


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("told by SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        caused(OperationalError, sqlite_error(sqlite3.SQLITE_FULL)),
        caused(OperationalError, sqlite_error(SQLITE_BUSY_SNAPSHOT)),
        caused(OperationalError, psycopg2.OperationalError("connection refused")),
        caused(InterfaceError, psycopg2.InterfaceError("connection already closed")),
        storage_error(500),
        EndpointConnectionError(endpoint_url="https://storage.example.org"),
    ],
)
def test_trouble_of_ours_asks_to_come_again(error):
    answer = exception_handler(error, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"], answer["Retry-After"]) == (503, "unavailable", "5")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOENT, "No such file"),
        caused(OperationalError, sqlite_error(sqlite3.SQLITE_ERROR)),
        storage_error(403),
        ValueError("a bug"),
    ],
)
def test_bug_stays_an_error_of_the_site(error):
    assert exception_handler(error, {}) is None
