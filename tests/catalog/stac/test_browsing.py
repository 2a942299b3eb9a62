"""Every item is reached by child and item links alone."""

from datetime import UTC, datetime

import pystac.validation
import pytest

from tests.catalog.stac.records import add_collection, add_item

pytestmark = pytest.mark.django_db
TIMES = [(2023, 12, 31, 23, 59, 59), (2024, 1, 1), (2024, 1, 1, 12), (2024, 2, 29), (2024, 12, 31)]


@pytest.fixture
def collection():
    collection = add_collection()
    for number, time in enumerate(TIMES):
        add_item(collection, f"scene-{number}", start=datetime(*time, tzinfo=UTC))
    return collection


def walk(client, href, depth=0):
    """Ids of the items below a document."""
    document = client.get(href).json()
    if document["type"] == "Catalog":
        pystac.validation.validate_dict(document)
    for link in document["links"]:
        if link["rel"] == "item":
            yield client.get(link["href"]).json()["id"]
        if link["rel"] == "child":
            child = client.get(link["href"]).json()
            assert {"self": link["href"], "parent": href}.items() <= {
                each["rel"]: each["href"] for each in child["links"]
            }.items()
            yield from walk(client, link["href"], depth + 1)


@pytest.mark.usefixtures("collection")
def test_browsing_reaches_each_item_once(client):
    add_item(add_collection("slides"), "slide", bbox=None)
    add_item(add_collection("private", visibility="private"), "hidden")
    add_collection("empty")

    found = sorted(walk(client, "http://testserver/stac/"))

    assert found == [*(f"scene-{number}" for number in range(len(TIMES))), "slide"]


@pytest.mark.usefixtures("collection")
def test_browsing_costs_as_many_queries_whatever_there_is(client, django_assert_num_queries):
    for path in ("browse", "browse/2024-01", "browse/2024-01-01"):
        with django_assert_num_queries(2):
            assert client.get(f"/stac/collections/scenes/{path}").status_code == 200


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("period", ["2024", "2024-13", "2024-02-30", "x", "2024-1-011", "9999-12-31", "%00"])
def test_browsing_of_no_period_answers_404(client, period):
    assert client.get(f"/stac/collections/scenes/browse/{period}").status_code == 404
    assert client.get("/stac/collections/nothing/browse").status_code == 404
