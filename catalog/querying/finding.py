"""Finding items and collections: what a query means in the database."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import connections
from django.db.models import Q, QuerySet

from catalog.models import Item
from catalog.models.item import ItemQuerySet
from catalog.querying.compiled import Statement, compile_plain, shape_of
from catalog.querying.counting import Matched, count_matched
from catalog.querying.datetimes import Interval
from catalog.querying.item_rows import COLUMNS, read_statement
from catalog.querying.paging import POSITION, Page, fetch_page, first_page
from catalog.querying.query import SearchQuery
from catalog.querying.sorting import Ordering, ordering, telling_of_sort
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
    key = (sight.reader, sight.version, query.collections, query.key) if sight and query.key else None
    named = _named(query, sight)
    shape = shape_of(query, named=named)

    def items() -> ItemQuerySet:
        return matching_items(query, user=user, sight=sight)

    if shape is None:
        with telling_of_sort(query.sort):
            page = ask_bounded(partial(_fetch_page, query, items()))
        return SearchResult(page=page, matched=count_matched(items, page=page, key=key))

    def some(most: int) -> Statement:
        return compile_plain(shape._replace(limit=most), query, named=named, build=_some_plain_rows)

    first = compile_plain(shape, query, named=named, build=_first_plain_rows)
    page = ask_bounded(lambda: first_page(read_statement(*first), limit=query.limit))
    return SearchResult(page=page, matched=count_matched(items, page=page, key=key, some=some))


def _fetch_page(query: SearchQuery, items: ItemQuerySet) -> Page:
    order = ordering(query.sort)
    return fetch_page(_begun(query, items, order), limit=query.limit, token=query.token, order=order.keys)


def _begun(query: SearchQuery, items: ItemQuerySet, order: Ordering) -> QuerySet[Item]:
    """Return the items with what their order needs."""
    annotated = items.annotate(**order.annotations) if order.annotations else items
    if query.interval is not None and query.interval.end is not None and query.areas is not None:
        # Implied by the interval, but in this form an index in the page's order gives where to begin.
        annotated = annotated.filter(start_datetime__lte=query.interval.end)
    return annotated


def _first_plain_rows(query: SearchQuery, named: tuple[str, ...]) -> QuerySet[Item, Any]:
    order = ordering(())
    begun = _begun(query, _plain_items(query, named), order)
    ordered = begun.order_by(*(each.ordering(backward=False) for each in order.keys))
    return ordered.values_list(*COLUMNS, *POSITION)[: query.limit + 1]


def _some_plain_rows(query: SearchQuery, named: tuple[str, ...]) -> QuerySet[Item, Any]:
    return _plain_items(query, named).order_by().values("pk_id")[: query.limit]


def _plain_items(query: SearchQuery, named: tuple[str, ...]) -> ItemQuerySet:
    return _narrowed(query, _items_of(named))


def matching_items(query: SearchQuery, *, user: User | AnonymousUser, sight: Sight | None = None) -> ItemQuerySet:
    """Return all that the user may see of what is asked for, in no order."""
    return _narrowed(query, _visible_items(query, user=user, sight=sight))


def _narrowed(query: SearchQuery, items: ItemQuerySet) -> ItemQuerySet:
    """Keep the items that the search asks for."""
    if query.ids is not None:
        items = items.filter(item_id__in=query.ids)
    if query.interval is not None:
        items = items_of_time(query.interval, items, has_place=query.areas is not None)
    if query.areas is not None:
        items = items.filter(reduce(or_, (Q(geometry__intersects=area) for area in query.areas)))
    return items.filter(*query.conditions) if query.conditions else items


def _named(query: SearchQuery, sight: Sight | None) -> tuple[str, ...]:
    """Return the ids of the collections to look into; none where they aren't known, or are too many to be named."""
    if sight is None:
        return ()
    asked = query.collections
    named = sight.collections if asked is None else sight.collections.intersection(asked)
    return tuple(sorted(named)) if len(named) <= MOST_NAMED else ()


def _items_of(named: tuple[str, ...]) -> ItemQuerySet:
    return (
        Item.objects.filter(collection_id=named[0]) if len(named) == 1 else Item.objects.filter(collection_id__in=named)
    )


def _visible_items(query: SearchQuery, *, user: User | AnonymousUser, sight: Sight | None) -> ItemQuerySet:
    """Keep items of collections that the user sees, and of those that are asked for."""
    if named := _named(query, sight):
        return _items_of(named)
    items = Item.objects.visible_to(user)
    return items if query.collections is None else items.filter(collection_id__in=query.collections)


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
