"""CQL2 JSON of an operator's arguments to operands."""

import re
from collections.abc import Callable
from typing import Any

from catalog.documents.moments import parse_moment
from catalog.errors import InvalidFilter, InvalidParameter
from catalog.querying.cql2.operands import ColumnOperand, LiteralOperand, Operand, property_operand
from catalog.querying.geometry import parse_bbox, parse_geometry
from catalog.querying.sql.functions import AccentFolded, Arithmetic, CaseFolded, Folded, NoZero, Power, Truncated

FOLDS: dict[str, type[Folded]] = {"casei": CaseFolded, "accenti": AccentFolded}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def arguments_of(node: Any) -> tuple[str, list[Any]]:
    """Return an expression's operator, in lower case, and its arguments."""
    if not isinstance(node, dict) or not isinstance(node.get("op"), str) or not isinstance(node.get("args"), list):
        raise InvalidFilter('an expression is {"op": …, "args": […]}, a property or a value')
    return node["op"].lower(), node["args"]


def parse_operand(node: Any) -> Operand:
    if isinstance(node, bool):
        return LiteralOperand("boolean", node)
    if isinstance(node, int | float):
        return LiteralOperand("number", node)
    if isinstance(node, str):
        return LiteralOperand("text", node)
    if isinstance(node, list):
        return LiteralOperand("array", [_member(each) for each in node])
    if isinstance(node, dict):
        return _parse_object(node)
    raise InvalidFilter("null is not compared with; ask isNull")


def _member(node: Any) -> Any:
    if isinstance(node, str | int | float):
        return node
    if isinstance(node, dict) and "date" in node:
        return parse_date(node["date"]).value
    if isinstance(node, dict) and "timestamp" in node:
        parse_timestamp(node["timestamp"])
        return node["timestamp"]
    raise InvalidFilter("arrays hold texts, numbers, truth values and times")


def _parse_object(node: dict[str, Any]) -> Operand:
    if "property" in node:
        if not isinstance(node["property"], str):
            raise InvalidFilter("a property is named by a text")
        return property_operand(node["property"])
    if "date" in node:
        return parse_date(node["date"])
    if "timestamp" in node:
        return parse_timestamp(node["timestamp"])
    if "bbox" in node or "coordinates" in node or "geometries" in node:
        return _parse_geometry(node)
    operator, arguments = arguments_of(node)
    if operator in FOLDS and len(arguments) == 1:
        return ColumnOperand("text", FOLDS[operator](parse_operand(arguments[0]).as_kind("text")), operator)
    if operator in ARITHMETIC and len(arguments) == 2:
        left, right = (parse_operand(each).as_kind("number") for each in arguments)
        return ColumnOperand("number", ARITHMETIC[operator](left, right), operator)
    raise InvalidFilter(f"{operator!r} with {len(arguments)} arguments is not a function that gives a value")


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: Arithmetic("+", left, right),
    "-": lambda left, right: Arithmetic("-", left, right),
    "*": lambda left, right: Arithmetic("*", left, right),
    "/": lambda left, right: Arithmetic("/", left, NoZero(right)),
    "div": lambda left, right: Truncated(Arithmetic("/", left, NoZero(right))),
    "%": lambda left, right: Arithmetic(
        "-", left, Arithmetic("*", right, Truncated(Arithmetic("/", left, NoZero(right))))
    ),
    "^": Power,
}


def _parse_geometry(node: dict[str, Any]) -> LiteralOperand:
    try:
        parts = parse_bbox(node["bbox"]) if "bbox" in node else parse_geometry(node)
    except InvalidParameter as error:
        raise InvalidFilter(error.message.partition(": ")[2]) from error
    return LiteralOperand("geometry", parts)


def parse_date(text: Any) -> LiteralOperand:
    if not isinstance(text, str) or not DATE.fullmatch(text):
        raise InvalidFilter(f"{text!r} is not a date such as 2024-01-31")
    parse_timestamp(f"{text}T00:00:00Z")
    return LiteralOperand("date", text)


def parse_timestamp(text: Any) -> LiteralOperand:
    try:
        return LiteralOperand("moment", parse_moment(text if isinstance(text, str) else ""))
    except ValueError as error:
        raise InvalidFilter(str(error)) from error
