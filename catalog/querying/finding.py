"""Finding items and collections: what a query means in the database."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser, User
from django.db import connections
from django.db.models import Q

from catalog.models import Item
from catalog.models.item import ItemQuerySet
from catalog.querying.counting import Matched, count_matched
from catalog.querying.datetimes import Interval
from catalog.querying.paging import Page, fetch_page
from catalog.querying.query import SearchQuery
from catalog.querying.sorting import ordering
from catalog.querying.sql.functions import During
from catalog.querying.statements import ask_bounded

# Collections that a statement names, which tells the database's planner more than a table to look them up in.
MOST_NAMED = 200


@dataclass(frozen=True)
class SearchResult:
    page: Page
    matched: Matched


@dataclass(frozen=True, slots=True)
class Sight:
    """Hold the ids of all collections that a reader sees, as of a version of the catalog."""

    collections: frozenset[str]
    reader: Hashable
    version: str


def search_items(query: SearchQuery, *, user: User | AnonymousUser, sight: Sight | None = None) -> SearchResult:
    """Find the page of visible items that is asked for, and how many match in all: by two statements, of many three.

    With what the user is known to see, what was counted is remembered.
    """
    items = matching_items(query, user=user, sight=sight)
    order = ordering(query.sort)
    annotated = items.annotate(**order.annotations) if order.annotations else items
    if query.interval is not None and query.interval.end is not None and query.areas is not None:
        # Implied by the interval, but in this form an index in the page's order gives where to begin.
        annotated = annotated.filter(start_datetime__lte=query.interval.end)
    page = ask_bounded(lambda: fetch_page(annotated, limit=query.limit, token=query.token, order=order.keys))
    key = (sight.reader, sight.version, query.collections, query.key) if sight and query.key else None
    return SearchResult(page=page, matched=count_matched(items, page=page, key=key))


def matching_items(query: SearchQuery, *, user: User | AnonymousUser, sight: Sight | None = None) -> ItemQuerySet:
    """Return all that the user may see of what is asked for, in no order."""
    items = _visible_items(query.collections, user=user, sight=sight)
    if query.ids is not None:
        items = items.filter(item_id__in=query.ids)
    if query.interval is not None:
        items = items_of_time(query.interval, items, has_place=query.areas is not None)
    if query.areas is not None:
        items = items.filter(reduce(or_, (Q(geometry__intersects=area) for area in query.areas)))
    return items.filter(*query.conditions) if query.conditions else items


def _visible_items(asked: tuple[str, ...] | None, *, user: User | AnonymousUser, sight: Sight | None) -> ItemQuerySet:
    """Keep items of collections that the user sees, and of those that are asked for."""
    if sight is not None:
        named = sorted(sight.collections if asked is None else sight.collections.intersection(asked))
        if len(named) == 1:
            return Item.objects.filter(collection_id=named[0])
        if len(named) <= MOST_NAMED:
            return Item.objects.filter(collection_id__in=named)
    items = Item.objects.visible_to(user)
    return items if asked is None else items.filter(collection_id__in=asked)


def items_of_time(interval: Interval, items: ItemQuerySet, *, has_place: bool = False) -> ItemQuerySet:
    """Keep items of the interval: an item lasts from its start to its end, and matches when the two overlap.

    ``has_place``: a condition on places is made as well, with which PostgreSQL has times in one index.
    """
    if has_place and connections[items.db].vendor == "postgresql":
        return items.filter(During(interval.start, interval.end))
    if interval.end is not None:
        items = items.filter(start_datetime__lte=interval.end)
    if interval.start is not None:
        items = items.filter(end_datetime__gte=interval.start)
    return items
