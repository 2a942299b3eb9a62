"""A search as the client asked it, parsed from a query string or a body into one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import orjson
from django.contrib.gis.geos import GEOSGeometry
from django.http import QueryDict

from catalog.conf import limits
from catalog.errors import InvalidParameter
from catalog.querying.conditions import FILTER_PARAMETERS, parse_conditions
from catalog.querying.datetimes import Interval, parse_interval
from catalog.querying.fields import FieldSelection, parse_fields
from catalog.querying.geometry import parse_bbox, parse_geometry
from catalog.querying.sorting import SortKey, parse_sortby


@dataclass(frozen=True)
class SearchQuery:
    """None is: not asked for. `areas` are alternatives: an item that meets one of them is matched."""

    collections: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    areas: tuple[GEOSGeometry, ...] | None = None
    interval: Interval | None = None
    limit: int = 10
    token: str | None = None
    # Expressions, all of which must hold.
    conditions: tuple[Any, ...] = ()
    sort: tuple[SortKey, ...] = ()
    fields: FieldSelection | None = None
    # What was asked for, whichever page of it: alike for searches that find the same. Empty where that isn't known.
    key: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Return whether it finds all items of its collections."""
        return self.ids is None and self.areas is None and self.interval is None and not self.conditions

    def within(self, collection_id: str) -> "SearchQuery":
        """Return the same search in one collection; it finds nothing when it names others only."""
        here = self.collections is None or collection_id in self.collections
        return replace(self, collections=(collection_id,) if here else ())


def parse_query_string(params: QueryDict) -> SearchQuery:
    """Read a GET's parameters: lists have commas, `intersects` is JSON. Empty ones count as not given."""
    given: dict[str, Any] = {}
    for name, values in params.lists():
        text = ",".join(values)
        if text or name == "fields":
            given[name] = _from_text(name, text)
    return parse_body(given)


def _from_text(name: str, text: str) -> Any:
    if name in {"collections", "ids"}:
        return [part for part in text.split(",") if part]
    if name == "bbox":
        return text.split(",")
    if name in {"intersects", "query"}:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise InvalidParameter(name, f"not JSON: {error}") from error
    return text


def parse_body(body: Mapping[str, Any]) -> SearchQuery:
    """Read a POST's body. Unknown members are refused: a misspelt one would silently match everything."""
    for name in body:
        if name not in KNOWN:
            raise InvalidParameter(name, f"not known here; allowed are {', '.join(sorted(KNOWN))}")
    # STAC's validator wants `fields` to be refused where it is null.
    given = {name: value for name, value in body.items() if value is not None or name == "fields"}
    if "bbox" in given and "intersects" in given:
        raise InvalidParameter("intersects", "give either bbox or intersects, not both")
    asked = {name: value for name, value in given.items() if name not in SHOWING}
    fields: dict[str, Any] = {
        "limit": limits().default_page_items,
        "conditions": parse_conditions(given),
        "key": blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=16).digest(),
    }
    for name, value in given.items():
        if name not in PARSERS:
            continue
        field, parse = PARSERS[name]
        fields[field] = parse(value, name=name)
    return SearchQuery(**fields)


def parse_identifiers(value: object, *, name: str) -> tuple[str, ...] | None:
    """Read ids; an empty list asks for nothing in particular, as elsewhere, a lone string is a list of one."""
    identifiers = [value] if isinstance(value, str) else value
    if not isinstance(identifiers, list) or not all(isinstance(each, str) for each in identifiers):
        raise InvalidParameter(name, "give a list of strings")
    if len(identifiers) > limits().max_ids:
        raise InvalidParameter(name, f"at most {limits().max_ids} may be named")
    if any("\x00" in each for each in identifiers):
        raise InvalidParameter(name, "an id has no control characters")
    return tuple(identifiers) or None


def parse_limit(value: object, *, name: str) -> int:
    return parse_whole_number(value, name=name, most=limits().max_page_items)


def parse_whole_number(value: object, *, name: str, most: int) -> int:
    """Read a number of at least 1; what exceeds `most` is lowered to it."""
    # JSON numbers beyond 64 bits arrive as floats.
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not digits.isascii() or not digits.isdigit() or not digits.strip("0"):
        raise InvalidParameter(name, f"give a whole number from 1 to {most}")
    # Compared by its length first: Python refuses to read numbers of thousands of digits.
    return most if len(digits.lstrip("0")) > len(str(most)) else min(int(digits), most)


def _parse_token(value: object, *, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidParameter(name, "give the string that a `next` or `prev` link holds")
    return value


# Parameter → (field of SearchQuery, its parser).
PARSERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "collections": ("collections", parse_identifiers),
    "ids": ("ids", parse_identifiers),
    "bbox": ("areas", parse_bbox),
    "intersects": ("areas", parse_geometry),
    "datetime": ("interval", parse_interval),
    "limit": ("limit", parse_limit),
    "token": ("token", _parse_token),
    "sortby": ("sort", parse_sortby),
    "fields": ("fields", parse_fields),
}
# Those that say which of the items that are found are shown, and how.
SHOWING = frozenset({"limit", "token", "sortby", "fields"})
KNOWN = FILTER_PARAMETERS | PARSERS.keys()
