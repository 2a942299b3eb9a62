"""Collection search as users of pystac-client meet it. Warnings are errors: it warns of what a server lacks."""

from datetime import UTC, datetime

import pystac_client
import pytest
from pystac_client.exceptions import APIError

from tests.catalog.stac.records import add_collection, add_item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def catalog(live_server):
    start = datetime(2015, 6, 1, tzinfo=UTC)
    add_collection("alps", title="Alpine snow", bbox=[5, 44, 16, 48], start_datetime=start, keywords=["snow", "ice"])
    add_collection("fiji", title="Coral reefs", bbox=[177, -20, -178, -12], license="CC0-1.0", keywords=["coral"])
    add_collection("later", title="Snow of later", start_datetime=start.replace(year=2020), extra={"priority": 3})
    add_collection("secret", title="Secret snow", visibility="private")
    add_item(add_collection("scenes", title="Scenes"))
    client = pystac_client.Client.open(f"{live_server.url}/stac/")
    yield client
    # The server's thread keeps its database connection as long as ours to it is open.
    client._stac_io.session.close()


def ids(search):
    return " ".join(collection.id for collection in search.collections())


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "alps fiji later scenes"),
        ({"bbox": [0, 40, 10, 50]}, "alps later scenes"),
        ({"datetime": "2016"}, "alps fiji scenes"),
        ({"datetime": ["2010-01-01", "2015-01-01"]}, "fiji scenes"),
        ({"q": "snow"}, "alps later"),
        ({"q": "snow,coral"}, "alps fiji later"),
        ({"q": '"alpine snow"'}, "alps"),
        ({"q": "snow AND later"}, "later"),
        ({"q": "+snow -later"}, "alps"),
        ({"q": "(alpine OR coral) AND (snow OR reefs)"}, "alps fiji"),
        ({"filter": "license = 'CC0-1.0'"}, "fiji"),
        ({"filter": {"op": "a_contains", "args": [{"property": "keywords"}, ["ice"]]}}, "alps"),
        ({"filter": {"op": "like", "args": [{"property": "title"}, "%snow%"]}, "filter_lang": "cql2-json"}, "alps"),
        ({"query": {"priority": {"gt": 2}}}, "later"),
        ({"query": ["license=CC0-1.0"]}, "fiji"),
        ({"sortby": "-title"}, "later scenes fiji alps"),
        (
            {"sortby": [{"field": "license", "direction": "asc"}, {"field": "id", "direction": "desc"}]},
            "fiji scenes later alps",
        ),
        ({"max_collections": 2, "limit": 1, "sortby": "+id"}, "alps fiji"),
        ({"q": "snow", "filter": "priority > 2", "bbox": [0, 40, 10, 50], "sortby": "-id", "limit": 1}, "later"),
    ],
)
def test_client_searches_collections_with_each_parameter(catalog, parameters, expected):
    search = catalog.collection_search(**parameters)

    assert ids(search) == expected
    assert "max_collections" in parameters or search.matched() == len(expected.split())


def test_client_trims_collections(catalog):
    search = catalog.collection_search(fields=["id", "title"], q="coral")

    assert list(search.collections_as_dicts()) == [
        {"type": "Collection", "stac_version": "1.1.0", "id": "fiji", "title": "Coral reefs"}
    ]


def test_client_is_told_what_is_wrong_with_a_collection_search(catalog):
    with pytest.raises(APIError, match="q: "):
        list(catalog.collection_search(q='"open').collections())
