"""How often a layer asks the database: what it was told is remembered for its neighbours, and by time."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.catalog.test_mosaics import ZXY, _register, add_scene  # noqa: F401  A fixture.

# The search, the collections and who sees them; the items that give the stretch and their files; those that lie there.
COLD = 7
Z, X, Y = map(int, ZXY.split("/"))
# In the same tile two zooms above.
NEIGHBOUR = f"{Z}/{X ^ 1}/{Y}"


@pytest.fixture
def searched(collection, add_scene):  # noqa: F811
    for number in range(6):
        add_scene(collection, f"s{number}", shade=50 + number, days=number, half=number % 2 == 0)
    return f"/tiles/searches/{_register({'collections': ['scenes']})}/"


def _asked(address):
    """How many statements read tables: SpatiaLite is asked of its index too, PostgreSQL told how long it may take."""
    with CaptureQueriesContext(connection) as found:
        assert Client().get(address).status_code in (200, 204)
    return sum(each["sql"].startswith('SELECT "catalog_') for each in found.captured_queries)


def test_tile_asks_the_database_as_often_however_many_items_it_has(searched):
    assert _asked(f"{searched}tiles/{ZXY}.png") == COLD


def test_tile_beside_another_asks_the_database_nothing(searched):
    _asked(f"{searched}tiles/{ZXY}.png")
    assert _asked(f"{searched}tiles/{NEIGHBOUR}.png") == 0
    assert _asked(f"{searched}tiles/{ZXY}.webp?rescale=0,100&pixel_selection=mean") == 0


def test_tile_of_another_time_asks_for_its_items_alone(searched):
    _asked(f"{searched}tiles/{ZXY}.png")
    time = "datetime=2024-04-28T00:00:00Z/.."
    assert _asked(f"{searched}tiles/{ZXY}.png?{time}") == 2
    assert _asked(f"{searched}tiles/{NEIGHBOUR}.png?{time}") == 0
