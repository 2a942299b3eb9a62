"""Conditions that clients write themselves: CQL2 filters, the older `query`, free text."""

from collections.abc import Mapping
from typing import Any

import orjson

from catalog.conf import limits
from catalog.errors import InvalidParameter
from catalog.querying.cql2 import compile_filter, parse_text
from catalog.querying.free_text import parse_q

FILTER_PARAMETERS = frozenset({"filter", "filter-lang", "filter-crs", "query", "q"})
LANGUAGES = ("cql2-text", "cql2-json")
# Longitude and latitude in WGS 84, in the two ways OGC names it.
LONGITUDE_LATITUDE = (
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "https://www.opengis.net/def/crs/OGC/1.3/CRS84",
)
COMPARISONS = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
PATTERNS = {"startsWith": "{}%", "endsWith": "%{}", "contains": "%{}%"}


def parse_conditions(given: Mapping[str, Any]) -> tuple[Any, ...]:
    """Read the conditions that a client wrote, all of which must hold."""
    conditions: list[Any] = []
    if given.get("filter-crs", LONGITUDE_LATITUDE[0]) not in LONGITUDE_LATITUDE:
        raise InvalidParameter("filter-crs", f"only {LONGITUDE_LATITUDE[0]}")
    if "filter" in given:
        conditions.append(compile_filter(filter_document(given["filter"], language=given.get("filter-lang"))))
    if "query" in given:
        compared = query_to_cql2(given["query"])
        if compared:
            # Each comparison is up to three operators of CQL2: they were counted as they were given.
            conditions.append(compile_filter({"op": "and", "args": compared}, most=3 * limits().max_filter_terms + 1))
    if "q" in given:
        conditions.append(parse_q(given["q"]).condition("words"))
    return tuple(conditions)


def filter_document(value: Any, *, language: Any) -> Any:
    """Return the CQL2 JSON of a filter in either language."""
    if language not in (None, *LANGUAGES):
        raise InvalidParameter("filter-lang", f"one of {', '.join(LANGUAGES)}")
    if not isinstance(value, str):
        if language == "cql2-text":
            raise InvalidParameter("filter", "a text, because filter-lang is cql2-text")
        return value
    if language != "cql2-json":
        return parse_text(value)
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InvalidParameter("filter", f"not JSON: {error}") from error


def query_to_cql2(query: Any) -> list[dict[str, Any]]:
    """Return the older `query`, such as `{"eo:cloud_cover": {"lt": 10}}`, as CQL2 JSON."""
    if not isinstance(query, dict):
        raise InvalidParameter("query", 'give an object, such as {"eo:cloud_cover": {"lt": 10}}')
    terms = sum(len(operators) if isinstance(operators, dict) else 1 for operators in query.values())
    if terms > limits().max_filter_terms:
        raise InvalidParameter("query", f"compares at most {limits().max_filter_terms} times")
    found = []
    for name, operators in query.items():
        if not isinstance(operators, dict):
            raise InvalidParameter("query", f"{name}: give an object of operators and values")
        found += [_comparison(name, operator, value) for operator, value in operators.items()]
    return found


def _comparison(name: str, operator: str, value: Any) -> dict[str, Any]:
    member = {"property": name}
    if operator == "in" and isinstance(value, list):
        # Of a list, as of instruments, one member in common is enough.
        return {"op": "or", "args": [{"op": each, "args": [member, value]} for each in ("in", "a_overlaps")]}
    if value is None and operator in {"eq", "neq"}:
        is_null = {"op": "isNull", "args": [member]}
        return is_null if operator == "eq" else {"op": "not", "args": [is_null]}
    if operator in COMPARISONS and isinstance(value, str | int | float):
        return {"op": COMPARISONS[operator], "args": [member, value]}
    if operator in PATTERNS and isinstance(value, str):
        literal = value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return {"op": "like", "args": [member, PATTERNS[operator].format(literal)]}
    raise InvalidParameter(
        "query",
        f"{name}: {operator!r} with such a value is not one of {', '.join([*COMPARISONS, *PATTERNS])} (a text, number "
        "or truth value) or in (a list)",
    )
