"""CQL2 JSON to conditions of the database."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import BooleanField, Value
from django.db.models.functions import Coalesce

from catalog.conf import limits
from catalog.documents.moments import parse_moment
from catalog.errors import InvalidFilter
from catalog.querying.cql2.operands import BOOLEANS, ColumnOperand, Kind, LiteralOperand, Operand, PropertyOperand
from catalog.querying.cql2.relations import OPERATORS, RELATIONS, compile_spatial, compile_temporal
from catalog.querying.cql2.values import FOLDS, arguments_of, parse_operand
from catalog.querying.geometry import count_positions
from catalog.querying.sql.functions import Arrays, Condition, Folded, In, Like, Not
from catalog.querying.sql.properties import PropertyIsNull
from catalog.querying.statements import take_place
from tiles.limits import check_deadline

# Of all lists together: values to compare with, and what operators are applied to.
MAX_MEMBERS = 20_000
MAX_SIDE_BY_SIDE = 100
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
# The types JSON documents hold, in which two properties are compared with each other.
JSON_KINDS: tuple[Kind, ...] = ("number", "text", "boolean")
NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)
ARRAYS = {
    "a_equals": "equals",
    "a_contains": "contains",
    "a_containedby": "containedBy",
    "a_overlaps": "overlaps",
}


def compile_filter(document: Any, *, most: int = 0) -> Any:
    """Compile CQL2 JSON to a condition on items, of ``most`` operators, by default those of the site's limits.

    Raises InvalidFilter for what is not CQL2 JSON, or too large.
    """
    operators = _check_size(document, most=most or limits().max_filter_terms)
    if operators > limits().plain_filter_terms:
        take_place()
    return _condition(document)


def _check_size(document: Any, *, most: int) -> int:
    """Count a filter's operators, each node looked at once. Raises InvalidFilter for what takes long to compile."""
    waiting, operators, members, positions = [(document, 0, 0)], 0, 0, 0
    bounds = limits()
    while waiting:
        node, depth, remainders = waiting.pop()
        if isinstance(node, str) and "\x00" in node:
            raise InvalidFilter("texts have no NUL character")
        if isinstance(node, list):
            members += len(node)
            if members > MAX_MEMBERS:
                raise InvalidFilter(f"its lists have at most {MAX_MEMBERS} members together")
            waiting += [(each, depth, remainders) for each in node]
        if not isinstance(node, dict):
            continue
        if "coordinates" in node:
            positions += count_positions(node["coordinates"], most=bounds.max_vertices)
            if positions > bounds.max_vertices:
                raise InvalidFilter(f"its geometries have at most {bounds.max_vertices} positions together")
        operators += "op" in node
        if depth > bounds.max_filter_depth or operators > most:
            raise InvalidFilter(
                f"at most {bounds.max_filter_terms} operators, {bounds.max_filter_depth} of them around one another"
            )
        remainders += node.get("op") == "%"
        if remainders > bounds.max_nested_remainders:
            raise InvalidFilter(f"at most {bounds.max_nested_remainders} remainders (%) within one another")
        waiting += [(each, depth + 1, remainders) for name, each in node.items() if name != "coordinates"]
    return operators


def _condition(node: Any) -> Any:
    check_deadline()
    if isinstance(node, bool):
        return Condition("=", Value(1), Value(1 if node else 0))
    if isinstance(node, dict) and "property" in node:
        return _compare("=", [node, True])
    operator, arguments = arguments_of(node)
    if operator in {"and", "or"}:
        if not arguments:
            raise InvalidFilter(f"{operator} has at least one argument")
        return joined(operator.upper(), [_condition(each) for each in arguments])
    if operator in COMPARISONS:
        return _compare(operator, arguments)
    if operator in OPERATORS:
        return compile_spatial(operator, _operands(operator, arguments, 2))
    if operator in RELATIONS:
        return compile_temporal(operator, _exactly(operator, arguments, 2))
    if operator in ARRAYS:
        first, second = _operands(operator, arguments, 2)
        return Arrays(ARRAYS[operator], first.as_kind("array"), second.as_kind("array"))
    if operator in OTHERS:
        return OTHERS[operator](arguments)
    raise InvalidFilter(f"{operator!r} is not an operator that gives true or false")


def joined(operator: str, conditions: Sequence[Any]) -> Any:
    """Join conditions by an operator, in groups of groups: databases take only so many side by side."""
    if len(conditions) <= MAX_SIDE_BY_SIDE:
        return Condition(operator, *conditions)
    size = math.ceil(len(conditions) / MAX_SIDE_BY_SIDE)
    groups = [conditions[start : start + size] for start in range(0, len(conditions), size)]
    return Condition(operator, *(joined(operator, group) for group in groups))


def _exactly(operator: str, arguments: list[Any], count: int) -> list[Any]:
    if len(arguments) != count:
        raise InvalidFilter(f"{operator} has {count} arguments")
    return arguments


def _operands(operator: str, arguments: list[Any], count: int) -> list[Operand]:
    return [parse_operand(each) for each in _exactly(operator, arguments, count)]


def _compare(operator: str, arguments: list[Any]) -> Any:
    first, second = _operands(operator, arguments, 2)
    return compare(operator, first, second)


def compare(operator: str, first: Operand, second: Operand) -> Any:
    kind = common_kind(first, second)
    if kind is None:
        return _compare_as(JSON_KINDS, operator, first, second)
    if meant := _meant_by_text(first, second):
        return _compare_as((meant, "text"), operator, first, second)
    if kind in {"geometry", "array"}:
        raise InvalidFilter(f"{operator} does not compare a {kind}")
    return Condition(operator, first.as_kind(kind), second.as_kind(kind))


def _compare_as(kinds: Sequence[Kind], operator: str, first: Operand, second: Operand) -> Any:
    """Compare as the first of the types that both sides have; unknown where they share none."""
    typed = [Condition(operator, first.as_kind(kind), second.as_kind(kind)) for kind in kinds]
    return Coalesce(*typed, output_field=BooleanField())


def _meant_by_text(*operands: Operand) -> Kind | None:
    """Return what a text such as `'7'` also stands for beside a property: some clients know only texts."""
    texts = [str(each.value) for each in operands if isinstance(each, LiteralOperand) and each.kind == "text"]
    if not texts or not any(isinstance(each, PropertyOperand) for each in operands):
        return None
    return next((kind for kind, is_one in READABLE.items() if is_one(texts[0])), None)


def _is_moment(text: str) -> bool:
    try:
        parse_moment(text)
    except ValueError:
        return False
    return True


READABLE: dict[Kind, Callable[[str], object]] = {
    "number": NUMBER.fullmatch,
    "boolean": BOOLEANS.__contains__,
    "moment": _is_moment,
}


def common_kind(*operands: Operand) -> Kind | None:
    """Return the kind of a column, else of a literal; None among properties. A date makes a moment's day count."""
    fixed: list[Kind] = [each.kind for each in operands if isinstance(each, ColumnOperand)]
    literal: list[Kind] = [each.kind for each in operands if isinstance(each, LiteralOperand)]
    if "moment" in fixed and "date" in literal:
        return "date"
    return next(iter([*fixed, *literal]), None)


def _not(arguments: list[Any]) -> Any:
    (inner,) = _exactly("not", arguments, 1)
    return Not(_condition(inner))


def _is_null(arguments: list[Any]) -> Any:
    (operand,) = _operands("isNull", arguments, 1)
    if isinstance(operand, PropertyOperand):
        return PropertyIsNull("properties", operand.name)
    return Condition("IS", operand.as_kind(operand.kind), Value(None))


def _like(arguments: list[Any]) -> Any:
    text, pattern = _exactly("like", arguments, 2)
    folds: list[type[Folded]] = []
    # `casei` and `accenti` around the pattern change it, not its wildcards.
    while isinstance(pattern, dict) and str(pattern.get("op")).lower() in FOLDS:
        operator, inner = arguments_of(pattern)
        folds.insert(0, FOLDS[operator])
        (pattern,) = _exactly(operator, inner, 1)
    if not isinstance(pattern, str) or len(pattern) > limits().max_pattern_characters:
        raise InvalidFilter(f"like takes its pattern as a text of at most {limits().max_pattern_characters} characters")
    return Like(parse_operand(text).as_kind("text"), pattern, tuple(folds))


def _between(arguments: list[Any]) -> Any:
    if len(arguments) == 2 and isinstance(arguments[1], list):
        # As it was before CQL2 was final.
        arguments = [arguments[0], *arguments[1]]
    value, low, high = _operands("between", arguments, 3)
    return Condition("AND", compare(">=", value, low), compare("<=", value, high))


def _in(arguments: list[Any]) -> Any:
    value, members = _exactly("in", arguments, 2)
    if not isinstance(members, list) or not members:
        raise InvalidFilter("in takes a list of at least one value")
    operand, choices = parse_operand(value), [parse_operand(each) for each in members]
    kinds = {common_kind(operand, each) for each in choices}
    if None in kinds or len(kinds) > 1 or any(_meant_by_text(operand, each) for each in choices):
        if len(choices) > limits().max_filter_terms:
            # Each may be meant in several ways, and is a comparison of its own.
            raise InvalidFilter(
                f"in takes at most {limits().max_filter_terms} values that are not all of one type, or are texts that "
                "read as numbers, moments or truth values"
            )
        return joined("OR", [compare("=", operand, each) for each in choices])
    (kind,) = kinds
    return In(*(each.as_kind(kind) for each in (operand, *choices) if kind))


OTHERS: dict[str, Callable[[list[Any]], Any]] = {
    "not": _not,
    "isnull": _is_null,
    "like": _like,
    "between": _between,
    "in": _in,
}
