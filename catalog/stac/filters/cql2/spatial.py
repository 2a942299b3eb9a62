"""Spatial operators."""

from typing import Any

from catalog.stac.filters.cql2.errors import InvalidFilter
from catalog.stac.filters.cql2.operands import LiteralOperand, Operand
from catalog.stac.filters.sql.functions import Condition, Spatial

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


def compile_operator(operator: str, operands: list[Operand]) -> Any:
    alternatives = [_parts(each) if operator in BY_PARTS else [each] for each in operands]
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
