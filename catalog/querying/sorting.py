"""Orders that clients ask for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from catalog.errors import InvalidParameter, SortTookTooLong, TookTooLong
from catalog.querying.cql2.operands import COLUMNS, property_operand
from catalog.querying.paging import NEWEST_FIRST, OrderKey
from catalog.querying.sql.properties import NumberProperty, TextProperty

MAX_KEYS = 8
TIE_BREAK = OrderKey("pk_id", descending=True)
# Columns that have an order of their own.
SORTABLE_COLUMNS = ("id", "collection", "datetime", "start_datetime", "end_datetime")
# Those that are read in order, without looking at all.
INDEXED = frozenset({"datetime", "start_datetime", "end_datetime"})


@dataclass(frozen=True)
class SortKey:
    field: str
    descending: bool = False


@dataclass(frozen=True)
class Ordering:
    """Annotations that the order needs, and its keys, of which the last is unique."""

    annotations: dict[str, Any]
    keys: Sequence[OrderKey]


def parse_sortby(value: Any, *, name: str) -> tuple[SortKey, ...]:
    """Read `-datetime,+id` or `[{"field": "datetime", "direction": "desc"}]`."""
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise InvalidParameter(name, f'give at most {MAX_KEYS} of {{"field": …, "direction": "asc" or "desc"}}')
    return tuple(_parse_key(entry, name=name) for entry in entries)


def _parse_key(entry: Any, *, name: str) -> SortKey:
    if isinstance(entry, str):
        # An unescaped + arrives as a space.
        text = entry.strip()
        entry = {"field": text.removeprefix("+").removeprefix("-"), "direction": "desc" if text[:1] == "-" else "asc"}
    named = entry if isinstance(entry, dict) else {}
    field, direction = named.get("field"), named.get("direction", "asc")
    if not isinstance(field, str) or not field or "\x00" in field or direction not in ("asc", "desc"):
        raise InvalidParameter(name, 'a key has a field and a direction, "asc" or "desc"')
    if field.removeprefix("properties.") == "geometry":
        raise InvalidParameter(name, "geometries have no order")
    return SortKey(field.removeprefix("properties."), descending=direction == "desc")


@contextmanager
def telling_of_sort(sort: Sequence[SortKey]) -> Iterator[None]:
    """Say what to do where sorting by properties, for which every item that matches is read, took too long."""
    try:
        yield
    except TookTooLong as error:
        unindexed = [key.field for key in sort if key.field not in INDEXED]
        if not unindexed or error.code != TookTooLong.code:
            raise
        raise SortTookTooLong(
            f"To sort by {unindexed[0][:80]!r} every item that matches is read, which took too long: narrow the search "
            "by bbox, datetime, collections or a filter, or sort by datetime, which has an index."
        ) from error


def ordering(sort: Sequence[SortKey]) -> Ordering:
    """Return the order of the keys. By a property: numbers first, then texts, and at the end what is neither."""
    if not sort:
        return Ordering({}, NEWEST_FIRST)
    annotations: dict[str, Any] = {}
    keys: list[OrderKey] = []
    for position, key in enumerate(sort):
        label = f"-{key.field}" if key.descending else key.field
        if key.field in COLUMNS:
            alias = f"sort_{position}"
            annotations[alias] = property_operand(key.field).as_kind(COLUMNS[key.field].kind)
            keys.append(OrderKey(alias, descending=key.descending, label=label))
            continue
        for kind, reading in (("number", NumberProperty), ("text", TextProperty)):
            alias = f"sort_{position}_{kind}"
            annotations[alias] = reading("properties", key.field)
            keys.append(OrderKey(alias, descending=key.descending, nullable=True, label=f"{label}:{kind}"))
    return Ordering(annotations, (*keys, TIE_BREAK))
