"""Filter, query, sort and fields over the routes; queryables and sortables."""

from datetime import timedelta

import orjson
import pytest

from tests.catalog.stac.records import EPOCH, add_collection, add_item

pytestmark = pytest.mark.django_db
CLOUDS = [3, 20.5, None, 20.5, 70, "cloudy", 0]


@pytest.fixture
def scenes():
    """Clouds known of most; two platforms; a slide in a collection of its own."""
    collection = add_collection()
    for number, clouds in enumerate(CLOUDS):
        add_item(
            collection,
            f"scene-{number}",
            start=EPOCH + timedelta(days=number // 2),
            properties={"eo:cloud_cover": clouds, "platform": f"S2{'AB'[number % 2]}", "instruments": ["msi"]},
        )
    add_item(add_collection("slides"), "slide", bbox=None, properties={"mag": 40})


def ids(answer):
    assert answer.status_code == 200, answer.json()
    return " ".join(feature["id"].removeprefix("scene-") for feature in answer.json()["features"])


def every_id(client, body):
    """Over all pages of two, forward."""
    found, page = [], client.post("/stac/search", {**body, "limit": 2}, format="json").json()
    while True:
        found += [feature["id"].removeprefix("scene-") for feature in page["features"]]
        link = next((each for each in page["links"] if each["rel"] == "next"), None)
        if link is None:
            return " ".join(found)
        page = client.post(link["href"], link["body"], format="json").json()


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"eo:cloud_cover": {"eq": 20.5}}, "3 1"),
        ({"eo:cloud_cover": {"neq": 20.5}}, "6 4 0"),
        ({"eo:cloud_cover": {"lt": 20.5}}, "6 0"),
        ({"eo:cloud_cover": {"lte": 20.5, "gt": 0}}, "3 1 0"),
        ({"eo:cloud_cover": {"gte": 70}}, "4"),
        ({"eo:cloud_cover": {"in": [0, 3, 4]}}, "6 0"),
        ({"eo:cloud_cover": {"startsWith": "cl"}}, "5"),
        ({"platform": {"endsWith": "A"}, "eo:cloud_cover": {"gte": 20}}, "4"),
        ({"platform": {"contains": "2B"}}, "5 3 1"),
        ({"platform": {"contains": "%"}}, ""),
        ({"eo:cloud_cover": {"lt": "20.5"}}, "6 0"),
        ({"eo:cloud_cover": {"in": ["70", "cloudy"]}}, "5 4"),
        ({"instruments": {"in": ["msi", "sar"]}}, "6 5 4 3 2 1 0"),
        ({"properties.platform": {"eq": "S2B"}}, "5 3 1"),
        ({"datetime": {"gte": "2024-01-03T00:00:00Z"}}, "6 5 4"),
        ({"id": {"eq": "scene-3"}}, "3"),
        ({"mag": {"eq": None}}, "6 5 4 3 2 1 0"),
        ({"mag": {"neq": None}}, "slide"),
        ({}, "6 5 4 3 2 slide 1 0"),
    ],
)
def test_search_by_query_finds(client, query, expected):
    assert ids(client.post("/stac/search", {"query": query}, format="json")) == expected
    assert ids(client.get("/stac/search", {"query": orjson.dumps(query).decode()})) == expected


@pytest.mark.usefixtures("scenes")
def test_search_by_filter_finds_in_both_languages(client):
    text = "\"eo:cloud_cover\" < 50 AND platform = 'S2B'"
    document = {
        "op": "and",
        "args": [
            {"op": "<", "args": [{"property": "eo:cloud_cover"}, 50]},
            {"op": "=", "args": [{"property": "platform"}, "S2B"]},
        ],
    }
    path, as_json = "/stac/search", orjson.dumps(document).decode()
    crs = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

    for answer in (
        client.get(path, {"filter": text}),
        client.get(path, {"filter": text, "filter-lang": "cql2-text", "filter-crs": crs}),
        client.get(path, {"filter": as_json, "filter-lang": "cql2-json"}),
        client.get("/stac/collections/scenes/items", {"filter": text}),
        client.post(path, {"filter": document}, format="json"),
        client.post(path, {"filter": document, "filter-lang": "cql2-json"}, format="json"),
        client.post(path, {"filter": text, "filter-lang": "cql2-text"}, format="json"),
    ):
        assert ids(answer) == "3 1"
        assert answer.json()["numberMatched"] == 2


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("sortby", "expected"),
    [
        ("id", "0 1 2 3 4 5 6 slide"),
        ("+id", "0 1 2 3 4 5 6 slide"),
        ("-id", "slide 6 5 4 3 2 1 0"),
        ("-collection,id", "slide 0 1 2 3 4 5 6"),
        ("datetime,id", "0 1 slide 2 3 4 5 6"),
        ("-properties.datetime,-id", "6 5 4 3 2 slide 1 0"),
        # Numbers, then texts, then what has none; ties by the newest.
        ("properties.eo:cloud_cover", "6 0 3 1 4 5 slide 2"),
        ("-eo:cloud_cover", "4 3 1 0 6 5 slide 2"),
        ("platform,-eo:cloud_cover", "4 0 6 2 3 1 5 slide"),
        ("nothing,id", "0 1 2 3 4 5 6 slide"),
    ],
)
def test_search_sorted_gives_each_item_once_over_pages(client, sortby, expected):
    keys = [
        {"field": key.lstrip("+-"), "direction": "desc" if key.startswith("-") else "asc"} for key in sortby.split(",")
    ]

    assert ids(client.get("/stac/search", {"sortby": sortby})) == expected
    assert ids(client.post("/stac/search", {"sortby": keys}, format="json")) == expected
    assert every_id(client, {"sortby": keys}) == expected


@pytest.mark.usefixtures("scenes")
def test_search_with_token_of_another_order_is_refused(client):
    page = client.get("/stac/search", {"sortby": "id", "limit": 1}).json()
    href = next(link["href"] for link in page["links"] if link["rel"] == "next")

    assert client.get(href.replace("sortby=id", "sortby=-id")).status_code == 400


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"filter": "a =", "filter-lang": "cql2-text"}, "filter"),
        ({"filter": {"op": "nothing", "args": []}, "filter-lang": "cql2-json"}, "filter"),
        ({"filter": "true", "filter-lang": "sql"}, "filter-lang"),
        ({"filter": "a = 1", "filter-crs": "EPSG:3857"}, "filter-crs"),
        ({"query": {"a": {"like": 1}}}, "query"),
        ({"query": {"a": {"in": 1}}}, "query"),
        ({"query": {"a": 1}}, "query"),
        ({"sortby": "geometry"}, "sortby"),
        ({"sortby": "-"}, "sortby"),
    ],
)
def test_search_of_bad_extension_value_answers_400_that_names_it(client, body, name):
    text = {key: orjson.dumps(value).decode() if isinstance(value, dict) else value for key, value in body.items()}
    for answer in (client.post("/stac/search", body, format="json"), client.get("/stac/search", text)):
        assert answer.status_code == 400, answer.json()
        assert answer.json()["description"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    "body",
    [
        *({"sortby": {"field": "id"}}, {"sortby": [{"field": 5}]}, {"sortby": [{"field": "id", "direction": "up"}]}),
        *({"sortby": [5]}, {"fields": None}, {"fields": []}, {"fields": {"include": "id"}}, {"fields": {"x": []}}),
        *({"query": []}, {"query": "x"}, {"filter": 5}, {"filter": ["x"]}, {"filter": "a = 1", "filter-lang": 5}),
        *({"sortby": [{"field": "a\x00"}]}, {"query": {"a\x00": {"eq": 1}}}, {"query": {'a"': {"eq": 1}}}),
        {"filter": {"op": "=", "args": [{"property": "eo:cloud_cover"}, {"op": "^", "args": [10, 400]}]}, "limit": 0},
    ],
)
def test_search_post_of_bad_extension_value_answers_400(client, body):
    answer = client.post("/stac/search", body, format="json")

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "description"}


MINIMUM = {"type", "stac_version", "id", "collection"}
DEFAULT = MINIMUM | {"geometry", "bbox", "links", "assets", "properties"}


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("text", "body", "members", "properties"),
    [
        ("", {}, DEFAULT, {"datetime"}),
        ("", {"include": None, "exclude": []}, DEFAULT, {"datetime"}),
        ("geometry", {"include": ["geometry"]}, MINIMUM | {"geometry"}, None),
        ("+assets.image", {"include": ["assets.image"]}, MINIMUM | {"assets"}, None),
        (
            "properties.platform",
            {"include": ["properties.platform"]},
            MINIMUM | {"properties"},
            {"platform"},
        ),
        (
            "-geometry,-properties.platform",
            {"exclude": ["geometry", "properties.platform"]},
            DEFAULT - {"geometry"} | {"stac_extensions"},
            {"datetime", "eo:cloud_cover", "instruments"},
        ),
        (None, {"include": [], "exclude": ["geometry"]}, DEFAULT - {"geometry"}, {"datetime"}),
        (
            "-properties,properties.platform",
            {"include": ["properties.platform"], "exclude": ["properties"]},
            MINIMUM | {"properties"},
            {"platform"},
        ),
        (
            "properties,-properties.platform",
            {"include": ["properties"], "exclude": ["properties.platform"]},
            MINIMUM | {"properties"},
            {"datetime", "eo:cloud_cover", "instruments"},
        ),
        ("geometry,-geometry", {"include": ["geometry"], "exclude": ["geometry"]}, MINIMUM | {"geometry"}, None),
        ("nothing.at.all", {"include": ["nothing.at.all"]}, MINIMUM, None),
    ],
)
def test_search_with_fields_gives_those(client, text, body, members, properties):
    answers = [client.post("/stac/search", {"ids": ["scene-0"], "fields": body}, format="json")]
    if text is not None:
        answers.append(client.get("/stac/search", {"ids": "scene-0", "fields": text}))
    for answer in answers:
        (feature,) = answer.json()["features"]
        assert set(feature) == members
        assert feature.get("properties") is properties or set(feature["properties"]) == properties


@pytest.mark.usefixtures("scenes")
def test_queryables_and_sortables_are_typed_from_the_data(client):
    links = {link["rel"].rsplit("/", 1)[-1]: link["href"] for link in client.get("/stac/").json()["links"]}
    answer = client.get(links["queryables"])

    assert answer["Content-Type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$id"] == links["queryables"]
    assert schema["type"] == "object"
    assert schema["properties"]["datetime"]["format"] == "date-time"
    assert schema["properties"]["platform"]["type"] == "string"
    assert schema["properties"]["eo:cloud_cover"]["type"] == ["number", "string"]
    assert schema["properties"]["mag"]["type"] == "number"
    sortables = client.get(links["sortables"]).json()["properties"]
    assert "geometry" not in sortables
    assert sortables["platform"]["type"] == "string"


@pytest.mark.usefixtures("scenes")
def test_queryables_of_collection_are_its_own(client):
    collection = client.get("/stac/collections/slides").json()
    href = next(link["href"] for link in collection["links"] if link["rel"].endswith("/queryables"))

    assert "mag" in client.get(href).json()["properties"]
    assert "platform" not in client.get(href).json()["properties"]
    assert client.get(href.replace("slides", "nothing")).status_code == 404


def test_queryables_tell_nothing_of_unseen_items(client):
    add_item(add_collection("private", visibility="private"), properties={"secret": 1})

    assert "secret" not in client.get("/stac/queryables").json()["properties"]
    assert client.get("/stac/collections/private/queryables").status_code == 404
