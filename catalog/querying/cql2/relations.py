"""Temporal operators: Allen's relations of instants and intervals, both ends belonging to them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog.conf import limits
from catalog.errors import InvalidFilter
from catalog.querying.cql2.operands import ColumnOperand, Kind, LiteralOperand, Operand
from catalog.querying.cql2.values import parse_date, parse_operand, parse_timestamp
from catalog.querying.sql.functions import Condition, Not, Spatial

OPERATORS = {
    "s_intersects": "ST_Intersects",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_crosses": "ST_Crosses",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_overlaps": "ST_Overlaps",
}
# How the answers for a collection's parts make the answer for the whole.
BY_PARTS = {"s_intersects": "OR", "s_disjoint": "AND"}


def compile_spatial(operator: str, operands: list[Operand]) -> Any:
    alternatives = [_parts(each) if operator in BY_PARTS else [each] for each in operands]
    if len(alternatives[0]) * len(alternatives[1]) > limits().max_areas:
        raise InvalidFilter(f"{operator} compares at most {limits().max_areas} parts of geometries")
    pairs = [(first, second) for first in alternatives[0] for second in alternatives[1]]
    conditions = [
        Spatial(OPERATORS[operator], first.as_kind("geometry"), second.as_kind("geometry")) for first, second in pairs
    ]
    return Condition(BY_PARTS[operator], *conditions) if len(conditions) > 1 else conditions[0]


def _parts(operand: Operand) -> list[Operand]:
    if not isinstance(operand, LiteralOperand):
        return [operand]
    if operand.kind != "geometry":
        raise InvalidFilter(f"a geometry is meant where {operand.value!r} stands")
    return [LiteralOperand("geometry", (part,)) for part in operand.value]


# Open ends, beyond any real time.
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
# Relation → comparisons that must hold, `a` and `b` being the two periods and 0 and 1 their ends.
RELATIONS: dict[str, tuple[str, ...]] = {
    "t_after": ("a0 > b1",),
    "t_before": ("a1 < b0",),
    "t_contains": ("a0 < b0", "a1 > b1"),
    "t_disjoint": (),  # The contrary of t_intersects.
    "t_during": ("a0 > b0", "a1 < b1"),
    "t_equals": ("a0 = b0", "a1 = b1"),
    "t_finishedby": ("a0 < b0", "a1 = b1"),
    "t_finishes": ("a0 > b0", "a1 = b1"),
    "t_intersects": ("a0 <= b1", "a1 >= b0"),
    "t_meets": ("a1 = b0",),
    "t_metby": ("a0 = b1",),
    "t_overlappedby": ("a0 > b0", "a0 < b1", "a1 > b1"),
    "t_overlaps": ("a0 < b0", "a1 > b0", "a1 < b1"),
    "t_startedby": ("a0 = b0", "a1 > b1"),
    "t_starts": ("a0 = b0", "a1 < b1"),
}


@dataclass(frozen=True)
class Period:
    start: Operand
    end: Operand


def compile_temporal(operator: str, arguments: list[Any]) -> Any:
    if operator == "t_disjoint":
        return Not(compile_temporal("t_intersects", arguments))
    periods = [_period(each) for each in arguments]
    kind = _kind([end for period in periods for end in (period.start, period.end)])
    ends = {
        f"{name}{number}": _end(operand, kind=kind, last=number == 1)
        for name, period in zip("ab", periods, strict=True)
        for number, operand in enumerate((period.start, period.end))
    }
    comparisons = [rule.split() for rule in RELATIONS[operator]]
    return Condition("AND", *(Condition(sign, ends[left], ends[right]) for left, sign, right in comparisons))


def _period(node: Any) -> Period:
    if not isinstance(node, dict) or "interval" not in node:
        instant = parse_operand(node)
        return Period(instant, instant)
    ends = node["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise InvalidFilter("an interval has a start and an end")
    return Period(_interval_end(ends[0], BEGINNING), _interval_end(ends[1], END))


def _interval_end(node: Any, open_end: datetime) -> Operand:
    if node in ("..", None):
        return LiteralOperand("moment", open_end)
    if isinstance(node, str):
        return parse_date(node) if len(node) == 10 else parse_timestamp(node)
    return parse_operand(node)


def _kind(operands: list[Operand]) -> Kind:
    """Return what periods are compared as: moments where there are any, else dates. An open end is neither."""
    literal = [
        each.kind for each in operands if isinstance(each, LiteralOperand) and each.value not in (BEGINNING, END)
    ]
    columns = [each.kind for each in operands if isinstance(each, ColumnOperand)]
    return "moment" if "moment" in [*literal, *columns] or "date" not in literal else "date"


def _end(operand: Operand, *, kind: Kind, last: bool) -> Any:
    """Return an end of a period as an expression; a date among moments lasts the whole day."""
    if kind == "moment" and isinstance(operand, LiteralOperand) and operand.kind == "date":
        clock = "23:59:59.999999" if last else "00:00:00"
        return parse_timestamp(f"{operand.value}T{clock}Z").as_kind("moment")
    return operand.as_kind(kind)
