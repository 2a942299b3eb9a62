"""How many items match: to the last one where they are few, and by the database's own estimate where they are many."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection
from django.db.models import QuerySet

from catalog.conf import limits
from catalog.errors import TookTooLong
from catalog.models import Item
from catalog.querying.paging import Page
from catalog.querying.statements import bounded_statement


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


def count_matched(items: QuerySet[Item], *, page: Page) -> Matched:
    """Count matching items, exactly up to `limits().max_exact_count`. An only `page` needs no query."""
    if page.prev_token is None and page.next_token is None and page.items:
        return Matched(len(page.items))
    most = limits().max_exact_count
    items, found = items.order_by(), 0
    try:
        with bounded_statement(seconds=limits().count_seconds):
            found = items[: most + 1].count()
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


def _planned(items: QuerySet[Item]) -> int:
    """Return how many rows PostgreSQL's planner expects, from what ANALYZE last saw."""
    (plan,) = orjson.loads(items.explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])
