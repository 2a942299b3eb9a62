"""A request for aggregations, parsed from a query string or a body."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from catalog.conf import limits
from catalog.errors import InvalidParameter
from catalog.querying.query import SearchQuery, parse_body, parse_query_string
from catalog.querying.sql.grids import PRECISIONS, Grid
from catalog.querying.sql.properties import UNNAMEABLE
from catalog.stac.aggregation.available import BUCKETS, GRIDS, SINGLE_VALUES, property_of

INTERVALS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
INTERVAL = "datetime_frequency_interval"
PRECISION = "_precision"
OWN = ("aggregations", INTERVAL, *(f"{name}{PRECISION}" for name in GRIDS))


@dataclass(frozen=True)
class AggregationQuery:
    """Of the items that `search` finds, whatever page it asks for."""

    search: SearchQuery
    names: tuple[str, ...] = ()
    # Of datetime_frequency; None fits it to the time that the items span.
    interval: str | None = None
    grids: Mapping[str, Grid] = field(default_factory=dict)

    def within(self, collection_id: str) -> "AggregationQuery":
        return replace(self, search=self.search.within(collection_id))


def parse_aggregation_params(params: QueryDict) -> AggregationQuery:
    others = params.copy()
    own: dict[str, Any] = {name: ",".join(others.pop(name)) for name in OWN if name in others}
    own = {name: text for name, text in own.items() if text}
    if "aggregations" in own:
        own["aggregations"] = [name for name in own["aggregations"].split(",") if name]
    return _parsed(own, search=parse_query_string(others))


def parse_aggregation_body(body: Mapping[str, Any]) -> AggregationQuery:
    own = {name: body[name] for name in OWN if body.get(name) is not None}
    return _parsed(own, search=parse_body({name: value for name, value in body.items() if name not in OWN}))


def _parsed(own: Mapping[str, Any], *, search: SearchQuery) -> AggregationQuery:
    interval = own.get(INTERVAL)
    if interval is not None and interval not in INTERVALS:
        raise InvalidParameter(INTERVAL, f"one of {', '.join(INTERVALS)}")
    return AggregationQuery(
        search=search,
        names=_names(own.get("aggregations", [])),
        interval=interval,
        grids={name: _grid(name, own.get(f"{name}{PRECISION}")) for name in GRIDS},
    )


def _names(value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidParameter("aggregations", "give a list of names, such as total_count")
    names = list(dict.fromkeys(names))
    if len(names) > limits().max_aggregations:
        raise InvalidParameter("aggregations", f"at most {limits().max_aggregations} at once")
    for name in names:
        if not _is_known(name):
            raise InvalidParameter("aggregations", f"{name[:80]!r} is not one; `aggregations` lists them")
    return tuple(names)


def _is_known(name: str) -> bool:
    if name in SINGLE_VALUES or name in BUCKETS:
        return True
    described = property_of(name)
    return described is not None and len(described) <= 256 and not UNNAMEABLE.search(described)


def _grid(name: str, value: Any) -> Grid:
    """Return the grid of an aggregation; its precision is a number or, in a query string, digits."""
    kind, precision = GRIDS[name].kind, GRIDS[name].precision
    allowed = PRECISIONS[kind]
    if value is not None:
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        precision = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    if precision not in allowed:
        raise InvalidParameter(f"{name}{PRECISION}", f"a whole number from {allowed[0]} to {allowed[-1]}")
    return Grid(kind, precision)
