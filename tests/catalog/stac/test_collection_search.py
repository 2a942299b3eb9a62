"""Collections by place, time and words; children."""

from datetime import UTC, datetime

import pytest

from catalog.models import Collection
from catalog.stac.core.conformance import CONFORMS_TO
from tests.catalog.stac.records import add_collection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _collections():
    def year(number):
        return datetime(number, 1, 1, tzinfo=UTC)

    add_collection(
        "alps", title="Alpine snow", bbox=[5, 44, 16, 48], start_datetime=year(2015), end_datetime=year(2020)
    )
    add_collection("empty", title="Nothing yet")
    add_collection("fiji", keywords=["Coral", "reef"], bbox=[177, -20, 0, -178, -12, 100], start_datetime=year(2018))
    add_collection("secret", title="Alpine secrets", visibility="private")


def ids(answer):
    assert answer.status_code == 200, answer.json()
    return " ".join(collection["id"] for collection in answer.json()["collections"])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "alps empty fiji"),
        ({"bbox": "0,40,10,50"}, "alps empty"),
        ({"bbox": "-180,-15,-179,-14"}, "empty fiji"),
        ({"bbox": "170,-90,-170,90"}, "empty fiji"),
        ({"datetime": "2016-01-01T00:00:00Z"}, "alps empty"),
        ({"datetime": "2021-01-01T00:00:00Z/.."}, "empty fiji"),
        ({"datetime": "../2014-01-01T00:00:00Z"}, "empty"),
        ({"q": "SNOW"}, "alps"),
        ({"q": "coral,snow"}, "alps fiji"),
        ({"q": '"alpine snow"'}, "alps"),
        ({"q": "secrets"}, ""),
        ({"q": "'; DROP TABLE--"}, ""),
        ({"q": ""}, "alps empty fiji"),
        ({"q": "scenes", "bbox": "0,40,10,50", "limit": "1"}, "alps"),
        ({"q": "scenes -snow"}, "empty fiji"),
        ({"q": "+scenes AND (snow OR reef)"}, "alps fiji"),
        ({"q": "fiji"}, "fiji"),
        ({"ids": "fiji,alps,secret,nothing"}, "alps fiji"),
        ({"ids": "fiji,alps", "q": "snow"}, "alps"),
    ],
)
def test_collections_are_found(client, params, expected):
    assert ids(client.get("/stac/collections", params)) == expected


CASES_OF_FILTERS = [
    ("title = 'Alpine snow'", "alps"),
    ("CASEI(title) LIKE CASEI('%SNOW')", "alps"),
    ("title = 'fiji'", "fiji"),
    ("id IN ('alps', 'secret')", "alps"),
    ("description = 'Scenes' AND license <> 'CC0-1.0'", "alps empty"),
    ("license = 'CC0-1.0'", "fiji"),
    ("A_CONTAINS(keywords, ('reef'))", "fiji"),
    ("A_OVERLAPS(keywords, ('reef', 'snow'))", "fiji"),
    ('"sci:doi" IS NOT NULL', "alps"),
    ("priority > 2", "fiji"),
    ("start_datetime >= TIMESTAMP('2016-01-01T00:00:00Z')", "fiji"),
    ("end_datetime IS NULL", "empty fiji"),
    ("T_AFTER(datetime, DATE('2016-01-01'))", "fiji"),
    ("S_INTERSECTS(geometry, BBOX(0, 40, 10, 50))", "alps"),
    ("S_INTERSECTS(extent, POINT(-179 -15))", "fiji"),
    ("S_WITHIN(geometry, BBOX(0, 40, 20, 50))", "alps"),
    ("NOT S_INTERSECTS(geometry, BBOX(0, 40, 10, 50))", "fiji"),
    ("geometry IS NULL", "empty"),
    ("visibility = 'private' OR id = 'secret'", ""),
]


@pytest.fixture
def _more_members():
    Collection.objects.filter(pk="fiji").update(license="CC0-1.0", extra={"priority": 3})
    Collection.objects.filter(pk="alps").update(extra={"sci:doi": "10.1/x", "priority": 1})


@pytest.mark.usefixtures("_more_members")
@pytest.mark.parametrize(("text", "expected"), CASES_OF_FILTERS)
def test_collections_by_filter_are_found(client, text, expected):
    assert ids(client.get("/stac/collections", {"filter": text})) == expected


@pytest.mark.usefixtures("_more_members")
def test_collections_by_filter_in_json_and_query_are_found(client):
    document = '{"op": "=", "args": [{"property": "license"}, "CC0-1.0"]}'

    assert ids(client.get("/stac/collections", {"filter": document, "filter-lang": "cql2-json"})) == "fiji"
    assert ids(client.get("/stac/collections", {"query": '{"license": {"eq": "CC0-1.0"}}'})) == "fiji"
    assert ids(client.get("/stac/collections", {"query": '{"title": {"startsWith": "A"}}', "q": "snow"})) == "alps"


@pytest.mark.usefixtures("_more_members")
@pytest.mark.parametrize(
    ("sortby", "expected"),
    [
        ("-id", "fiji empty alps"),
        ("title", "alps empty fiji"),
        ("-title", "fiji empty alps"),
        ("license,-id", "fiji empty alps"),
        # What has no value comes last, whichever the direction.
        ("priority", "alps fiji empty"),
        ("-properties.priority", "fiji alps empty"),
        ("-start_datetime", "fiji alps empty"),
        ("nothing", "alps empty fiji"),
    ],
)
def test_collections_sorted_page_forth_and_back_through_all(client, sortby, expected):
    assert ids(client.get("/stac/collections", {"sortby": sortby})) == expected
    seen, page = [], client.get("/stac/collections", {"sortby": sortby, "limit": 1})
    while True:
        assert page.json()["numberMatched"] == 3
        assert page.json()["numberReturned"] == 1
        seen.append(ids(page))
        links = {link["rel"]: link["href"] for link in page.json()["links"]}
        if "prev" in links:
            assert ids(client.get(links["prev"])) == seen[-2]
        if "next" not in links:
            break
        page = client.get(links["next"])

    assert " ".join(seen) == expected


def test_collections_go_on_after_one_that_was_deleted(client):
    links = client.get("/stac/collections?limit=2").json()["links"]
    Collection.objects.get(pk="empty").delete()

    assert ids(client.get(next(link["href"] for link in links if link["rel"] == "next"))) == "fiji"


@pytest.mark.parametrize(
    ("fields", "members"),
    [
        ("title,extent.spatial", {"type", "stac_version", "id", "title", "extent"}),
        ("", {"type", "stac_version", "id", "title", "description", "license", "extent", "links"}),
        ("-links,-extent", {"type", "stac_version", "stac_extensions", "id", "title", "description", "license"}),
    ],
)
def test_collections_with_fields_have_those(client, fields, members):
    (document,) = client.get("/stac/collections", {"ids": "alps", "fields": fields}).json()["collections"]

    assert set(document) == members
    assert "temporal" not in document.get("extent", {}) or fields == ""


def test_collections_link_their_own_queryables_and_sortables(client):
    links = {link["rel"].rsplit("/", 1)[-1]: link["href"] for link in client.get("/stac/collections").json()["links"]}

    for name, absent in (("queryables", "eo:cloud_cover"), ("sortables", "geometry")):
        answer = client.get(links[name])
        assert answer["Content-Type"] == "application/schema+json"
        assert answer.json()["$id"] == links[name]
        assert "title" in answer.json()["properties"]
        assert absent not in answer.json()["properties"]


def test_collections_conform_to_what_they_can():
    prefix = "https://api.stacspec.org/v1.0.0-rc.1/collection-search"
    names = ("free-text", "advanced-free-text", "filter", "query", "sort", "fields")

    assert {prefix, *(f"{prefix}#{name}" for name in names)} <= set(CONFORMS_TO)


@pytest.mark.parametrize(
    "params",
    [
        *({"bbox": "1,2"}, {"datetime": "2020"}, {"limit": "0"}, {"token": "x"}, {"title": "Alpine snow"}),
        *({"q": '"open'}, {"filter": "title ="}, {"filter-lang": "cql2", "filter": "title = 'x'"}, {"sortby": "-"}),
        *({"filter": "S_INTERSECTS(title, POINT(1 1))"}, {"query": "title"}, {"query": '{"a": 1}'}, {"ids": "a\x00"}),
        {"filter": "priority ^ 400 > 1", "filter-lang": "cql2-json"},
    ],
)
def test_collections_by_bad_value_answers_400(client, params):
    answer = client.get("/stac/collections", params)

    assert answer.status_code == 400
    assert answer.json()["description"].startswith(f"{next(iter(params))}: ")


def test_collections_cost_one_query(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/stac/collections", {"bbox": "0,40,10,50"})


def test_children_are_what_the_landing_links(client):
    links = client.get("/stac/").json()["links"]
    answer = client.get(next(link["href"] for link in links if link["rel"] == "children"))

    linked = [client.get(link["href"]).json() for link in links if link["rel"] == "child"]
    assert answer.json()["children"] == linked
    assert len(linked) == 3
