"""Whatever is asked of a layer, the answer is a tile, nothing, or a sentence that says what is wrong."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalog.test_mosaics import ZXY, add_scene  # noqa: F401  A fixture.

NAMES = (
    "pixel_selection", "assets", "bidx", "expression", "rescale", "colormap_name", "colormap", "nodata", "resampling",
    "stretch", "style", "tilesize", "buffer", "tileMatrixSetId", "tile_format", "subdataset", "algorithm", "unscale",
    "bbox", "bbox_crs", "coord_crs", "crs", "max_size", "width", "height", "styled", "compress", "p", "c",
    "return_mask", "histogram_bins", "histogram_range", "categorical", "left", "right", "top", "bottom", "units",
    "limit", "cursor", "datetime", "render", "frame", "minzoom", "maxzoom", "bins", "range", "density",
    "line", "samples",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "0",
            "1",
            "-1",
            "1,2,3",
            "b1/0",
            "first",
            "median",
            "count",
            "data",
            "nan",
            "1e400",
            "{}",
            "pixels",
            "true",
            "15.02,45.12,15.03,45.13",
            "15.02,45.12",
            "170,-80,-170,80",
            "-180,-90,180,90",
            "EPSG:3857",
            "EPSG:3995",
            "EPSG:32633",
            "native",
            "hillshade",
            "terrainrgb",
            "UPSArcticWGS84Quad",
            "2024-05-01T00:00:00Z",
            "2024-05-01T00:00:00Z/..",
            "../2024-04-22T00:00:00+14:00",
            "../..",
            "2024-13-01T00:00:00Z",
        ]
    ),
)
# Where the scene is, so that more than its absence is asked about.
BOX = "bbox=15.02,45.12,15.03,45.13"
ROUTES = (
    "", "tilejson.json", "WMTSCapabilities.xml", "tiles", "tiles/WorldCRS84Quad", "tiles/WebMercatorQuad/tilejson.json",
    f"tiles/{ZXY}.png", f"tiles/{ZXY}.npy", f"tiles/{ZXY}/assets", "point/15.02,45.1", "data/point/15.02,45.1",
    "data/region.tif", f"data/region.png?{BOX}", f"data/region.npy?{BOX}", "data/statistics", f"data/statistics?{BOX}",
    "data/thumbnail.png", "data/preview.tif", "info/metadata", "info/bands", "info/statistics", "data/histogram",
    f"data/histogram?{BOX}", "data/profile", "data/profile?line=15.02,45.12,15.03,45.13", "data/pixel",
    "data/pixel?left=5&top=5", "data/pixel?left=15.02&top=45.1&coord_crs=EPSG:4326", "info/frames",
    f"info/metadata_internal?{BOX}",
)  # fmt: skip
POSTED = ("data/region.tif", "data/region.png", "data/statistics")
PLACES = st.one_of(st.floats(-400, 400), st.floats(15, 15.1), st.floats(45, 45.2), st.just(180.0))
BODIES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda each: st.one_of(st.lists(each, max_size=3), st.dictionaries(st.text(max_size=8), each, max_size=3)),
    max_leaves=6,
)
MEMBERS = st.sampled_from(["collections", "ids", "bbox", "intersects", "datetime", "filter", "sortby", "metadata", "q"])
QUICK = settings(max_examples=60)


@QUICK
@given(route=st.sampled_from(ROUTES), query=st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=3))
def test_layer_asked_anything_never_fails(searched, route, query):
    joint = "&" if "?" in route else "?"
    answer = Client().get(f"/tiles/searches/{searched}/{route}{joint}{urlencode(query)}")
    assert answer.status_code < 500, (route, query, answer.content)
    if answer.status_code >= 400:
        assert answer.json().keys() >= {"code", "description"}


@QUICK
@given(
    route=st.sampled_from(POSTED),
    query=st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=2),
    ring=st.lists(st.tuples(PLACES, PLACES), min_size=3, max_size=6),
)
def test_layer_posted_any_polygon_never_fails(searched, route, query, ring):
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    address = f"/tiles/searches/{searched}/{route}?{urlencode(query)}"
    answer = Client().post(address, shape, content_type="application/geo+json")
    assert answer.status_code < 500, (route, query, ring, answer.content)
    if answer.status_code >= 400:
        assert answer.json().keys() >= {"code", "description"}


@QUICK
@given(
    query=st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=2),
    vertices=st.lists(st.tuples(PLACES, PLACES), min_size=2, max_size=6),
)
def test_layer_posted_any_line_never_fails(searched, query, vertices):
    line = {"type": "LineString", "coordinates": vertices}
    address = f"/tiles/searches/{searched}/data/profile?{urlencode(query)}"
    answer = Client().post(address, line, content_type="application/geo+json")
    assert answer.status_code < 500, (query, vertices, answer.content)
    if answer.status_code >= 400:
        assert answer.json().keys() >= {"code", "description"}


@QUICK
@given(body=st.dictionaries(MEMBERS, BODIES, max_size=3))
def test_register_anything_never_fails(db, body):
    del db
    answer = Client().post("/tiles/searches/", body, content_type="application/json")
    assert answer.status_code in (201, 400), (body, answer.content)
    if answer.status_code == 201:
        found = Client().get(f"/tiles/searches/{answer.json()['id']}/tiles/0/0/0.png")
        assert found.status_code in (200, 204, 400), (body, found.content)


@pytest.fixture
def searched(collection, add_scene):  # noqa: F811
    add_scene(collection, "one", shade=90)
    return Client().post("/tiles/searches/", {}, content_type="application/json").json()["id"]
