"""Functions that SQLite lacks, in Python. SQLite calls them; NULL in is NULL out."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC
from typing import Any

import orjson
import shapely
from django.db.backends.base.base import BaseDatabaseWrapper

from catalog.documents.moments import parse_moment
from catalog.querying.sql.grids import centroid_cell, geometry_cells


def ensure_functions(connection: BaseDatabaseWrapper) -> None:
    """Register the functions with this connection to the database, once.

    Called when an expression that uses one is compiled: registering again while a statement runs is an error.
    """
    connection.ensure_connection()
    if getattr(connection, "_catalog_functions_of", None) is connection.connection:
        return
    for name, (arguments, function) in FUNCTIONS.items():
        connection.connection.create_function(name, arguments, function, deterministic=True)
    connection._catalog_functions_of = connection.connection  # type: ignore[attr-defined]  # noqa: SLF001


def timestamp(text: Any) -> str | None:
    """Return a moment as Django writes it into SQLite; None for any other text.

    Documents are taken as they are: a date is its midnight, and without an offset UTC is meant.
    """
    if not isinstance(text, str) or not (match := MOMENT.fullmatch(text)):
        return None
    try:
        moment = parse_moment(f"{match['day']}{match['clock'] or 'T00:00:00'}{match['offset'] or 'Z'}")
    except ValueError:
        return None
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def fold_case(text: Any) -> str | None:
    return text.lower() if isinstance(text, str) else None


def fold_accents(text: Any) -> str | None:
    if not isinstance(text, str):
        return None
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not "\u0300" <= char <= "\u036f"))


def power(base: Any, exponent: Any) -> float | None:
    """Return the power; None where it is no real number that fits."""
    if base is None or exponent is None:
        return None
    try:
        result = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        return None
    return result if isinstance(result, float) else None


def as_glob(pattern: str) -> str:
    """Return LIKE's pattern as one of SQLite's GLOB, where a class of one character stands for a wildcard itself."""
    found = []
    for match in LIKE_TOKENS.finditer(pattern):
        if wildcard := match["any"]:
            found.append(GLOB_WILDCARDS[wildcard])
        else:
            character = match["literal"] or match["plain"]
            found.append(f"[{character}]" if character in "*?[" else character)
    return "".join(found)


def compare_arrays(relation: str, first: Any, second: Any) -> bool | None:
    """Compare JSON arrays as sets: `equals`, `contains`, `containedBy` or `overlaps`."""
    if first is None or second is None:
        return None
    ours, theirs = ({orjson.dumps(_plain(member)) for member in orjson.loads(text)} for text in (first, second))
    return ARRAY_RELATIONS[relation](ours, theirs)


def bbox_wkb(bbox: Any) -> bytes | None:
    """Return the area of a bbox in JSON, as `ExtentGeometry` of PostgreSQL makes it."""
    if bbox is None:
        return None
    numbers = orjson.loads(bbox)
    (west, south), (east, north) = numbers[:2], numbers[len(numbers) // 2 :][:2]
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    boxes = [shapely.envelope(shapely.MultiPoint([(start, south), (end, north)])) for start, end in spans]
    return shapely.to_wkb(boxes[0] if len(boxes) == 1 else shapely.GeometryCollection(boxes))


def _plain(member: Any) -> Any:
    """Return whole numbers as floats: 1 and 1.0 are the same number."""
    return float(member) if isinstance(member, int) and not isinstance(member, bool) else member


MOMENT = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?:(?P<clock>[Tt][\d:.]+)(?P<offset>[Zz]|[+-]\d{2}:\d{2})?)?", re.ASCII)
LIKE_TOKENS = re.compile(r"\\(?P<literal>.)|(?P<any>[%_])|(?P<plain>.)", re.DOTALL)
GLOB_WILDCARDS = {"%": "*", "_": "?"}
ARRAY_RELATIONS: dict[str, Callable[[set[bytes], set[bytes]], bool]] = {
    "equals": lambda ours, theirs: ours == theirs,
    "contains": lambda ours, theirs: ours >= theirs,
    "containedBy": lambda ours, theirs: ours <= theirs,
    "overlaps": lambda ours, theirs: not ours.isdisjoint(theirs),
}
# Name → (number of arguments, function).
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "catalog_timestamp": (1, timestamp),
    "catalog_fold_case": (1, fold_case),
    "catalog_fold_accents": (1, fold_accents),
    "catalog_power": (2, power),
    "catalog_arrays": (3, compare_arrays),
    "catalog_bbox_wkb": (1, bbox_wkb),
    "catalog_centroid_cell": (3, centroid_cell),
    "catalog_geometry_cells": (4, geometry_cells),
}
