"""Aggregations from kept counts say what the database would, of whatever came, changed and went."""

import random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from catalog.models import Collection, Item, TallyRow
from catalog.querying.cell_tallies import MEETINGS, MIDDLES
from catalog.querying.finding import Sight
from catalog.services.collections import prepared_tallies
from catalog.services.items.bulk import write_items
from catalog.services.items.editing import remove_items
from catalog.stac.aggregation.computing import aggregate_items
from catalog.stac.aggregation.query import parse_aggregation_params
from tests.catalog.stac.records import add_collection, add_item

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SINGLE = "total_count,datetime_min,datetime_max,collection_frequency"
PROPERTIES = "cloud_cover_frequency,platform_frequency,gsd_frequency,view:azimuth_frequency"
WORLD = {"type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]}
SIDES = {
    "type": "MultiPolygon",
    "coordinates": [
        [[[178, 1], [180, 1], [180, 9], [178, 9], [178, 1]]],
        [[[-180, 1], [-177, 1], [-177, 9], [-180, 9], [-180, 1]]],
    ],
}
ASKED = (
    f"aggregations={SINGLE},{PROPERTIES}",
    *(
        f"aggregations=datetime_frequency&datetime_frequency_interval={each}"
        for each in ("day", "week", "month", "quarter", "year")
    ),
    "aggregations=datetime_frequency",
    *(
        f"aggregations=centroid_{kind}_grid_frequency&centroid_{kind}_grid_frequency_precision={each}"
        for kind, finest in MIDDLES.items()
        for each in (1, finest)
    ),
    *(
        f"aggregations=geometry_{kind}_grid_frequency&geometry_{kind}_grid_frequency_precision={each}"
        for kind, precisions in MEETINGS.items()
        for each in precisions
    ),
)


def scene(chance, number):
    west, south, size = chance.uniform(-170, 150), chance.uniform(-80, 70), chance.choice([0.01, 1, 20])
    ring = [[west, south], [west + size, south], [west, south + min(size, 15)], [west, south]]
    geometry = chance.choice([{"type": "Polygon", "coordinates": [ring]}, {"type": "Point", "coordinates": ring[0]}])
    properties = {
        "datetime": f"20{chance.randrange(16, 26)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}T23:59:59.5Z",
        "eo:cloud_cover": chance.choice([round(chance.uniform(0, 100), 2), 100, 0, "cloudy"]),
        "platform": chance.choice(["a", "b", "ä"]) if number % 3 else "a",
        "gsd": 10,
        "view:azimuth": chance.uniform(-180, 180),
    }
    odd = {0: SIDES, 1: None}.get(number % 9, geometry)
    box = {} if odd is None else {"bbox": [-180, -90, 180, 90]}
    return {
        "type": "Feature", "stac_version": "1.1.0", "id": f"scene-{number}", "geometry": odd, "links": [],
        "assets": {}, "properties": properties, **box,
    }  # fmt: skip


def write(collection_id, documents):
    report = write_items(collection_id=collection_id, documents=documents, replace=True)
    assert not report.refused


def assert_alike(*asked):
    """Assert that with and without kept counts the same is found."""
    sight = Sight(frozenset(Collection.objects.values_list("pk", flat=True)), reader=None, version="")
    for text in asked:
        query = parse_aggregation_params(QueryDict(text))
        ready = aggregate_items(query, user=AnonymousUser(), sight=sight)
        assert ready == aggregate_items(query, user=AnonymousUser(), sight=None), text


def test_kept_counts_say_what_a_scan_says(monkeypatch):
    monkeypatch.setattr(prepared_tallies, "MOST_CHANGES", 2)
    chance = random.Random(15)
    add_collection("empty")
    for name in ("first", "second"):
        add_collection(name)
        write(name, [scene(chance, number) for number in range(60)])
    assert_alike(*ASKED)
    for _ in range(3):
        write("first", [scene(chance, number) for number in range(0, 90, 7)])
        remove_items(Item.objects.filter(collection="second", item_id__endswith=chance.randrange(10)))
    assert TallyRow.objects.filter(collection="first", part="").count() <= 2
    assert_alike(*ASKED, "collections=second&aggregations=total_count,geometry_geohash_grid_frequency")
    remove_items(Item.objects.all())
    assert_alike(*ASKED[:3])


def test_items_that_come_and_go_singly_are_counted_when_somebody_asks(monkeypatch):
    monkeypatch.setattr(prepared_tallies, "MOST_CHANGES", 12)
    chance = random.Random(7)
    add_collection("scenes")
    for number in range(18):
        write("scenes", [scene(chance, number)])
    write("scenes", [scene(chance, 4)])
    remove_items(Item.objects.filter(item_id="scene-9"))
    assert 0 < TallyRow.objects.filter(part=prepared_tallies.NOTED).count() <= 12
    assert_alike(*ASKED)


def test_kept_counts_are_read_without_the_items():
    add_collection("scenes")
    write("scenes", [scene(random.Random(1), number) for number in range(5)])
    sight = Sight(frozenset(["scenes"]), reader=None, version="")
    for text in (f"aggregations=total_count,collection_frequency,{PROPERTIES}", *ASKED[1:6], *ASKED[7:]):
        with CaptureQueriesContext(connection) as asked:
            aggregate_items(parse_aggregation_params(QueryDict(text)), user=AnonymousUser(), sight=sight)
        statements = [each["sql"] for each in asked if "SELECT" in each["sql"]]
        assert len(statements) == 1, (text, statements)


def test_footprints_of_very_many_cells_are_left_to_the_database():
    add_collection("scenes")
    world = scene(random.Random(1), 2) | {"geometry": WORLD, "bbox": [-180, -90, 180, 90]}
    write("scenes", [world])
    assert_alike(*ASKED)
    remove_items(Item.objects.all())
    write("scenes", [scene(random.Random(1), 3)])
    assert_alike(*ASKED[-3:])


def test_items_from_before_there_were_counts_are_counted_later():
    collection = add_collection("old")
    write("old", [scene(random.Random(1), number) for number in range(20)])
    TallyRow.objects.all().delete()
    write("old", [scene(random.Random(2), 30)])
    assert_alike(*ASKED[:2])
    assert prepared_tallies.read_tallies(["old"], parts=["begin"]) is None
    prepared_tallies.tally_missing()
    assert TallyRow.objects.filter(collection=collection).exists()
    assert_alike(*ASKED)
    add_item(add_collection("unknown"))
    assert_alike(*ASKED[:2])
