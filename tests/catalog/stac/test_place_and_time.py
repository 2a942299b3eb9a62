"""Searches of a place and a time at once: right for every interval, and by one index where the engine has it."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict

from catalog.models import Item
from catalog.querying.finding import matching_items
from catalog.querying.query import parse_query_string
from tests.catalog.factories import UserFactory
from tests.catalog.stac.records import EPOCH, add_collection, add_item

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"
INDEX = next(each for each in Item._meta.indexes if each.name == "item_place_and_time")


def moment(days: float) -> str:
    return (EPOCH + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def test_search_of_place_and_time_finds_what_overlaps_both(client):
    collection = add_collection()
    lasting = {}
    for number in range(60):
        start, days = random.randrange(20), random.choice([0, 0, 1, 5])
        west = random.randrange(5)
        end = EPOCH + timedelta(days=start + days) if days else None
        item = add_item(
            collection, f"{number}", start=EPOCH + timedelta(days=start), end=end, bbox=(west, 0, west + 0.5, 1)
        )
        lasting[item.item_id] = (start, start + days, west)
    for _ in range(40):
        first, last = sorted(random.choices(range(-1, 27), k=2))
        given = random.choice([f"{moment(first)}/{moment(last)}", f"{moment(first)}/..", f"../{moment(last)}"])
        low, high = (float("-inf") if given[0] == "." else first), (float("inf") if given[-1] == "." else last)
        west = random.randrange(5)
        box = {"bbox": f"{west + 0.1},0,{west + 0.2},1"}
        page = client.get("/stac/search", {**box, "datetime": given, "limit": 100}).json()
        expected = {name for name, (start, end, at) in lasting.items() if start <= high and end >= low and at == west}
        assert {feature["id"] for feature in page["features"]} == expected
        some = client.get("/stac/search", {**box, "datetime": given, "limit": 1}).json()
        assert some["numberMatched"] == len(expected)


@pytest.mark.skipif(not POSTGRESQL, reason="of PostgreSQL")
def test_search_of_place_and_time_goes_by_the_index_of_both():
    collection = add_collection()
    Item.objects.bulk_create(
        Item(
            collection=collection,
            item_id=str(number),
            geometry=f"SRID=4326;POINT({number % 180} {number % 90})",
            start_datetime=EPOCH + timedelta(days=number),
            end_datetime=EPOCH + timedelta(days=number),
        )
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_item")
    params = QueryDict(f"collections=scenes&bbox=10,10,30,30&datetime={moment(100)}/{moment(800)}")
    plan = matching_items(parse_query_string(params), user=UserFactory(is_superuser=True)).explain()
    assert INDEX.name in plan, plan


@pytest.mark.skipif(not POSTGRESQL, reason="of PostgreSQL")
def test_index_without_the_extension_has_place_and_time():
    with connection.cursor() as cursor, connection.schema_editor() as editor:
        cursor.execute("DROP EXTENSION btree_gist CASCADE")
        editor.execute(INDEX.create_sql(Item, editor))
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX.name])
        (definition,) = cursor.fetchone()
    assert "gist (geometry, tstzrange(start_datetime, end_datetime, '[]'::text))" in definition
