"""TileJSON, WMTS and OGC API - Tiles of a search, and what is told of its images."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from django.test import Client

from tests.catalog.imagery import NORTH, PIXEL, SIZE, WEST
from tests.catalog.test_mosaics import ZXY, _register, _shades, add_scene  # noqa: F401  Fixtures.
from tests.tiles.gdal_wmts import read_wmts
from tiles.geo.grids import tile_matrix_sets

WMTS = "{http://www.opengis.net/wmts/1.0}"


@pytest.fixture
def searched(collection, add_scene):  # noqa: F811
    """Return the path of a layer of two scenes, one of them above the other's western half."""
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200, half=True)
    return f"/tiles/searches/{_register({'collections': ['scenes']})}/"


def test_wmts_capabilities_lead_to_tiles(searched):
    answer = Client().get(f"{searched}WMTSCapabilities.xml?pixel_selection=lowest&bidx=1")
    assert answer["Content-Type"] == "application/xml"
    root = ET.fromstring(answer.content)
    template = root.find(f".//{WMTS}ResourceURL").get("template")
    assert template.endswith("?bidx=1&pixel_selection=lowest")
    limits = next(each for each in root.iter(f"{WMTS}TileMatrixLimits") if each.find(f"{WMTS}TileMatrix").text == "12")
    z, x, y = ZXY.split("/")
    assert int(limits.find(f"{WMTS}MinTileCol").text) <= int(x) <= int(limits.find(f"{WMTS}MaxTileCol").text)
    assert int(limits.find(f"{WMTS}MinTileRow").text) <= int(y) <= int(limits.find(f"{WMTS}MaxTileRow").text)
    for name, value in {"TileMatrixSet": "WebMercatorQuad", "TileMatrix": z, "TileCol": x, "TileRow": y}.items():
        template = template.replace(f"{{{name}}}", value)
    assert _shades(Client().get(template)) == [50]


def test_wmts_read_by_gdal_is_what_the_layer_shows(searched, live_server, tmp_path):
    """The newer scene's half in the west, the older one in the east, apart from the seam."""
    side, middle = SIZE * PIXEL, WEST + SIZE * PIXEL / 2
    edges = [middle - side / 4, NORTH - side * 3 / 4, middle + side / 4, NORTH - side / 4]
    address = f"{live_server.url}{searched}WMTSCapabilities.xml"
    shade, *_ = read_wmts(address, "WebMercatorQuad", edges=edges, epsg=32633, folder=tmp_path)
    assert np.unique(shade[:, :120]).tolist() == [200]
    assert np.unique(shade[:, 136:]).tolist() == [50]


def test_tilesets_list_every_grid_and_lead_to_tiles(searched):
    listed = Client().get(f"{searched}tiles?pixel_selection=highest").json()["tilesets"]
    assert len(listed) == len(tile_matrix_sets())
    entry = next(each for each in listed if each["title"].endswith("WebMercatorQuad"))
    found = Client().get(entry["links"][0]["href"]).json()
    limits = found["tileMatrixSetLimits"][12]
    z, x, y = map(int, ZXY.split("/"))
    assert limits["minTileCol"] <= x <= limits["maxTileCol"]
    assert limits["minTileRow"] <= y <= limits["maxTileRow"]
    links = {link["title"]: link["href"] for link in found["links"]}
    tile = links["Tiles"].format(tileMatrix=z, tileCol=x, tileRow=y)
    assert _shades(Client().get(tile)) == [50, 200]
    assert Client().get(links["TileJSON"]).json()["tiles"][0].endswith("?pixel_selection=highest")


@pytest.mark.parametrize("name", tile_matrix_sets())
def test_tilejson_and_tileset_of_every_grid(searched, name):
    document = Client().get(f"{searched}tiles/{name}/tilejson.json").json()
    assert document["tiles"] == [f"http://testserver{searched}tiles/{name}/{{z}}/{{x}}/{{y}}.webp"]
    assert document["minzoom"] <= document["maxzoom"]
    assert Client().get(f"{searched}tiles/{name}").json()["boundingBox"]["lowerLeft"] == document["bounds"][:2]


def test_tilejson_of_heights_names_a_format_that_keeps_them(searched):
    document = Client().get(f"{searched}tilejson.json?algorithm=terrarium").json()
    assert document["tiles"][0].endswith(".png?algorithm=terrarium")


@pytest.mark.parametrize(
    ("route", "status"),
    [
        ("tiles/Nowhere", 404),
        ("tiles/Nowhere/tilejson.json", 404),
        ("tiles/Nowhere/0/0/0/assets", 404),
        ("tilejson.json?tileMatrixSetId=Nowhere", 400),
        ("WMTSCapabilities.xml?tileMatrixSetId=Nowhere", 400),
        ("WMTSCapabilities.xml?tileMatrixSetId=CDB1GlobalGrid", 400),
        ("WMTSCapabilities.xml?tile_format=bmp", 400),
        ("tilejson.json?algorithm=terrarium&tile_format=jpg", 400),
        ("tiles?bidx=x", 400),
        ("tiles/0/0/0.png?colormap_name=nonesuch", 400),
    ],
)
def test_service_of_an_unknown_name_is_refused(searched, route, status):
    answer = Client().get(searched + route)
    assert answer.status_code == status
    assert answer.json()["description"]


def test_facts_are_those_of_the_images(searched):
    found = Client().get(f"{searched}info/metadata").json()
    assert (found["count"], found["dtype"], found["crs"]) == (1, "byte", "EPSG:32633")
    assert found["bounds"][0] < found["bounds"][2]
    assert found["minzoom"] <= 12 <= found["maxzoom"]
    assert [band["index"] for band in Client().get(f"{searched}info/bands").json()] == [1]
    statistics = Client().get(f"{searched}info/statistics").json()["b1"]
    assert (statistics["min"], statistics["max"]) == (50, 200)


def test_facts_of_an_empty_layer_are_none(db):
    del db
    identifier = _register({"collections": ["nowhere"]})
    for route in ("info/metadata", "info/bands", "info/statistics"):
        assert Client().get(f"/tiles/searches/{identifier}/{route}").status_code == 404
    for route in ("tilejson.json", "WMTSCapabilities.xml", "tiles", "tiles/WebMercatorQuad"):
        assert Client().get(f"/tiles/searches/{identifier}/{route}").status_code == 200


def test_tilejson_hands_on_sizes_and_keeps_within_zooms(searched):
    document = Client().get(f"{searched}tilejson.json?tilesize=512&buffer=2&minzoom=8&maxzoom=11").json()
    assert document["tiles"][0].endswith("/{z}/{x}/{y}.webp?tilesize=512&buffer=2")
    assert (document["tilesize"], document["minzoom"], document["maxzoom"]) == (512, 8, 11)
    refused = Client().get(f"{searched}tilejson.json?tilesize=77").json()
    assert refused["description"] == "tilesize must be one of 128, 256, 512, 1024, not '77'"
