"""`numberMatched`: exact for few, estimated and marked for many, never slow."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Item
from catalog.querying import counting
from tests.catalog.stac.records import add_collection, add_items

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"


def matched(client, **params):
    document = client.get("/stac/search", params).json()
    return document.get("numberMatched"), document.get("numberMatchedIsEstimated")


@pytest.fixture
def items(settings):
    settings.STAC = {"max_exact_count": 5}
    add_items(add_collection("few"), 5)
    add_items(add_collection("many"), 40)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Item.objects.all()


@pytest.mark.usefixtures("items")
def test_count_of_few_items_is_exact(client):
    assert matched(client, collections="few") == (5, None)
    assert matched(client, collections="few", limit=2) == (5, None)
    assert matched(client, collections="few", limit=2, filter="id LIKE '%3'") == (1, None)
    assert matched(client, collections="none") == (0, None)


@pytest.mark.usefixtures("items")
def test_count_of_many_items_is_estimated_and_marked_where_the_engine_estimates(client):
    number, estimated = matched(client, limit=2)
    assert 40 <= number <= 50 if POSTGRESQL else number == 45
    assert estimated is (True if POSTGRESQL else None)


def test_count_that_is_too_small_an_estimate_is_at_least_what_was_seen(client, settings):
    settings.STAC = {"max_exact_count": 5}
    add_items(add_collection(), 30)
    number, _ = matched(client, limit=2, filter="id LIKE 'scene%' AND id LIKE '%' AND NOT (id = 'x')")
    assert number >= 6


@pytest.mark.usefixtures("items")
def test_count_of_the_only_page_asks_nothing(client):
    with CaptureQueriesContext(connection) as queries:
        assert matched(client, collections="many", limit=40) == (40, None)
    assert not [query for query in queries if "COUNT(" in query["sql"]]


@pytest.mark.usefixtures("items")
def test_count_that_takes_too_long_is_left_to_an_estimate_or_out(client, monkeypatch):
    def give_up(**_):
        raise counting.TookTooLong("slow")

    monkeypatch.setattr(counting, "bounded_statement", give_up)
    number, estimated = matched(client, limit=2)
    assert (number is not None and estimated) if POSTGRESQL else (number, estimated) == (None, None)
