"""Finding items and collections: what a query means in the database."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q

from catalog.models import Item
from catalog.models.item import ItemQuerySet
from catalog.querying.counting import Matched, count_matched
from catalog.querying.datetimes import Interval
from catalog.querying.paging import Page, fetch_page
from catalog.querying.query import SearchQuery
from catalog.querying.sorting import ordering
from catalog.querying.statements import ask_bounded


@dataclass(frozen=True)
class SearchResult:
    page: Page
    matched: Matched


def search_items(query: SearchQuery, *, user: User | AnonymousUser) -> SearchResult:
    """Find the page of visible items that is asked for, and how many match in all: by two queries, of many three."""
    items = matching_items(query, user=user)
    order = ordering(query.sort)
    annotated = items.annotate(**order.annotations)
    page = ask_bounded(lambda: fetch_page(annotated, limit=query.limit, token=query.token, order=order.keys))
    return SearchResult(page=page, matched=count_matched(items, page=page))


def matching_items(query: SearchQuery, *, user: User | AnonymousUser) -> ItemQuerySet:
    """Return all that the user may see of what is asked for, in no order."""
    items = Item.objects.visible_to(user)
    if query.collections is not None:
        items = items.filter(collection_id__in=query.collections)
    if query.ids is not None:
        items = items.filter(item_id__in=query.ids)
    if query.interval is not None:
        items = items_of_time(query.interval, items)
    if query.areas is not None:
        items = items.filter(reduce(or_, (Q(geometry__intersects=area) for area in query.areas)))
    return items.filter(*query.conditions)


def items_of_time(interval: Interval, items: ItemQuerySet) -> ItemQuerySet:
    """Keep items of the interval: an item lasts from its start to its end, and matches when the two overlap."""
    if interval.end is not None:
        items = items.filter(start_datetime__lte=interval.end)
    if interval.start is not None:
        items = items.filter(end_datetime__gte=interval.start)
    return items
