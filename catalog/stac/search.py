"""Finding items and collections: what a query means in the database."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser, User
from django.db import DataError, OperationalError
from django.db.models import Q, QuerySet

from catalog.models import Item
from catalog.services.statement_time import statement_time_limit

from .conf import limits
from .cql2.errors import InvalidFilter
from .paging import Page, fetch_page
from .query import SearchQuery
from .sorting import ordering

# What SQLite and PostgreSQL say of a statement that goes beyond what they were built for.
TOO_COMPLEX = ("Expression tree is too large", "too many SQL variables", "stack depth limit exceeded")


@dataclass(frozen=True)
class SearchResult:
    page: Page
    matched: int


def search_items(query: SearchQuery, *, user: User | AnonymousUser) -> SearchResult:
    """The page of visible items that the query asks for, and how many match in all: two queries."""
    items = matching_items(query, user=user)
    order = ordering(query.sort)
    try:
        with statement_time_limit(limits().search_seconds):
            annotated = items.annotate(**order.annotations)
            page = fetch_page(annotated, limit=query.limit, token=query.token, order=order.keys)
            return SearchResult(page=page, matched=items.count())
    except DataError as error:
        # What only the data could tell, as a number that grows too large.
        raise InvalidFilter("it can't be evaluated on these items") from error
    except OperationalError as error:
        if any(sign in str(error) for sign in TOO_COMPLEX):
            raise InvalidFilter("it is too large for the database; ask for less at once") from error
        raise


def matching_items(query: SearchQuery, *, user: User | AnonymousUser) -> QuerySet[Item]:
    items = Item.objects.visible_to(user)
    if query.collections is not None:
        items = items.filter(collection_id__in=query.collections)
    if query.ids is not None:
        items = items.filter(item_id__in=query.ids)
    if query.interval is not None:
        # An item lasts from its start to its end: it matches when that overlaps with what was asked for.
        if query.interval.end is not None:
            items = items.filter(start_datetime__lte=query.interval.end)
        if query.interval.start is not None:
            items = items.filter(end_datetime__gte=query.interval.start)
    if query.areas is not None:
        items = items.filter(reduce(or_, (Q(geometry__intersects=area) for area in query.areas)))
    return items.filter(*query.conditions)
