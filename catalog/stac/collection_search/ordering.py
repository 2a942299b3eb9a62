"""The order of collections, and places in it that a page goes on from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cmp_to_key
from typing import Any

from django.core import signing

from catalog.errors import InvalidParameter
from catalog.models import Collection
from catalog.querying.sorting import SortKey

SALT = "catalog.stac.collections"
COLUMNS = ("id", "title", "description", "license", "start_datetime", "end_datetime")
# Numbers come first, then texts, and at the end what is neither, whichever the direction.
NUMBER, TEXT, NEITHER = range(3)


@dataclass(frozen=True)
class Position:
    """What a collection is ordered by: for each key which kind of value and the value; then its id."""

    values: tuple[tuple[int, Any], ...]
    id: str


def position_of(collection: Collection, *, sort: Sequence[SortKey]) -> Position:
    return Position(tuple(_ranked(_value(collection, key.field)) for key in sort), collection.id)


def in_order(collections: Sequence[Collection], *, sort: Sequence[SortKey]) -> list[Collection]:
    """Sort collections by the keys, then by id."""

    def compared(first: Position, second: Position) -> int:
        return compare(first, second, sort=sort)

    by_position = cmp_to_key(compared)
    return sorted(collections, key=lambda each: by_position(position_of(each, sort=sort)))


def compare(first: Position, second: Position, *, sort: Sequence[SortKey]) -> int:
    """Return a number below 0 when the first comes before the second, 0 when they are one."""
    for key, (kind, value), (other_kind, other) in zip(sort, first.values, second.values, strict=True):
        if kind != other_kind:
            return kind - other_kind
        if value != other:
            return -1 if (value < other) != key.descending else 1
    return (first.id > second.id) - (first.id < second.id)


def _value(collection: Collection, field: str) -> Any:
    if field == "title":
        return collection.title or collection.id
    return getattr(collection, field) if field in COLUMNS else collection.extra.get(field)


def _ranked(value: Any) -> tuple[int, Any]:
    if isinstance(value, datetime):
        return NUMBER, value.timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return NUMBER, value
    return (TEXT, value) if isinstance(value, str) else (NEITHER, None)


def write_token(position: Position, *, sort: Sequence[SortKey]) -> str:
    return signing.dumps([_fingerprint(sort), position.values, position.id], salt=SALT)


def read_token(token: str, *, sort: Sequence[SortKey]) -> Position:
    """Read a position from a token, which belongs to the order it was written for."""
    try:
        fingerprint, values, identifier = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise InvalidParameter("token", "not one of this site's; follow the links of a page") from error
    if fingerprint != _fingerprint(sort):
        raise InvalidParameter("token", "of a search in another order; start again without it")
    return Position(tuple((kind, value) for kind, value in values), identifier)


def _fingerprint(sort: Sequence[SortKey]) -> list[str]:
    return [f"-{key.field}" if key.descending else key.field for key in sort]
