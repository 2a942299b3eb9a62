"""Aggregations of all that a reader sees, or of some collections, from counts that were kept as items came and went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, QuerySet

from catalog.conf import limits
from catalog.models import Item
from catalog.querying.cell_tallies import MEETINGS, MIDDLES, coarser_cells, meeting_part, middle_part
from catalog.querying.finding import Sight
from catalog.querying.item_tallies import (
    BEGIN,
    END,
    NUMBER,
    TEXT,
    UNCOUNTED,
    Part,
    Tally,
    add_up,
    is_tallied,
    read_steps,
)
from catalog.querying.sql.grids import Grid
from catalog.querying.statements import ask_bounded
from catalog.services.collections.prepared_tallies import tallies_of
from catalog.stac.aggregation.available import GRIDS, property_of
from catalog.stac.aggregation.distributions import (
    Distribution,
    Key,
    fitting_interval,
    fullest,
    nice_step,
    of_cells,
    of_ranges,
    of_terms,
    of_times,
)
from catalog.stac.aggregation.query import AggregationQuery

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Months that a quarter and a year have.
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass
class Ready:
    values: dict[str, Any] = field(default_factory=dict)
    distributions: dict[str, Distribution] = field(default_factory=dict)


def find_ready(query: AggregationQuery, items: QuerySet[Item], *, sight: Sight | None) -> Ready:
    """Return what can be told from kept counts, of those that are asked for; nothing of a search that filters."""
    parts = {BEGIN, END} | {part for name in query.names for part in _parts(name, query)}
    tallies = tallies_of(query.search, sight=sight, parts=parts)
    if tallies is None:
        return Ready()
    total = add_up((tally, 1) for tally in tallies.values())
    days = {int(day): count for day, count in total.get(BEGIN, {}).items()}
    ready = Ready({"total_count": sum(days.values())} | _ends(query, items, total))
    for name in query.names:
        distribution = _distribution(name, query, items, total, tallies)
        if distribution is not None:
            ready.distributions[name] = distribution
    return ready


def _parts(name: str, query: AggregationQuery) -> tuple[str, ...]:
    """Return the parts that an aggregation reads besides the days."""
    if name in GRIDS:
        grid = query.grids[name]
        return (middle_part(grid.kind), *((meeting_part(grid),) if GRIDS[name].place == "geometry" else ()))
    described = property_of(name)
    return (f"{NUMBER}{described}", f"{TEXT}{described}") if described and is_tallied(described) else ()


def _ends(query: AggregationQuery, items: QuerySet[Item], total: Tally) -> dict[str, Any]:
    """Return the first and last moment, found among the items of the first and the last day."""
    found: dict[str, Any] = {}
    if "datetime_min" in query.names:
        found["datetime_min"] = _first_begin(items, total)
    if "datetime_max" in query.names:
        days = total.get(END)
        last = items.filter(end_datetime__gte=_day(max(map(int, days)))) if days else items.none()
        found["datetime_max"] = ask_bounded(lambda: last.aggregate(at=Max("end_datetime")))["at"]
    return found


def _first_begin(items: QuerySet[Item], total: Tally) -> datetime | None:
    days = total.get(BEGIN)
    first = items.filter(start_datetime__lt=_day(min(map(int, days)) + 1)) if days else items.none()
    found: datetime | None = ask_bounded(lambda: first.aggregate(at=Min("start_datetime")))["at"]
    return found


def _distribution(
    name: str, query: AggregationQuery, items: QuerySet[Item], total: Tally, tallies: Mapping[str, Tally]
) -> Distribution | None:
    if name == "collection_frequency":
        counts = {each: sum(tally.get(BEGIN, {}).values()) for each, tally in tallies.items()}
        return of_terms(_most({each: count for each, count in counts.items() if count}))
    if name == "datetime_frequency":
        return _by_time(items, total, interval=query.interval)
    if name in GRIDS:
        return _by_cell(total, grid=query.grids[name], place=GRIDS[name].place)
    described = property_of(name)
    return _by_property(total, described) if described and is_tallied(described) else None


def _by_time(items: QuerySet[Item], total: Tally, *, interval: str | None) -> Distribution | None:
    days = {int(day): count for day, count in total.get(BEGIN, {}).items()}
    if interval is None and days:
        last = items.filter(start_datetime__gte=_day(max(days)))
        high = ask_bounded(lambda: last.aggregate(at=Max("start_datetime")))["at"]
        interval = fitting_interval(_first_begin(items, total), high)
    if interval in {"hour", "minute", "second"}:
        return None
    counts: dict[datetime, int] = {}
    for day, count in days.items():
        begin = _begin(_day(day), interval or "year")
        counts[begin] = counts.get(begin, 0) + count
    return of_times(_most(counts))


def _by_cell(total: Tally, *, grid: Grid, place: str) -> Distribution | None:
    middles = total.get(middle_part(grid.kind), {})
    if place == "centroid":
        if grid.precision > MIDDLES[grid.kind]:
            return None
        return of_cells(_most(_numbered(coarser_cells(middles, grid=grid))), grid=grid)
    counts = total.get(meeting_part(grid), {})
    if grid.precision not in MEETINGS[grid.kind] or UNCOUNTED in counts:
        return None
    cells = fullest(_numbered(counts), most=None)
    return Distribution(of_cells(cells, grid=grid).buckets, sum(middles.values()))


def _by_property(total: Tally, name: str) -> Distribution | None:
    numbers = total.get(f"{NUMBER}{name}")
    if not numbers:
        texts = total.get(f"{TEXT}{name}", {})
        return None if UNCOUNTED in texts else of_terms(_most({key[1:]: count for key, count in texts.items()}))
    power, steps = read_steps(numbers)
    step = nice_step(min(steps) * 10.0**power, max(steps) * 10.0**power)
    several = round(step / 10.0**power)
    if several < 1:
        # What was counted is not as fine.
        return None
    counts: dict[float, int] = {}
    for position, count in steps.items():
        counts[position // several] = counts.get(position // several, 0) + count
    return of_ranges(sorted(counts.items()), step=step)


def _most(counts: Mapping[Key, int]) -> list[tuple[Key, int]]:
    return fullest(counts, most=limits().max_buckets)


def _numbered(counts: Part) -> dict[int, int]:
    return {int(key): count for key, count in counts.items()}


def _day(number: int) -> datetime:
    return EPOCH + timedelta(days=number)


def _begin(day: datetime, interval: str) -> datetime:
    """Return the day that the interval begins with which this day is in."""
    if interval == "week":
        return day - timedelta(days=day.weekday())
    if interval == "day":
        return day
    months = MONTHS[interval]
    return day.replace(day=1, month=(day.month - 1) // months * months + 1)
