"""Running a statement that clients had a part in: bounded, and its failures told as theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DataError, OperationalError

from catalog.stac.conf import limits
from catalog.stac.filters.cql2.errors import InvalidFilter
from catalog.stac.search.statement_time import statement_time_limit

# What SQLite and PostgreSQL say of a statement that goes beyond what they were built for.
TOO_COMPLEX = ("Expression tree is too large", "too many SQL variables", "stack depth limit exceeded")


@contextmanager
def evaluating(*, seconds: float | None = None) -> Iterator[None]:
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
