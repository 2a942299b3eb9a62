"""Searches that are wrong, or mean harm: 4xx with a code and what it is about, and nothing told that is not public."""

import math
from urllib.parse import quote

import pytest

from catalog.models import Collection, Item
from tests.catalog.stac.records import add_collection, add_item

pytestmark = pytest.mark.django_db
HARMFUL = [
    "' OR '1'='1",
    "'; DROP TABLE catalog_item; --",
    '" OR ""="',
    "x') UNION SELECT password FROM auth_user --",
    "%' OR 1=1 --",
    "$$; SELECT pg_sleep(9); $$",
    "properties->>'a'",
    "a.b'c\"d`e\\f",
    "{0.__class__}",
    "%(id)s %s {}",
    "\u0000",
    "\U0001f600\u202e",
    "x" * 3000,
]
SECRET = "kept-for-members"


@pytest.fixture(autouse=True)
def _catalog():
    add_item(add_collection("scenes"), "scene-1", properties={"note": "it's"})
    add_item(add_collection("hidden", visibility=Collection.Visibility.PRIVATE), SECRET)


def check(answer, *, statuses=(200, 400)) -> None:
    assert answer.status_code in statuses, answer.content
    assert SECRET.encode() not in answer.content
    if answer.status_code >= 400:
        assert answer.json().keys() >= {"code", "description"}
        assert len(answer.content) < 8000
    assert Item.objects.count() == 2


def bodies(text: str) -> list[dict]:
    prop = {"property": text}
    return [
        *({name: text} for name in ("ids", "collections", "datetime", "limit", "token", "bbox", "q", "filter-crs")),
        *({name: [text]} for name in ("ids", "collections", "bbox", "q", "sortby", "fields")),
        {"filter-lang": text, "filter": "id = 'a'"},
        {"sortby": [{"field": text, "direction": "asc"}]},
        {"sortby": [{"field": "id", "direction": text}]},
        {"fields": {"include": [text], "exclude": [text]}},
        {"intersects": {"type": text, "coordinates": [text, text]}},
        {"intersects": {"type": "Point", "coordinates": [text, 1]}},
        *({"query": {text: {operator: text}}} for operator in ("eq", "lt", "contains", "startsWith", "endsWith")),
        {"query": {text: {"in": [text]}}},
        {"query": {"note": {text: 1}}},
        *({"filter": {"op": op, "args": [prop, text]}} for op in ("=", "<", "like", "in", "a_contains")),
        {"filter": {"op": "in", "args": [prop, [text, 1]]}},
        {"filter": {"op": "between", "args": [prop, text, text]}},
        {"filter": {"op": "isNull", "args": [prop]}},
        {"filter": {"op": "=", "args": [{"op": "casei", "args": [prop]}, {"op": "accenti", "args": [text]}]}},
        {"filter": {"op": "s_intersects", "args": [prop, {"type": "Point", "coordinates": [1, 2]}]}},
        {"filter": {"op": "t_after", "args": [prop, {"timestamp": text}]}},
        {"filter": {"op": "t_after", "args": [{"property": "datetime"}, {"timestamp": text}]}},
        {"filter": {"op": "a_overlaps", "args": [prop, [text]]}},
        {"filter": {"op": ">", "args": [{"op": "+", "args": [prop, 1]}, 1]}},
        {"filter": {"op": text, "args": [prop]}},
        {"filter": {text: text}},
        {text: text},
    ]


@pytest.mark.parametrize("text", HARMFUL, ids=range(len(HARMFUL)))
def test_search_by_post_takes_texts_as_data_only(client, text):
    for body in bodies(text):
        check(client.post("/stac/search", body, format="json"))


@pytest.mark.parametrize("text", HARMFUL, ids=range(len(HARMFUL)))
@pytest.mark.parametrize(
    "path", ["/stac/search", "/stac/collections/scenes/items", "/stac/collections", "/stac/export"]
)
def test_search_by_get_takes_texts_as_data_only(client, path, text):
    names = (
        *("ids", "collections", "datetime", "limit", "token", "bbox", "q", "sortby", "fields", "intersects"),
        *("filter", "filter-lang", "filter-crs", "query", text),
    )
    literal = text.replace("'", "''")
    written = [{name: text} for name in names]
    written += [{"filter": f"note = '{literal}'"}, {"filter": f'"{text}" = 1'}, {"filter": f"note LIKE '{literal}'"}]
    for query in written:
        answer = client.get(path, query)
        if answer.streaming:
            assert SECRET.encode() not in b"".join(answer.streaming_content)
        else:
            check(answer)


@pytest.mark.parametrize("text", [text for text in HARMFUL if "/" not in text], ids=repr)
@pytest.mark.parametrize(
    "path", ["{}", "{}/items", "{}/queryables", "{}/browse/2024", "scenes/items/{}", "scenes/browse/{}"]
)
def test_path_takes_texts_as_data_only(client, path, text):
    check(client.get(f"/stac/collections/{path.format(quote(text, safe=''))}"), statuses=(404,))


@pytest.mark.parametrize("text", HARMFUL[:9], ids=range(9))
def test_texts_that_were_stored_are_found_as_they_are(client, text):
    collection = Collection.objects.get(pk="scenes")
    add_item(collection, "odd", properties={"note": text})
    query = {"note": {"eq": text}}
    answer = client.post("/stac/search", {"query": query}, format="json")
    assert [feature["id"] for feature in answer.json()["features"]] == ["odd"]
    literal = text.replace("'", "''")
    answer = client.get("/stac/search", {"filter": f"note = '{literal}'"})
    assert [feature["id"] for feature in answer.json()["features"]] == ["odd"]


@pytest.mark.parametrize(
    "q", ['"', '""', "'", '"open', 'it\'s "a test"', '""""', '"a" "b', "a OR", "AND", "()", "(a", "+", "-", "*", "a*b"]
)
@pytest.mark.parametrize("path", ["/stac/search", "/stac/collections", "/stac/collections/scenes/items"])
def test_free_text_with_quotes_and_operators_is_answered(client, path, q):
    check(client.get(path, {"q": q}))


def circle(count: int) -> dict:
    ring = [[math.cos(2 * math.pi * k / count) * 5, math.sin(2 * math.pi * k / count) * 5] for k in range(count)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


@pytest.mark.parametrize("count", [9_999, 10_000])
def test_polygon_of_very_many_vertices_is_answered_or_refused(client, count):
    answer = client.post("/stac/search", {"intersects": circle(count)}, format="json")
    assert answer.status_code == (200 if count < 10_000 else 400)
    if count == 10_000:
        assert answer.json()["description"].startswith("intersects: ")


def test_filter_by_a_polygon_of_very_many_vertices_is_refused(client):
    filters = {"op": "s_intersects", "args": [{"property": "geometry"}, circle(10_000)]}
    answer = client.post("/stac/search", {"filter": filters}, format="json")
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("filter: ")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "id =",
            "= 1",
            "id == 1",
            "(id = 1",
            "id = 1)",
            "id LIKE",
            "id BETWEEN 1",
            "id IN ()",
            "NOT",
            "S_INTERSECTS(",
            "1",
        ),
        *("S_INTERSECTS(geometry, POINT(1))", "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", "f(id) = 1", "\ud83d = 1"),
        *("DATE('x') = datetime", "T_AFTER(datetime, TIMESTAMP('2024-13-01T00:00:00Z'))", "id = 'a' AND", "'a' || 'b'"),
        *("(" * 5000 + "id = 1" + ")" * 5000, " AND ".join(["id = 'a'"] * 20_000), "NOT " * 5000 + "id = 'a'"),
        *("id = 'a' OR " * 5000 + "id = 'a'", "1" + "+1" * 20_000 + " = eo"),
    ],
    ids=lambda text: text[:40],
)
def test_filter_that_is_malformed_or_too_large_is_refused(client, text):
    for answer in (
        client.get("/stac/search", {"filter": text.encode(errors="replace")}),
        client.post("/stac/search", {"filter": text.encode(errors="replace").decode()}, format="json"),
    ):
        assert answer.status_code == 400
        assert answer.json()["description"].startswith("filter: ")
        assert len(answer.content) < 8000


def nested(depth: int) -> dict:
    filters: dict = {"op": "isNull", "args": [{"property": "a"}]}
    for _ in range(depth):
        filters = {"op": "not", "args": [filters]}
    return filters


def deep_list(depth: int) -> list:
    return [] if depth == 0 else [deep_list(depth - 1)]


@pytest.mark.parametrize(
    "filters",
    [
        nested(100),
        {"op": "and", "args": [{"op": "=", "args": [{"property": "a"}, n]} for n in range(20_000)]},
        {"op": "in", "args": [{"property": "a"}, list(range(100_000))]},
        *({}, {"op": 5, "args": []}, {"op": "=", "args": 5}, {"op": "=", "args": [1]}, {"op": "=", "args": [{}, {}]}),
        {"op": "a_contains", "args": [{"property": "a"}, deep_list(500)]},
        *({"args": []}, {"op": "and", "args": []}, {"op": "not", "args": [5]}, [], 5),
    ],
    ids=lambda filters: str(filters)[:40],
)
def test_json_filter_that_is_malformed_or_too_large_is_refused(client, filters):
    answer = client.post("/stac/search", {"filter": filters, "filter-lang": "cql2-json"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("filter: ")
