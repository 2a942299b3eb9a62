"""Collections by place, time and words; children."""

from datetime import UTC, datetime

import pytest

from .records import add_collection

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
    ],
)
def test_collections_are_found(client, params, expected):
    assert ids(client.get("/stac/collections", params)) == expected


def test_collections_page_through_all(client):
    seen, href = [], "/stac/collections?limit=1"
    while href:
        answer = client.get(href)
        assert answer.json()["numberMatched"] == 3
        seen.append(ids(answer))
        href = next((link["href"] for link in answer.json()["links"] if link["rel"] == "next"), None)

    assert seen == ["alps", "empty", "fiji"]


@pytest.mark.parametrize(
    "params", [{"bbox": "1,2"}, {"datetime": "2020"}, {"limit": "0"}, {"token": "x"}, {"title": "Alpine snow"}]
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
