"""Search by GET and POST: what each parameter matches, and how bad ones are answered."""

from datetime import UTC, datetime

import orjson
import pytest

from tests.catalog.stac.records import add_collection, add_item

pytestmark = pytest.mark.django_db
AROUND = {"type": "Polygon", "coordinates": [[[9, 49], [12, 49], [12, 52], [9, 52], [9, 49]]]}


@pytest.fixture
def scenes():
    """Four places, two collections, from 2021 to 2024; one of them lasts two years, one lies nowhere."""
    north, south = add_collection("north"), add_collection("south")
    add_item(north, "europe", start=datetime(2021, 1, 1, tzinfo=UTC))
    add_item(
        north,
        "fiji",
        bbox=(178, -18, 180, -16),
        start=datetime(2022, 1, 1, tzinfo=UTC),
        end=datetime(2023, 12, 31, tzinfo=UTC),
    )
    add_item(south, "rio", bbox=(-44, -23, -43, -22), start=datetime(2023, 1, 1, tzinfo=UTC))
    add_item(south, "slide", bbox=None, start=datetime(2024, 1, 1, tzinfo=UTC))


def as_text(body):
    return {
        name: orjson.dumps(value).decode()
        if isinstance(value, dict)
        else ",".join(map(str, value))
        if isinstance(value, list)
        else value
        for name, value in body.items()
    }


def found(answer):
    assert answer.status_code == 200, answer.json()
    page = answer.json()
    assert page["type"] == "FeatureCollection"
    assert page["numberReturned"] == len(page["features"])
    return [feature["id"] for feature in page["features"]]


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "slide rio fiji europe"),
        ({"collections": ["south"]}, "slide rio"),
        ({"collections": ["south", "north"]}, "slide rio fiji europe"),
        ({"collections": ["nothing"]}, ""),
        ({"collections": []}, "slide rio fiji europe"),
        ({"ids": ["europe", "slide", "nothing"]}, "slide europe"),
        ({"ids": ["europe"], "collections": ["south"]}, ""),
        ({"ids": ["' OR 1=1 --"]}, ""),
        ({"bbox": [9, 49, 12, 52]}, "europe"),
        ({"bbox": [9, 49, -100, 12, 52, 9000]}, "europe"),
        ({"bbox": [-180, -90, 180, 90]}, "rio fiji europe"),
        ({"bbox": [170, -20, -170, 0]}, "fiji"),
        ({"bbox": [170, -20, -40, 0]}, "fiji"),
        ({"bbox": [170, -30, -40, 0]}, "rio fiji"),
        ({"bbox": [11, 51, 11, 51]}, "europe"),
        ({"bbox": [10.5, 0, 10.5, 80]}, "europe"),
        ({"bbox": [0, 0, 1, 1]}, ""),
        ({"intersects": AROUND}, "europe"),
        ({"intersects": {"type": "Point", "coordinates": [-43.5, -22.5]}}, "rio"),
        ({"intersects": {"type": "LineString", "coordinates": [[-43.5, -22.5], [179, -17]]}}, "rio fiji"),
        ({"intersects": {"type": "MultiPoint", "coordinates": [[10, 50], [0, 0]]}}, "europe"),
        (
            {
                "intersects": {
                    "type": "GeometryCollection",
                    "geometries": [AROUND, {"type": "Point", "coordinates": [-43.5, -22.5]}],
                }
            },
            "rio europe",
        ),
        ({"datetime": "2021-01-01T00:00:00Z"}, "europe"),
        ({"datetime": "2023-01-01T00:00:00Z"}, "rio fiji"),
        ({"datetime": "2023-06-01T00:00:00Z"}, "fiji"),
        ({"datetime": "2023-06-01T00:00:00Z/2023-06-02T00:00:00Z"}, "fiji"),
        ({"datetime": "2023-12-31T00:00:00Z/.."}, "slide fiji"),
        ({"datetime": "../2022-01-01T00:00:00Z"}, "fiji europe"),
        ({"datetime": "/2021-12-31T23:59:59.999999Z"}, "europe"),
        ({"datetime": "2025-01-01T00:00:00Z/"}, ""),
        ({"datetime": "2020-12-31T23:00:00-01:00"}, "europe"),
        ({"limit": 2}, "slide rio"),
        ({"limit": 10**30}, "slide rio fiji europe"),
        ({"collections": ["north"], "bbox": [-180, -90, 180, 90], "datetime": "2022-06-01T00:00:00Z/.."}, "fiji"),
    ],
)
def test_search_by_get_and_post_finds(client, body, expected):
    assert found(client.get("/stac/search", as_text(body))) == expected.split()
    assert found(client.post("/stac/search", body, format="json")) == expected.split()


@pytest.mark.usefixtures("scenes")
def test_search_post_ignores_null_members(client):
    body = {"ids": None, "bbox": None, "datetime": None, "limit": None, "collections": ["south"]}
    assert found(client.post("/stac/search", body, format="json")) == ["slide", "rio"]


@pytest.mark.usefixtures("scenes")
def test_search_post_without_body_finds_everything(client):
    assert len(found(client.post("/stac/search"))) == 4


@pytest.mark.usefixtures("scenes")
def test_search_post_of_a_lone_collection_name_is_a_list_of_it(client):
    assert found(client.post("/stac/search", {"collections": "south"}, format="json")) == ["slide", "rio"]


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"bbox": [1, 2, 3]}, "bbox"),
        ({"bbox": [0, 10, 1, 5]}, "bbox"),
        ({"datetime": "2024-01-01"}, "datetime"),
        ({"datetime": "2024-01-01T00:00:00Z/2023-01-01T00:00:00Z"}, "datetime"),
        ({"limit": 0}, "limit"),
        ({"limit": -1}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"intersects": {"type": "Point", "coordinates": [200, 0]}}, "intersects"),
        ({"intersects": AROUND, "bbox": [0, 0, 1, 1]}, "intersects"),
        ({"token": "next:forged"}, "token"),
        ({"token": "1"}, "token"),
        ({"collection": ["north"]}, "collection"),
        ({"ids": ["a\x00b"]}, "ids"),
    ],
)
def test_search_of_bad_value_answers_400_that_names_it(client, body, name):
    for answer in (client.get("/stac/search", as_text(body)), client.post("/stac/search", body, format="json")):
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/json"
        assert answer.json()["code"] == "invalid_parameter"
        assert answer.json()["description"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    "body",
    [
        *('{"limit": 1', "{'limit': 1}", "[]", "7", '"x"', "\x00", '{"limit": NaN}', "[" * 5000),
        *('{"limit": 1.5}', '{"limit": true}', '{"ids": [1]}', '{"ids": {"a": 1}}', '{"collections": 5}'),
        *(
            '{"bbox": "1,2,3,4"}',
            '{"token": 5}',
            '{"intersects": "POINT (1 2)"}',
            '{"datetime": 5}',
            '{"ids": ["\\ud800"]}',
        ),
    ],
)
def test_search_post_of_malformed_body_answers_400(client, body):
    answer = client.post("/stac/search", body, content_type="application/json")

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "description"}


def test_search_get_of_malformed_geometry_answers_400(client):
    answer = client.get("/stac/search", {"intersects": "{"})

    assert answer.status_code == 400
    assert answer.json()["description"].startswith("intersects: not JSON")


def test_search_post_of_huge_body_answers_413(client, settings):
    settings.STAC = {"max_body_bytes": 100}

    answer = client.post("/stac/search", {"ids": ["x" * 100]}, format="json")

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_search_post_of_another_media_type_answers_415(client):
    answer = client.post("/stac/search", "limit=1", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/json"


@pytest.mark.usefixtures("scenes")
def test_search_limit_over_the_largest_page_is_lowered(client, settings):
    settings.STAC = {"max_page_items": 3, "default_page_items": 2}

    assert len(found(client.get("/stac/search", {"limit": 100}))) == 3
    assert len(found(client.get("/stac/search"))) == 2


@pytest.mark.usefixtures("scenes")
def test_search_with_polygon_of_very_many_vertices_answers(client, settings):
    settings.STAC = {"max_vertices": 100_000}
    ring = [[9 + 3 * n / 50_000, 49] for n in range(50_000)] + [[12, 52], [9, 52], [9, 49]]

    body = {"intersects": {"type": "Polygon", "coordinates": [ring]}}

    assert found(client.post("/stac/search", body, format="json")) == ["europe"]


@pytest.mark.usefixtures("scenes")
def test_items_of_collection_are_searched_by_place_and_time(client):
    path = "/stac/collections/north/items"

    assert found(client.get(path)) == ["fiji", "europe"]
    assert found(client.get(path, {"bbox": "9,49,12,52"})) == ["europe"]
    assert found(client.get(path, {"datetime": "2022-06-01T00:00:00Z"})) == ["fiji"]
    assert found(client.get(path, {"collections": "south,north"})) == ["fiji", "europe"]
    assert found(client.get(path, {"collections": "south"})) == []
    assert client.get(path, {"limit": "0"}).status_code == 400
