"""Items by where they lie: as SpatiaLite and PostGIS decide each by itself, found through their indexes."""

import pytest
import shapely
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import Q

from catalog.models import Item
from catalog.models import item as places
from catalog.services.searches.mosaic import mosaic_of
from catalog.services.searches.registering import register_search
from tests.catalog.factories import CollectionFactory, ItemFactory

pytestmark = pytest.mark.django_db
SIDE = 0.25


@pytest.fixture
def scattered(rng):
    collection = CollectionFactory()
    corners = rng.uniform((-179, -80), (178, 80), (200, 2))
    items = [ItemFactory.build(collection=collection, west=west, south=south, size=1) for west, south in corners]
    return Item.objects.bulk_create([*items, ItemFactory.build(collection=collection, geometry=None, bbox=None)])


def _box(west, south, east, north):
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = 4326
    return box


@pytest.mark.parametrize("few", [5000, 0])
def test_items_of_a_place_are_those_that_meet_it(scattered, rng, monkeypatch, few):
    del scattered
    monkeypatch.setattr(places, "MOST_BY_RTREE", few)
    for west, south in rng.uniform((-180, -85), (100, 20), (20, 2)):
        box = _box(west, south, west + 70, south + 50)
        found = set(Item.objects.lying_at(box).values_list("pk", flat=True))
        assert found == set(Item.objects.filter(geometry__intersects=box).values_list("pk", flat=True))


def test_items_that_move_or_go_are_found_where_they_are(scattered):
    moved, gone = scattered[:2]
    place = _box(179.5, 84, 179.9, 84.5)
    Item.objects.filter(pk=moved.pk).update(geometry=place)
    Item.objects.filter(Q(pk=gone.pk)).delete()
    assert list(Item.objects.lying_at(place)) == [moved]
    assert not Item.objects.lying_at(gone.geometry).filter(pk=gone.pk).exists()


def test_items_of_a_tile_are_looked_up_in_the_spatial_index(scattered):
    del scattered
    search = register_search(user=AnonymousUser(), body={}, metadata={})
    items = mosaic_of(search, user=AnonymousUser()).lying_in(shapely.box(10, 45, 10 + SIDE, 45 + SIDE))
    if connection.vendor == "sqlite":
        plan = items.explain()
        assert "SEARCH catalog_item USING INTEGER PRIMARY KEY" in plan, plan
        assert "idx_catalog_item_geometry VIRTUAL TABLE INDEX 2:" in plan, plan
    else:
        with connection.cursor() as cursor:
            # The table is so small that reading all of it is what pays; and what the planner knows of it is else
            # what it was when somebody last looked, which is before these rows or in the middle of another test.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("ANALYZE catalog_item")
            # It knows places too, and of so few rows it is chance which of the two is taken.
            cursor.execute("DROP INDEX item_place_and_time")
        assert "catalog_item_geometry" in items.explain()
