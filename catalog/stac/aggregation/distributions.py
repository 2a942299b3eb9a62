"""Frequency distributions: the buckets that items fall into, as `(number of items, bucket)`."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Count, F, FloatField, Max, Min, QuerySet, Value
from django.db.models.functions import Floor, Trunc

from catalog.conf import limits
from catalog.errors import InvalidParameter
from catalog.models import Item
from catalog.querying.sql.functions import Arithmetic, CodePoints
from catalog.querying.sql.grid_cells import CentroidCell, GeometryCells
from catalog.querying.sql.grids import PRECISIONS, Grid, Window
from catalog.querying.sql.properties import NumberProperty, TextProperty
from catalog.stac.core.documents import timestamp

Key = TypeVar("Key", str, int, float, datetime)
# Keys and how many items have each.
Rows = Sequence[tuple[Key, int]]
# How many buckets a distribution of numbers aims at, at most.
NUMERIC_BUCKETS = 20
# Of a step: 0.3 is three steps of 0.1, which division makes a little less.
NUDGE = 1e-9
# The shortest interval that divides a span into some hundred: (longest span, interval).
SPANS = (
    (timedelta(minutes=2), "second"),
    (timedelta(hours=2), "minute"),
    (timedelta(days=4), "hour"),
    (timedelta(days=120), "day"),
    (timedelta(days=2 * 366), "week"),
    (timedelta(days=10 * 366), "month"),
)
# Areas of a search beyond which the box around all of them is taken.
MAX_WINDOWS = 16


@dataclass(frozen=True)
class Distribution:
    """`placed` items are in some bucket."""

    buckets: list[dict[str, Any]]
    placed: int


def by_collection(items: QuerySet[Item]) -> Distribution:
    return _terms(items, CodePoints(F("collection_id")))


def by_property(items: QuerySet[Item], *, name: str) -> Distribution:
    """Count items by a property: by ranges of its numbers where there are any, else by its texts."""
    number = NumberProperty("properties", name)
    span = items.aggregate(low=Min(number), high=Max(number))
    if span["low"] is None:
        return _terms(items, TextProperty("properties", name))
    step = nice_step(span["low"], span["high"])
    position = Floor(Arithmetic("+", Arithmetic("/", number, _number(step)), _number(NUDGE)))
    return of_ranges(sorted(_counted(items, position)), step=step)


def by_time(items: QuerySet[Item], *, interval: str | None) -> Distribution:
    """Count items by when they begin, in UTC."""
    if interval is None:
        span = items.aggregate(low=Min("start_datetime"), high=Max("start_datetime"))
        interval = fitting_interval(span["low"], span["high"])
    return of_times(_counted(items, Trunc("start_datetime", interval, tzinfo=UTC)))


def by_centroid(items: QuerySet[Item], *, grid: Grid) -> Distribution:
    return of_cells(_counted(items, CentroidCell(F("geometry"), grid=grid)), grid=grid)


def by_geometry(
    items: QuerySet[Item], *, grid: Grid, areas: tuple[GEOSGeometry, ...] | None, parameter: str
) -> Distribution:
    """Count items by the cells that they meet, of those in the area that was searched."""
    windows = _windows(areas, grid=grid, parameter=parameter)
    cells = GeometryCells(F("geometry"), grid=grid, windows=windows)
    counts: Counter[int] = Counter()
    placed = 0
    for row in _grouped(items, cells).iterator():
        if row["key"] is None:
            continue
        placed += row["count"]
        for cell in row["key"].split(" "):
            counts[int(cell)] += row["count"]
    return Distribution(of_cells(fullest(counts, most=None), grid=grid).buckets, placed)


def _windows(areas: tuple[GEOSGeometry, ...] | None, *, grid: Grid, parameter: str) -> list[Window]:
    extents = [area.extent for area in areas or ()] or [(-180.0, -90.0, 180.0, 90.0)]
    if len(extents) > MAX_WINDOWS:
        wests, souths, easts, norths = zip(*extents, strict=True)
        extents = [(min(wests), min(souths), max(easts), max(norths))]
    windows = [grid.window(*extent) for extent in extents]
    if sum(window.cells for window in windows) > limits().max_grid_cells:
        fitting = (
            each
            for each in reversed(PRECISIONS[grid.kind])
            if sum(Grid(grid.kind, each).window(*extent).cells for extent in extents) <= limits().max_grid_cells
        )
        raise InvalidParameter(parameter, f"at most {next(fitting, 'none')} for this area; search a smaller one")
    return windows


def _number(value: float) -> Value:
    return Value(value, output_field=FloatField())


def _grouped(items: QuerySet[Item], key: Any) -> Any:
    """Group items by key, those without one too: to filter them, the database would compute each key twice."""
    keyed: Any = items.order_by().annotate(key=key)
    return keyed.values("key").annotate(count=Count("*"))


def _counted(items: QuerySet[Item], key: Any) -> list[tuple[Any, int]]:
    """Return keys and how many items have each, the most frequent first; among equals the lower key."""
    most = limits().max_buckets
    rows = _grouped(items, key).order_by("-count", "key")[: most + 1]
    return [(row["key"], row["count"]) for row in rows if row["key"] is not None][:most]


def _terms(items: QuerySet[Item], key: Any) -> Distribution:
    return of_terms(_counted(items, key))


def fullest(counts: Mapping[Key, int], *, most: int | None) -> list[tuple[Key, int]]:
    """Return keys and how many items have each, the most frequent first; among equals the lower key."""
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:most]


def of_terms(rows: Rows[str]) -> Distribution:
    return _distribution([(count, _text(term)) for term, count in rows])


def of_times(rows: Rows[datetime]) -> Distribution:
    return _distribution([(count, {"key": timestamp(key), "data_type": "datetime"}) for key, count in sorted(rows)])


def of_cells(rows: Rows[int], *, grid: Grid) -> Distribution:
    return _distribution([(count, _text(grid.key(cell))) for cell, count in rows])


def of_ranges(rows: Rows[float], *, step: float) -> Distribution:
    return _distribution([(count, _range(key, step)) for key, count in rows])


def _text(key: str) -> dict[str, Any]:
    return {"key": key, "data_type": "string"}


def _distribution(rows: list[tuple[int, Mapping[str, Any]]]) -> Distribution:
    return Distribution([{**bucket, "frequency": count} for count, bucket in rows], sum(count for count, _ in rows))


def _range(position: float, step: float) -> dict[str, Any]:
    digits = max(0, 1 - math.floor(math.log10(step)))
    low, high = round(float(position) * step, digits), round((float(position) + 1) * step, digits)
    return {"key": f"{low}-{high}", "data_type": "numeric", "from": low, "to": high}


def nice_step(low: float, high: float) -> float:
    """Return 1, 2 or 5 times a power of ten, so that some twenty steps go from `low` to `high`."""
    wanted = high / NUMERIC_BUCKETS - low / NUMERIC_BUCKETS or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(wanted))
    return next((power * factor for factor in (1, 2, 5) if power * factor >= wanted), power * 10)


def fitting_interval(low: datetime | None, high: datetime | None) -> str:
    if low is None or high is None:
        return "year"
    return next((interval for span, interval in SPANS if high - low <= span), "year")
