"""How many items match: to the last one where they are few, and by the database's own estimate where they are many."""

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cachetools import TTLCache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from catalog.conf import limits
from catalog.errors import TookTooLong
from catalog.models import Item
from catalog.querying.compiled import Statement
from catalog.querying.paging import Page
from catalog.querying.statements import bounded_statement

# Seconds that what was counted is remembered, while nothing changes.
SECONDS = 60
_counted: TTLCache[Hashable, "Matched"] = TTLCache(10_000, SECONDS)
_lock = threading.Lock()


@dataclass(frozen=True)
class Matched:
    """`number` is None where counting would take too long and nothing is known."""

    number: int | None
    is_estimated: bool = False

    @property
    def members(self) -> dict[str, Any]:
        """Return the members of a page's document that tell it."""
        if self.number is None:
            return {}
        return {"numberMatched": self.number} | ({"numberMatchedIsEstimated": True} if self.is_estimated else {})


def count_matched(
    items: Callable[[], QuerySet[Item]],
    *,
    page: Page,
    key: Hashable | None = None,
    some: Callable[[int], Statement] | None = None,
) -> Matched:
    """Count matching items, exactly up to `limits().max_exact_count`. An only `page` needs no statement.

    Args:
        items: returns the items, in no order.
        page: a page of them.
        key: tells this search, as of now, from all others: what it counted is remembered.
        some: returns a statement that reads as many of them; by default it is compiled.
    """
    if page.prev_token is None and page.next_token is None and page.items:
        return Matched(len(page.items))
    with _lock:
        known = None if key is None else _counted.get(key)
    if known is not None:
        return known
    matched = _count(items, some=some)
    if key is not None:
        with _lock:
            _counted[key] = matched
    return matched


def _count(items: Callable[[], QuerySet[Item]], *, some: Callable[[int], Statement] | None) -> Matched:
    most, found = limits().max_exact_count, 0
    try:
        with bounded_statement(seconds=limits().count_seconds):
            found = _count_rows(*(some(most + 1) if some else _some(items(), most + 1)))
            if found <= most:
                return Matched(found)
            if connection.vendor != "postgresql":
                # SQLite estimates nothing; it counts what no filter slows down in this time.
                return Matched(items().order_by().count())
    except EmptyResultSet:
        return Matched(0)
    except TookTooLong:
        pass
    if connection.vendor == "postgresql":
        return Matched(max(_planned(items().order_by()), found), is_estimated=True)
    return Matched(most + 1, is_estimated=True) if found else Matched(None)


def _some(items: QuerySet[Item], most: int) -> Statement:
    return items.order_by().values("pk_id")[:most].query.sql_with_params()


def _count_rows(sql: str, params: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        # Django's own count would copy and rewrite the query, which takes longer than to count a few.
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) matching", params)  # noqa: S608 -- Django's own statement
        return int(cursor.fetchone()[0])


def _planned(items: QuerySet[Item]) -> int:
    """Return how many rows PostgreSQL's planner expects, from what ANALYZE last saw."""
    (plan,) = orjson.loads(items.explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])
