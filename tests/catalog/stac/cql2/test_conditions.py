"""What filters become, operator by operator, without a database: expressions spelled as text."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.gis.db.models import GeometryField
from django.db.models import BooleanField, F, Func, Value

from catalog.conf import Limits
from catalog.errors import InvalidFilter
from catalog.querying.cql2 import compile_filter, compiler, parse_text
from catalog.querying.cql2.operands import LiteralOperand, property_operand
from catalog.querying.cql2.relations import BEGINNING, END, RELATIONS
from catalog.querying.cql2.text import MAX_CHARACTERS
from catalog.querying.cql2.values import parse_operand
from catalog.querying.geometry import parse_bbox, parse_geometry
from catalog.querying.sql.functions import Condition
from catalog.querying.sql.properties import ArrayLiteral, Property

MAX_DEPTH = MAX_NESTING = Limits.max_filter_depth
MAX_CHAIN = Limits.max_filter_terms
# Short names of what properties are read as.
READ = {"TextProperty": "text", "NumberProperty": "number", "BooleanProperty": "boolean", "MomentProperty": "moment",
        "DateProperty": "date", "ArrayProperty": "array", "PropertyIsNull": "isnull"}  # fmt: skip


def spelled(node: Any) -> str:
    """Return an expression as text: ``(number(n) = 7.0)``."""
    if isinstance(node, Property):
        return f"{READ[type(node).__name__]}({node.name})"
    if isinstance(node, ArrayLiteral):
        return node.members
    if isinstance(node, Value):
        return node.value.isoformat() if isinstance(node.value, datetime) else repr(node.value)
    if isinstance(node, F):
        return str(vars(node)["name"])
    assert isinstance(node, Func), node
    joiner = node.extra.get("arg_joiner", node.arg_joiner)
    name = node.extra.get("function", node.function) or type(node).__name__
    name = "" if type(node).__name__ in ("Condition", "Arithmetic", "In", "Func") else name
    return f"{name}({joiner.join(spelled(each) for each in node.source_expressions)})"


def told(text: str) -> str:
    return spelled(compile_filter(parse_text(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n = 7", "(number(n) = 7.0)"),
        ("n <> 7", "(number(n) <> 7.0)"),
        ("n < 7", "(number(n) < 7.0)"),
        ("n <= 7", "(number(n) <= 7.0)"),
        ("n > 7", "(number(n) > 7.0)"),
        ("n >= 7", "(number(n) >= 7.0)"),
        ("7 = n", "(7.0 = number(n))"),
        ("ok", "(boolean(ok) = True)"),
        ("ok = false", "(boolean(ok) = False)"),
        ("id = 'a'", "(CodePoints(item_id) = 'a')"),
        ("collection = 'a'", "(CodePoints(collection_id) = 'a')"),
        ("properties.n = 7", "(number(n) = 7.0)"),
        ("a = 1 AND b = 2 AND c = 3", "((number(a) = 1.0) AND (number(b) = 2.0) AND (number(c) = 3.0))"),
        ("a = 1 OR b = 2", "((number(a) = 1.0) OR (number(b) = 2.0))"),
        ("NOT a = 1", "Not((number(a) = 1.0))"),
        # A text may be meant as what it reads as, beside a property of no declared type.
        ("n = '7'", "COALESCE((number(n) = 7.0), (text(n) = '7'))"),
        ("n = '-7.5e2'", "COALESCE((number(n) = -750.0), (text(n) = '-7.5e2'))"),
        ("n = '7.'", "(text(n) = '7.')"),
        ("n = '1e999'", "(text(n) = '1e999')"),
        ("ok = 'true'", "COALESCE((boolean(ok) = True), (text(ok) = 'true'))"),
        ("ok = 'TRUE'", "(text(ok) = 'TRUE')"),
        ("at < '2024-03-01T00:00:00Z'",
         "COALESCE((moment(at) < 2024-03-01T00:00:00+00:00), (text(at) < '2024-03-01T00:00:00Z'))"),
        ("at < '2024-03-01'", "(text(at) < '2024-03-01')"),
        ("id = '7'", "(CodePoints(item_id) = '7')"),
        ("a = b", "COALESCE((number(a) = number(b)), (text(a) = text(b)), (boolean(a) = boolean(b)))"),
        ("n IS NULL", "isnull(n)"),
        ("datetime IS NULL", "(COALESCE(datetime, start_datetime) IS None)"),
        ("n BETWEEN 1 AND 2", "((number(n) >= 1.0) AND (number(n) <= 2.0))"),
        ("n IN (1, 2)", "(number(n) IN (1.0, 2.0))"),
        ("n IN ('a', 'b')", "(text(n) IN ('a', 'b'))"),
        ("n IN (1, 'a')", "((number(n) = 1.0) OR (text(n) = 'a'))"),
        ("n IN ('7', 'a')", "(COALESCE((number(n) = 7.0), (text(n) = '7')) OR (text(n) = 'a'))"),
        # Folding
        ("t LIKE 'a%'", "Like(text(t) LIKE 'a%')"),
        ("t LIKE '7'", "Like(text(t) LIKE '7')"),
        ("CASEI(t) LIKE CASEI('A%')", "Like(CaseFolded(text(t)) LIKE CaseFolded('A%'))"),
        ("t LIKE CASEI('A%')", "Like(text(t) LIKE CaseFolded('A%'))"),
        ("t LIKE CASEI(ACCENTI('A%'))", "Like(text(t) LIKE CaseFolded(AccentFolded('A%')))"),
        ("t LIKE ACCENTI(CASEI('A%'))", "Like(text(t) LIKE AccentFolded(CaseFolded('A%')))"),
        ("CASEI(t) = CASEI('A')", "(CaseFolded(text(t)) = CaseFolded('A'))"),
        # Numbers
        ("n + 1 = 2", "((number(n) + 1.0) = 2.0)"),
        ("n - 1 = 2", "((number(n) - 1.0) = 2.0)"),
        ("n * 1 = 2", "((number(n) * 1.0) = 2.0)"),
        ("n / 3 = 2", "((number(n) / NoZero(3.0)) = 2.0)"),
        ("n div 3 = 2", "(Truncated((number(n) / NoZero(3.0))) = 2.0)"),
        ("n % 3 = 2", "((number(n) - (3.0 * Truncated((number(n) / NoZero(3.0))))) = 2.0)"),
        ("n ^ 3 = 2", "(POWER(number(n), 3.0) = 2.0)"),
        # Arrays
        ("A_CONTAINS(t, ('a', 1))", 'Arrays(array(t), ["a",1.0])'),
        # Times
        ("at = DATE('2024-03-01')", "(date(at) = '2024-03-01')"),
        ("at = TIMESTAMP('2024-03-01T01:00:00Z')", "(moment(at) = 2024-03-01T01:00:00+00:00)"),
        ("datetime = DATE('2024-03-01')", "(Day(COALESCE(datetime, start_datetime)) = '2024-03-01')"),
        ("datetime >= '2024-03-01'", "(COALESCE(datetime, start_datetime) >= 2024-03-01T00:00:00+00:00)"),
        ("updated >= '2024-03-01'", "(moment(updated) >= 2024-03-01T00:00:00+00:00)"),
        ("updated = DATE('2024-03-01')", "(Day(moment(updated)) = '2024-03-01')"),
    ],
)  # fmt: skip
def test_filter_becomes_a_condition(text, expected):
    assert told(text) == expected


N = {"property": "n"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # As `between` was written before CQL2 was final, and as it is.
        ({"op": "between", "args": [N, [1, 2]]}, "((number(n) >= 1.0) AND (number(n) <= 2.0))"),
        ({"op": "BETWEEN", "args": [N, 1, 2]}, "((number(n) >= 1.0) AND (number(n) <= 2.0))"),
        ({"op": "in", "args": [N, [1]]}, "(number(n) IN (1.0))"),
        ({"op": "isNull", "args": [{"property": "id"}]}, "(CodePoints(item_id) IS None)"),
        ({"op": "like", "args": [N, {"op": "CaseI", "args": ["A%"]}]}, "Like(text(n) LIKE CaseFolded('A%'))"),
        ({"op": "=", "args": [N, {"property": "m"}]},
         "COALESCE((number(n) = number(m)), (text(n) = text(m)), (boolean(n) = boolean(m)))"),
    ],
)  # fmt: skip
def test_filter_as_json_becomes_a_condition(document, expected):
    assert spelled(compile_filter(document)) == expected


def test_conditions_give_truth_values_and_geometries_are_whole():
    either = compile_filter({"op": "=", "args": [N, {"property": "m"}]})
    assert isinstance(either.output_field, BooleanField)
    boxes = LiteralOperand("geometry", parse_bbox([170, 0, -170, 10])).as_kind("geometry")
    assert isinstance(boxes.output_field, GeometryField)
    assert (boxes.value.geom_type, len(boxes.value), boxes.value.srid) == ("MultiPolygon", 2, 4326)
    point = LiteralOperand("geometry", parse_geometry({"type": "Point", "coordinates": [1, 2]})).as_kind("geometry")
    assert (point.value.geom_type, point.value.coords) == ("Point", (1, 2))


@pytest.mark.parametrize(("text", "expected"), [(True, "(1 = 1)"), (False, "(1 = 0)")])
def test_filter_that_is_a_truth_value_holds_for_all_or_none(text, expected):
    assert spelled(compile_filter(text)) == expected


# Of two intervals (1 to 2) and (3 to 4) what each of Allen's relations compares; `a1>b0` is the first's end, the
# second's start. Independent of the table in the code: written down from OGC 21-065r2, table 10.
ALLEN = {
    "t_after": "a0 > b1", "t_before": "a1 < b0", "t_contains": "a0 < b0 AND a1 > b1",
    "t_during": "a0 > b0 AND a1 < b1", "t_equals": "a0 = b0 AND a1 = b1", "t_finishedby": "a0 < b0 AND a1 = b1",
    "t_finishes": "a0 > b0 AND a1 = b1", "t_intersects": "a0 <= b1 AND a1 >= b0", "t_meets": "a1 = b0",
    "t_metby": "a0 = b1", "t_overlappedby": "a0 > b0 AND a0 < b1 AND a1 > b1",
    "t_overlaps": "a0 < b0 AND a1 > b0 AND a1 < b1", "t_startedby": "a0 = b0 AND a1 > b1",
    "t_starts": "a0 = b0 AND a1 < b1",
}  # fmt: skip
ENDS = {"a0": "start_datetime", "a1": "end_datetime", "b0": "2024-03-03T00:00:00+00:00", "b1": "2024-03-04T00:00:00Z"}
MOMENTS = {"interval": ["2024-03-03T00:00:00Z", "2024-03-04T00:00:00Z"]}
OWN = {"interval": [{"property": "start_datetime"}, {"property": "end_datetime"}]}


@pytest.mark.parametrize("operator", ALLEN)
def test_relation_of_intervals_is_allens(operator):
    expected = ALLEN[operator]
    ends = {**ENDS, "b1": ENDS["b1"].replace("Z", "+00:00")}
    parts = [" ".join(ends.get(word, word) for word in part.split()) for part in expected.split(" AND ")]
    condition = compile_filter({"op": operator, "args": [OWN, MOMENTS]})
    assert spelled(condition) == f"({' AND '.join(f'({part})' for part in parts)})"


def test_relations_are_all_of_allens():
    assert set(RELATIONS) == {*ALLEN, "t_disjoint"}
    disjoint, intersecting = (
        spelled(compile_filter({"op": name, "args": [OWN, MOMENTS]})) for name in ("t_disjoint", "t_intersects")
    )
    assert disjoint == f"Not({intersecting})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A date among moments lasts the whole day.
        ("T_AFTER(updated, DATE('2024-03-01'))", "((moment(updated) > 2024-03-01T23:59:59.999999+00:00))"),
        ("T_BEFORE(updated, DATE('2024-03-01'))", "((moment(updated) < 2024-03-01T00:00:00+00:00))"),
        # Among dates it is compared as a date.
        ("T_AFTER(at, DATE('2024-03-01'))", "((date(at) > '2024-03-01'))"),
        ("T_AFTER(at, INTERVAL('..', '2024-03-01'))", "((date(at) > '2024-03-01'))"),
        ("T_BEFORE(at, INTERVAL('2024-03-01', '..'))", "((date(at) < '2024-03-01'))"),
        ("T_AFTER(at, TIMESTAMP('2024-03-01T00:00:00Z'))", "((moment(at) > 2024-03-01T00:00:00+00:00))"),
        ("T_AFTER(at, INTERVAL('..', '2024-03-01T00:00:00Z'))", "((moment(at) > 2024-03-01T00:00:00+00:00))"),
    ],
)
def test_instants_and_dates_are_compared_as_they_are_meant(text, expected):
    assert told(text) == expected


def test_open_ends_of_an_interval_are_beyond_all_moments():
    found = spelled(compile_filter({"op": "t_during", "args": [OWN, {"interval": ["..", None]}]}))
    assert found == f"((start_datetime > {BEGINNING.isoformat()}) AND (end_datetime < {END.isoformat()}))"


@pytest.mark.parametrize(
    ("operator", "function"),
    [("s_within", "ST_Within"), ("s_contains", "ST_Contains"), ("s_equals", "ST_Equals"), ("s_touches", "ST_Touches"),
     ("s_crosses", "ST_Crosses"), ("s_overlaps", "ST_Overlaps"), ("s_intersects", "ST_Intersects"),
     ("s_disjoint", "ST_Disjoint")],
)  # fmt: skip
def test_spatial_operator_is_the_databases(operator, function):
    point = {"type": "Point", "coordinates": [1, 2]}
    condition = compile_filter({"op": operator, "args": [{"property": "geometry"}, point]})
    assert spelled(condition).startswith(f"{function}(geometry, ")


@pytest.mark.parametrize(("operator", "joined"), [("s_intersects", " OR "), ("s_disjoint", " AND ")])
def test_spatial_operator_goes_through_a_collections_parts(operator, joined):
    parts = [{"type": "Point", "coordinates": [1, 2]}, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}]
    collection = {"type": "GeometryCollection", "geometries": parts}
    condition = compile_filter({"op": operator, "args": [{"property": "geometry"}, collection]})
    assert isinstance(condition, Condition)
    assert (condition.extra["arg_joiner"], len(condition.source_expressions)) == (joined, 2)
    with pytest.raises(InvalidFilter, match="only compared by s_intersects and s_disjoint"):
        compile_filter({"op": "s_within", "args": [{"property": "geometry"}, collection]})


@pytest.mark.parametrize(
    ("kind", "value", "wanted", "expected"),
    [
        ("text", "7", "number", 7.0),
        ("text", "true", "boolean", True),
        ("text", "2024-03-01", "moment", datetime(2024, 3, 1, tzinfo=UTC)),
        ("date", "2024-03-01", "moment", datetime(2024, 3, 1, tzinfo=UTC)),
        ("text", "2024-03-01T12:00:00Z", "date", "2024-03-01"),
        ("moment", datetime(2024, 3, 1, 12, tzinfo=UTC), "date", "2024-03-01"),
        ("number", 7, "number", 7),
    ],
)
def test_literal_stands_for_what_it_is_compared_with(kind, value, wanted, expected):
    assert LiteralOperand(kind, value).coerced(wanted) == expected


@pytest.mark.parametrize(
    ("kind", "value", "wanted", "said"),
    [
        ("text", "x", "number", "could not convert"),
        ("text", "yes", "boolean", "'yes' is a text, where a boolean is meant"),
        ("number", 7, "text", "7 is a number, where a text is meant"),
        ("text", "yesterday", "moment", "is not an RFC 3339 date-time"),
        ("boolean", True, "number", "True is a boolean, where a number is meant"),
    ],
)
def test_literal_that_can_not_be_meant_is_refused(kind, value, wanted, said):
    with pytest.raises(InvalidFilter, match=said):
        LiteralOperand(kind, value).coerced(wanted)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, 'an expression is {"op": …'),
        ({"op": "and", "args": []}, "and has at least one argument"),
        ({"op": "or", "args": []}, "or has at least one argument"),
        ({"op": "not", "args": [True, True]}, "not has 1 arguments"),
        ({"op": "=", "args": [1]}, "= has 2 arguments"),
        ({"op": "between", "args": [1, 2]}, "between has 3 arguments"),
        ({"op": "isNull", "args": []}, "isNull has 1 arguments"),
        ({"op": "like", "args": [{"property": "a"}]}, "like has 2 arguments"),
        ({"op": "like", "args": [{"property": "a"}, 5]}, "like takes its pattern as a text"),
        ({"op": "like", "args": [{"property": "a"}, {"op": "casei", "args": []}]}, "casei has 1 arguments"),
        ({"op": "in", "args": [{"property": "a"}]}, "in has 2 arguments"),
        ({"op": "between", "args": [1, [2]]}, "between has 3 arguments"),
        ({"op": "between", "args": [[1, 2], 3]}, "between has 3 arguments"),
        ({"op": "in", "args": [{"property": "a"}, []]}, "in takes a list of at least one value"),
        ({"op": "in", "args": [{"property": "a"}, 5]}, "in takes a list of at least one value"),
        ({"op": "+", "args": [1, 2]}, "'\\+' is not an operator that gives true or false"),
        ({"op": "=", "args": [{"op": "and", "args": [1, 2]}, 1]}, "'and' with 2 arguments is not a function"),
        ({"op": "=", "args": [{"op": "+", "args": [1]}, 1]}, "'\\+' with 1 arguments is not a function"),
        ({"op": "=", "args": [{"op": "casei", "args": ["a", "b"]}, 1]}, "'casei' with 2 arguments is not a function"),
        ({"op": "=", "args": [{"property": "a"}, None]}, "null is not compared with; ask isNull"),
        ({"op": "=", "args": [{"property": 5}, 1]}, "a property is named by a text"),
        ({"op": "=", "args": [{"property": "geometry"}, {"bbox": [0, 0, 1, 1]}]}, "= does not compare a geometry"),
        ({"op": "=", "args": [{"property": "a"}, [1]]}, "= does not compare a array"),
        ({"op": "=", "args": [{"property": "id"}, 5]}, "5 is a number, where a text is meant"),
        ({"op": "a_equals", "args": [{"property": "a"}, [None]]}, "arrays hold texts, numbers, truth values and times"),
        ({"op": "s_within", "args": [{"property": "a"}, {"bbox": [0, 0, 1, 1]}]}, "'a' is not a geometry"),
        ({"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [0, 0, 1]}]}, "give 4 numbers"),
        ({"op": "s_intersects", "args": [{"property": "geometry"}, "x"]}, "a geometry is meant where 'x' stands"),
        ({"op": "t_after", "args": [{"interval": [1]}, "x"]}, "an interval has a start and an end"),
        ({"op": "=", "args": [{"property": "a"}, {"date": "2024-3-1"}]}, "is not a date such as 2024-01-31"),
        ({"op": "=", "args": [{"property": "a"}, {"date": "2024-02-30"}]}, "is no moment of the calendar"),
        ({"op": "=", "args": [{"property": "a"}, {"timestamp": 5}]}, "is not an RFC 3339 date-time"),
        ({"op": "=", "args": [{"property": "a"}, "\x00"]}, "texts have no NUL character"),
    ],
)
def test_filter_that_is_none_says_what_is_wrong(document, said):
    with pytest.raises(InvalidFilter, match=f"^filter: .*{said}"):
        compile_filter(document)


def within(depth: int) -> Any:
    document: Any = {"op": "=", "args": [{"property": "a"}, 1]}
    for _ in range(depth):
        document = {"op": "not", "args": [document]}
    return document


def test_filter_is_as_deep_as_it_may_be():
    compile_filter(within(MAX_DEPTH - 1))
    with pytest.raises(InvalidFilter, match=f"{MAX_DEPTH} of them around one another"):
        compile_filter(within(MAX_DEPTH + 1))


def test_filter_has_as_many_operators_as_it_may_have(settings):
    settings.STAC = {"max_filter_terms": 20}
    one = {"op": "=", "args": [{"property": "a"}, 1]}
    compile_filter({"op": "or", "args": [one] * 19})
    with pytest.raises(InvalidFilter, match="at most 20 operators"):
        compile_filter({"op": "or", "args": [one] * 20})


def test_filter_has_as_many_values_as_it_may_have(monkeypatch):
    monkeypatch.setattr(compiler, "MAX_MEMBERS", 20)
    compile_filter({"op": "in", "args": [{"property": "a"}, list(range(18))]})
    with pytest.raises(InvalidFilter, match="at most 20 members"):
        compile_filter({"op": "in", "args": [{"property": "a"}, list(range(19))]})


@pytest.mark.parametrize("count", [1, 4, 5, 16, 17, 50])
def test_many_conditions_are_all_there_in_groups(monkeypatch, count):
    monkeypatch.setattr(compiler, "MAX_SIDE_BY_SIDE", 4)
    numbers = [{"op": "=", "args": [{"property": "a"}, number]} for number in range(count)]
    waiting, leaves = [compile_filter({"op": "or", "args": numbers})], []
    while waiting:
        node = waiting.pop(0)
        assert len(node.source_expressions) <= 4
        inner = [each for each in node.source_expressions if isinstance(each, Condition)]
        assert not inner or node.extra["arg_joiner"] == " OR "
        waiting += inner
        leaves += [] if inner else [spelled(node)]
    assert sorted(leaves) == sorted(f"(number(a) = {float(number)!r})" for number in range(count))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a = '{'x' * (MAX_CHARACTERS - 5)}'", f"at most {MAX_CHARACTERS} characters"),
        ("(" * (MAX_NESTING + 1) + "a = 1" + ")" * (MAX_NESTING + 1), f"nest at most {MAX_NESTING} deep"),
        ("NOT " * MAX_CHAIN + "a = 1", f"at most {MAX_CHAIN} operators"),
        ("a = ", "not CQL2 text"),
    ],
)
def test_text_beyond_what_is_read_is_refused(text, said):
    with pytest.raises(InvalidFilter, match=said):
        parse_text(text)


@pytest.mark.parametrize(
    "text",
    [
        f"a = '{'x' * (MAX_CHARACTERS - 6)}'",
        "(" * 40 + "a = 1" + ")" * 40,
        # Side by side, operators are no chain; in quotes they are none.
        f"a IN ({', '.join(['1'] * (MAX_CHAIN * 2))})",
        f"a = '{'+' * MAX_CHAIN * 2}'",
        " OR ".join(["(a = 1)"] * (MAX_CHAIN // 2)),
    ],
)
def test_text_within_what_is_read_is_parsed(text):
    assert parse_text(text)["args"]


@pytest.mark.parametrize(
    ("node", "kind"),
    [(True, "boolean"), (1, "number"), (1.5, "number"), ("a", "text"), ([1], "array"), ({"date": "2024-01-01"}, "date"),
     ({"timestamp": "2024-01-01T00:00:00Z"}, "moment"), ({"bbox": [0, 0, 1, 1]}, "geometry")],
)  # fmt: skip
def test_value_is_of_its_kind(node, kind):
    operand = parse_operand(node)
    assert isinstance(operand, LiteralOperand)
    assert operand.kind == kind


def test_members_of_arrays_are_plain_values():
    times = [{"date": "2024-01-01"}, {"timestamp": "2024-01-01T00:00:00Z"}, 1, "a", True]
    operand = parse_operand(times)
    assert isinstance(operand, LiteralOperand)
    assert operand.value == ["2024-01-01", "2024-01-01T00:00:00Z", 1, "a", True]


def test_property_is_one_member_by_either_name():
    assert property_operand("properties.eo:cloud_cover") == property_operand("eo:cloud_cover")
    assert property_operand("properties.datetime") == property_operand("datetime")
    with pytest.raises(InvalidFilter, match="datetime is a moment, and can't be compared with a number"):
        property_operand("datetime").as_kind("number")
