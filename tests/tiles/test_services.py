import json
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import numpy as np
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from osgeo import gdal

from tests.tiles.gdal_wmts import read_wmts
from tiles.geo.grids import tile_matrix_sets

pytestmark = pytest.mark.urls("tests.tiles.urls")


class Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing, so that the test's output stays readable."""


@pytest.fixture
def live(settings) -> Iterator[str]:
    settings.ALLOWED_HOSTS = ["*"]
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


# A grid, and a place in it: the system of an image there, and its lower left corner. Some systems count north first.
WMTS_PLACES = [
    ("WebMercatorQuad", 32618, 300000, 4400000), ("WorldCRS84Quad", 32618, 300000, 4400000),
    ("WGS1984Quad", 32618, 300000, 4400000), ("WorldMercatorWGS84Quad", 32618, 300000, 4400000),
    ("UTM31WGS84Quad", 32631, 500000, 5400000), ("EuropeanETRS89_LAEAQuad", 32632, 500000, 5700000),
    ("NZTM2000Quad", 32759, 500000, 5200000), ("CanadianNAD83_LCC", 32612, 500000, 6900000),
    ("UPSArcticWGS84Quad", 32633, 500000, 9280000), ("UPSAntarcticWGS84Quad", 3031, 400000, 900000),
    ("LINZAntarticaMapTilegrid", 3031, 478000, -1315000),
]  # fmt: skip


@pytest.mark.parametrize(("matrix_set", "epsg", "west", "south"), WMTS_PLACES, ids=[place[0] for place in WMTS_PLACES])
def test_wmts_read_by_gdal_is_the_source(make, publish, live, tmp_path, matrix_set, epsg, west, south):
    ref = make(epsg=epsg, bounds=(west, south, west + 10240, south + 10240))
    edges = [west + 2000.0, south + 2000.0, west + 8000.0, south + 8000.0]
    address = f"{live}{publish(ref)}WMTSCapabilities.xml?tileMatrixSetId={matrix_set}"
    found = read_wmts(address, matrix_set, edges=edges, epsg=epsg, folder=tmp_path)
    expected = gdal.Warp(
        "", ref.location, format="MEM", width=256, height=256, resampleAlg="bilinear", outputBounds=edges
    ).ReadAsArray()
    apart = np.abs(found[:3].astype(int) - expected.astype(int))
    assert apart.mean() < 0.6
    assert np.percentile(apart, 99) <= 2


def test_wmts_hands_on_the_rendering_parameters(make, publish, client: Client):
    path = publish(make())
    answer = client.get(path + "WMTSCapabilities.xml?bidx=2&colormap_name=viridis&tile_format=jpg")
    text = answer.content.decode()
    assert answer["Content-Type"] == "application/xml"
    assert "{TileMatrix}/{TileCol}/{TileRow}.jpg?bidx=2&amp;colormap_name=viridis" in text
    assert text.count("<TileMatrixSetLink>") == 2


@pytest.mark.parametrize(
    "query",
    ["tileMatrixSetId=Nowhere", "tileMatrixSetId=CDB1GlobalGrid", "tile_format=bmp", "bidx=x",
     "tileMatrixSetId=pixels", "tileMatrixSetId=" + ",".join(f"A{n}" for n in range(30)),
     "algorithm=terrarium&tile_format=jpg"],
)  # fmt: skip
def test_wmts_of_nonsense_is_refused(make, publish, client: Client, query):
    answer = client.get(publish(make()) + "WMTSCapabilities.xml?" + query)
    assert answer.status_code == 400
    assert answer.json()["description"]


def test_services_of_a_picture_say_that_it_has_no_place(make, publish, client: Client):
    path = publish(make(epsg=0))
    for route in ("WMTSCapabilities.xml", "tiles", "tiles/WebMercatorQuad"):
        assert client.get(path + route).json()["code"] == "unsupported_operation"


def test_tilesets_list_every_grid_and_lead_to_tiles(make, publish, client: Client):
    path = publish(make())
    listed = client.get(path + "tiles?bidx=1").json()["tilesets"]
    assert len(listed) == len(tile_matrix_sets()) >= 13
    entry = next(each for each in listed if each["title"].endswith("WebMercatorQuad"))
    links = {link["rel"].rpartition("/")[2]: link["href"] for link in entry["links"]}
    definition = client.get(links["tiling-scheme"]).json()
    assert definition["id"] == "WebMercatorQuad"
    found = client.get(links["self"]).json()
    limits = found["tileMatrixSetLimits"][12]
    place = {"tileMatrix": "12", "tileCol": str(limits["minTileCol"]), "tileRow": str(limits["maxTileRow"])}
    url = found["links"][2]["href"].format(**place)
    assert "bidx=1" in url
    assert client.get(url).status_code == 200
    outside = url.replace(f"/{limits['minTileCol']}/", f"/{limits['minTileCol'] - 1}/")
    assert client.get(outside).status_code == 404


@pytest.mark.parametrize("name", tile_matrix_sets())
def test_tilejson_of_every_grid_names_zooms_of_it(make, publish, client: Client, name):
    path = publish(make(epsg=32631, bounds=(500000, 5400000, 510240, 5410240)))
    answer = client.get(f"{path}tiles/{name}/tilejson.json")
    # Some grids are so far from the image that no way leads there.
    if answer.status_code == 200:
        document = answer.json()
        assert f"/tiles/{name}/{{z}}/{{x}}/{{y}}." in document["tiles"][0]
        assert "tiles/tiles" not in document["tiles"][0]
        assert document["minzoom"] <= document["maxzoom"]
    else:
        assert answer.status_code == 400


def test_lists_say_what_parameters_take(client: Client):
    assert len(client.get("/tiles/tileMatrixSets").json()["tileMatrixSets"]) >= 13
    assert len(client.get("/tiles/colormaps").json()["colormaps"]) > 200
    assert client.get("/tiles/colormaps/Viridis").json()["0"] == [68, 1, 84, 255]
    assert client.get("/tiles/formats").json()["pictures"]["webp"] == "image/webp"
    assert "gdal" in client.get("/tiles/sources").json()
    options = client.get("/tiles/algorithms").json()["hillshade"]["parameters"]["properties"]
    assert options["azimuth"]["default"] == 315
    assert client.get("/tiles/algorithms/slope").json()["title"]
    assert client.get("/tiles/conformance").json()["conformsTo"]


@pytest.mark.parametrize("path", ["tileMatrixSets/None", "colormaps/None", "algorithms/None"])
def test_unknown_name_in_a_path_is_not_found(client: Client, path):
    answer = client.get(f"/tiles/{path}")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "not_found")
    assert "None" in answer.json()["description"]


def test_unknown_name_of_an_image_is_not_found_in_a_path_and_bad_in_a_query(make, publish, client: Client):
    path = publish(make(bands=1))
    in_path = ["tiles/None/13/2337/3107.png", "tiles/None", "tiles/None/tilejson.json"]
    tile = "tiles/13/2337/3107.png"
    in_query = [f"{tile}?tileMatrixSetId=None", "tilejson.json?tileMatrixSetId=None", f"{tile}?colormap_name=None",
                f"{tile}?palette=None", f"{tile}?algorithm=None"]  # fmt: skip
    for routes, expected in ((in_path, (404, "not_found")), (in_query, (400, "invalid_parameter"))):
        for route in routes:
            answer = client.get(path + route)
            assert (answer.status_code, answer.json()["code"]) == expected, route
            assert "None" in answer.json()["description"]
