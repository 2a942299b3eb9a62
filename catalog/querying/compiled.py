"""Keep the SQL of plain searches, which differ in their values alone: to compile it takes longer than to run it.

Plain is a search by collections, areas and time, whose page is the first one in the usual order. Its statement is
compiled by Django once, of values that no client can give, and found again by how many there are of each kind.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import QuerySet

from catalog.documents.footprints import SRID
from catalog.models import Item
from catalog.querying.datetimes import Interval
from catalog.querying.query import SearchQuery

# Returns the rows to read of a search, in collections of these ids.
Build = Callable[[SearchQuery, tuple[str, ...]], QuerySet[Item, Any]]
# SQL and its parameters.
Statement = tuple[str, Sequence[Any]]
# A box that crosses the antimeridian is two areas.
MOST_AREAS = 2
START, END = (datetime(1, 1, day, tzinfo=UTC) for day in (2, 3))


class Shape(NamedTuple):
    """Tell how many values of which kind a plain search has. Without areas, as without an interval: None."""

    collections: int
    areas: int | None
    interval: tuple[bool, bool] | None
    limit: int


def shape_of(query: SearchQuery, *, named: Sequence[str]) -> Shape | None:
    """Return the shape of a plain search in these collections; None of others, and on SQLite."""
    is_plain = not (query.conditions or query.sort or query.token) and query.ids is None
    if not is_plain or not named or connection.vendor != "postgresql":
        return None
    areas = None if query.areas is None else len(query.areas)
    if areas is not None and areas > MOST_AREAS:
        return None
    between = query.interval
    interval = None if between is None else (between.start is not None, between.end is not None)
    return Shape(len(named), areas, interval, query.limit)


def compile_plain(shape: Shape, query: SearchQuery, *, named: tuple[str, ...], build: Build) -> Statement:
    """Return the statement of the rows that ``build`` returns of a search of this shape."""
    sql, places = _compiled(shape, build)
    values = _values(query, named)
    return sql, [values[place] for place in places]


def _values(query: SearchQuery, named: tuple[str, ...]) -> list[Any]:
    interval = query.interval or Interval(None, None)
    return [*named, *map(PostGISAdapter, query.areas or ()), interval.start, interval.end]


@lru_cache(512)
def _compiled(shape: Shape, build: Build) -> tuple[str, tuple[int, ...]]:
    """Return the SQL of a shape, and for each of its parameters which of the values it is."""
    # None is an id: it has a slash.
    named = tuple(f"collection/{number}" for number in range(shape.collections))
    areas = None if shape.areas is None else tuple(Point(0.5, number, srid=SRID) for number in range(shape.areas))
    interval = None
    if shape.interval is not None:
        has_start, has_end = shape.interval
        interval = Interval(START if has_start else None, END if has_end else None)
    query = SearchQuery(areas=areas, interval=interval, limit=shape.limit)
    values = _values(query, named)
    sql, params = build(query, named).query.sql_with_params()
    return sql, tuple(values.index(value) for value in params)
