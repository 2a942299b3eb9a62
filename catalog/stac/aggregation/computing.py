"""Computing what was asked for."""

from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter
from typing import Any

import orjson
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Aggregate, Count, Max, Min, QuerySet

from catalog.models import Item
from catalog.querying.finding import Sight, matching_items
from catalog.querying.statements import ask_bounded, search_deadline
from catalog.services.remembering import remembered
from catalog.stac.aggregation.available import GRIDS, SINGLE_VALUES, property_of
from catalog.stac.aggregation.distributions import (
    Distribution,
    by_centroid,
    by_collection,
    by_geometry,
    by_property,
    by_time,
)
from catalog.stac.aggregation.query import PRECISION, AggregationQuery
from catalog.stac.aggregation.ready import Ready, find_ready
from catalog.stac.core.documents import Document, timestamp

# From when the first item begins to when the last ends.
EXPRESSIONS: dict[str, Callable[[], Aggregate]] = {
    "total_count": lambda: Count("*"),
    "datetime_min": lambda: Min("start_datetime"),
    "datetime_max": lambda: Max("end_datetime"),
}


def aggregate_items(
    query: AggregationQuery, *, user: User | AnonymousUser, sight: Sight | None = None
) -> list[Document]:
    """Compute an Aggregation for each name, in that order; what they take together is bounded as a search is.

    With what the user is known to see, they are computed once for as long as nothing changes.
    """

    def computed() -> bytes:
        items = matching_items(query.search, user=user, sight=sight).order_by()
        return orjson.dumps(list(_aggregations(query, items, find_ready(query, items, sight=sight))))

    about = ("aggregations", query.names, query.interval, sorted(query.grids.items(), key=itemgetter(0)))
    with search_deadline():
        found: list[Document] = orjson.loads(remembered(computed, query=query.search, sight=sight, about=about))
    return found


def _aggregations(query: AggregationQuery, items: QuerySet[Item], ready: Ready) -> Iterator[Document]:
    if not query.names:
        return
    # How many there are in all also tells how many are in no bucket.
    singles = {"total_count", *query.names} & SINGLE_VALUES.keys() - ready.values.keys()
    expressions = {name: EXPRESSIONS[name]() for name in sorted(singles)}
    values = ready.values | (ask_bounded(lambda: items.aggregate(**expressions)) if expressions else {})
    for name in query.names:
        if name in SINGLE_VALUES:
            yield _single_value(name, values[name])
            continue
        distribution = ready.distributions.get(name) or ask_bounded(partial(_distribution, name, query, items))
        yield {
            "name": name,
            "data_type": "frequency_distribution",
            "overflow": values["total_count"] - distribution.placed,
            "buckets": distribution.buckets,
        }


def _single_value(name: str, value: Any) -> Document:
    data_type = SINGLE_VALUES[name]
    return {"name": name, "data_type": data_type, "value": timestamp(value) if data_type == "datetime" else value}


def _distribution(name: str, query: AggregationQuery, items: QuerySet[Item]) -> Distribution:
    if name == "collection_frequency":
        return by_collection(items)
    if name == "datetime_frequency":
        return by_time(items, interval=query.interval)
    if name in GRIDS:
        grid = query.grids[name]
        if GRIDS[name].place == "centroid":
            return by_centroid(items, grid=grid)
        return by_geometry(items, grid=grid, areas=query.search.areas, parameter=f"{name}{PRECISION}")
    described = property_of(name)
    assert described is not None, name
    return by_property(items, name=described)
