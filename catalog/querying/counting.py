"""How many items match: to the last one where they are few, and by the database's own estimate where they are many."""

import threading
from collections.abc import Hashable
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


def count_matched(items: QuerySet[Item], *, page: Page, key: Hashable | None = None) -> Matched:
    """Count matching items, exactly up to `limits().max_exact_count`. An only `page` needs no statement.

    ``key`` tells this search, as of now, from all others: what it counted is remembered.
    """
    if page.prev_token is None and page.next_token is None and page.items:
        return Matched(len(page.items))
    with _lock:
        known = None if key is None else _counted.get(key)
    if known is not None:
        return known
    matched = _count(items)
    if key is not None:
        with _lock:
            _counted[key] = matched
    return matched


def _count(items: QuerySet[Item]) -> Matched:
    most = limits().max_exact_count
    items, found = items.order_by(), 0
    try:
        with bounded_statement(seconds=limits().count_seconds):
            found = _count_up_to(most + 1, items)
            if found <= most:
                return Matched(found)
            if connection.vendor != "postgresql":
                # SQLite estimates nothing; it counts what no filter slows down in this time.
                return Matched(items.count())
    except TookTooLong:
        pass
    if connection.vendor == "postgresql":
        return Matched(max(_planned(items), found), is_estimated=True)
    return Matched(most + 1, is_estimated=True) if found else Matched(None)


def _count_up_to(most: int, items: QuerySet[Item]) -> int:
    try:
        sql, params = items.values("pk_id")[:most].query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        # Django's own count would copy and rewrite the query, which takes longer than to count a few.
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) matching", params)  # noqa: S608 -- Django's own statement
        return int(cursor.fetchone()[0])


def _planned(items: QuerySet[Item]) -> int:
    """Return how many rows PostgreSQL's planner expects, from what ANALYZE last saw."""
    (plan,) = orjson.loads(items.explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])
