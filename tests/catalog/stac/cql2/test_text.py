"""CQL2 text to JSON: the grammar's constructs, and texts that parsers of many guesses never come to an end with."""

import time

import pytest

from catalog.errors import InvalidFilter, InvalidParameter
from catalog.querying.cql2 import compile_filter, parse_text

A, B = {"property": "a"}, {"property": "b"}


def op(name: str, *arguments: object) -> dict[str, object]:
    return {"op": name, "args": list(arguments)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1 AND b = 2 OR NOT a = 3", op("or", op("and", op("=", A, 1), op("=", B, 2)), op("not", op("=", A, 3)))),
        ("not not a", op("not", op("not", A))),
        ("(a=1)=true", op("=", op("=", A, 1), True)),
        ("a != 'it''s'", op("<>", A, "it's")),
        ('"a ""b""" = 1', op("=", {"property": 'a "b"'}, 1)),
        ("eo:cloud_cover<1e1", op("<", {"property": "eo:cloud_cover"}, 10)),
        ("a = 1+2*3^2-4 div 2 % 3",
         op("=", A, op("-", op("+", 1, op("*", 2, op("^", 3, 2))), op("%", op("div", 4, 2), 3)))),
        ("a = -b", op("=", A, op("*", -1, B))),
        ("a - -1 = .5", op("=", op("-", A, -1), 0.5)),
        ("a NOT IN (1, (2))", op("not", op("in", A, [1, 2]))),
        ("a not between b and b+1", op("not", op("between", A, B, op("+", B, 1)))),
        ("casei(a) LIKE casei('x%')", op("like", op("casei", A), op("casei", "x%"))),
        ("a is not null and b IS NULL", op("and", op("not", op("isNull", A)), op("isNull", B))),
        ("a_contains(a, ('x'))", op("a_contains", A, ["x"])),
        ("a_containedBy(a, ('x', 1))", op("a_containedBy", A, ["x", 1])),
        ("a_equals((b), a)", op("a_equals", [B], A)),
        ("T_STARTEDBY(INTERVAL(a, b), interval('2020-01-01', '..'))",
         op("t_startedBy", {"interval": [A, B]}, {"interval": ["2020-01-01", ".."]})),
        ("a > DATE('2020-01-01')", op(">", A, {"date": "2020-01-01"})),
        ("s_within(a, bbox(-1,2,3,4))", op("s_within", A, {"bbox": [-1, 2, 3, 4]})),
        ("s_within(a, POINT Z (1 -2 3))", op("s_within", A, {"type": "Point", "coordinates": [1, -2, 3]})),
        ("s_within(a, MULTIPOINT((1 2), 3 4))",
         op("s_within", A, {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]})),
        ("s_within(a, POLYGON((0 0,0 1,1 1,0 0)))",
         op("s_within", A, {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]})),
        ("s_within(a, GEOMETRYCOLLECTION(POINT(1 2)))",
         op("s_within", A, {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]})),
        ("point = 1 and date = 2 and null = a",
         op("and", op("=", {"property": "point"}, 1), op("=", {"property": "date"}, 2), op("=", None, A))),
    ],
)  # fmt: skip
def test_text_becomes_json(text, expected):
    assert parse_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "and", "a =", "= 1", "a == 1", "a = 1 b", "(a = 1", "a = 1)", "a IN ()", "a not", "a is 1", "'open"),
        *(
            '"open',
            "a = 'x' 'y'",
            "a like 'x' escape '!'",
            "f(1,)",
            "point(1)",
            "multipoint()",
            "a = 1; drop",
            "a.=1.2.3",
        ),
        *(
            "geometrycollection(geometrycollection(point(1 2)))",
            "a = b = 1",
            "a between 1 or 2",
            "polygon((a b))",
            "$a=1",
        ),
    ],
)
def test_text_that_is_malformed_is_refused(text):
    with pytest.raises(InvalidFilter):
        parse_text(text)


@pytest.mark.parametrize("depth", [10, 32, 60, 1000, 20_000])
@pytest.mark.parametrize(
    "pattern",
    ["({}id=1 and{})", "(a_equals({}1{}))", "({}a in ({}1", "((({}'{}", "(NOT {}a{})and", "f({}a{},)",
     "a between ({}1{} and", "-({}1{})", "multipoint(({}1{}))", "(({}a{}),1"],
)  # fmt: skip
def test_brackets_of_any_depth_take_no_time(pattern, depth):
    opening, closing = pattern.split("{}", 1)[0], pattern.rsplit("{}", 1)[1]
    text = pattern.format(opening * depth, closing * depth)[:100_000]
    begin = time.process_time()
    with pytest.raises(InvalidParameter):
        compile_filter(parse_text(text))
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "piece", ["'", '"', "''", '""', "1", "1.", "1e", "a.", ":", "-", "+-", "not ", "a=1 or ", "<", "(1),"]
)
def test_pieces_again_and_again_take_no_time(piece):
    begin = time.process_time()
    with pytest.raises(InvalidParameter):
        compile_filter(parse_text(piece * (99_000 // len(piece))))
    assert time.process_time() - begin < 3


def test_limits_are_the_sites_own(settings):
    parse_text(" or ".join(["a = 1"] * 500))
    settings.STAC = {"max_filter_terms": 10, "max_filter_depth": 2}
    parse_text("((a = 1))")
    for text in (" or ".join(["a = 1"] * 6), "(((a = 1)))"):
        with pytest.raises(InvalidFilter, match="at most"):
            parse_text(text)
