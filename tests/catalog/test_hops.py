"""How many modules and functions a reader passes who follows one request, or one file, through the code."""

from django.test import Client

from tests.hops import Hops

TILES = "/tiles/scenes/scene/data/tiles/12/2218/{}.webp"


def test_warm_tile_passes_few_modules_and_functions(scene):
    del scene
    client = Client()
    assert client.get(TILES.format(1470)).status_code == 200
    with Hops() as hops:
        answer = client.get(TILES.format(1471))
    assert answer.status_code == 200
    assert len(hops.modules) <= 21, str(hops)
    assert hops.functions <= 112, str(hops)
