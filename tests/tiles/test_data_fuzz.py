"""Whatever is asked of the data routes, the answer is one of theirs: never 500, never a picture of the wrong thing."""

import json

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.urls("tests.tiles.urls")
ANSWERS = {200, 204, 400, 404, 413}
FORMATS = st.sampled_from(["png", "jpg", "webp", "tif", "cog", "npy", "gif", "x"])
NUMBERS = st.one_of(
    st.sampled_from(
        ["0", "1", "-1", "2", "3", "255", "512", "1e3", "-1e-9", "nan", "inf", "-inf", "1e308", "9" * 30, "", "x"]
    ),
    st.floats(-1000, 1000).map(str),
    st.integers(-600, 600).map(str),
)
LISTS = st.lists(NUMBERS, max_size=6).map(",".join)
SYSTEMS = st.sampled_from(
    ["EPSG:4326", "EPSG:3857", "EPSG:32618", "EPSG:32760", "EPSG:3031", "EPSG:2193", "OGC:CRS84", "pixels", "native",
     "EPSG:4978", "EPSG:5703", "ESRI:54009", "EPSG:99999", "urn:ogc:def:crs:EPSG::4326", "/etc/passwd", "+proj=x", ""]
)  # fmt: skip
BOXES = st.sampled_from(
    ["-77.3,39.75,-77.2,39.8", "-180,-90,180,90", "179,-1,-179,1", "300000,4400000,310240,4410240", "0,0,512,512",
     "-77.3,39.75,-77.3,39.75", "-1e9,-1e9,1e9,1e9", "305000,4404000,305020,4404020", "-77,-90,-76,90"]
)  # fmt: skip
FLAGS = st.sampled_from(["true", "false", "1", "0", "maybe", ""])
EXPRESSIONS = st.sampled_from(
    ["b1", "b1/b2", "b1/0", "b9", "b1;b2;b3", "(b1", "__import__('os')", "where(b1>9,b1,0)", "log(b1-b1)"]
)
BROKEN = st.text(max_size=20)
PARAMETERS = {
        "bbox": BOXES | LISTS, "bbox_crs": SYSTEMS, "coord_crs": SYSTEMS, "crs": SYSTEMS,
        "left": NUMBERS, "top": NUMBERS, "right": NUMBERS, "bottom": NUMBERS,
        "units": st.sampled_from(["pixels", "EPSG:4326", "EPSG:3857", "fraction", ""]),
        "width": NUMBERS, "height": NUMBERS, "max_width": NUMBERS, "max_height": NUMBERS, "max_size": NUMBERS,
        "bidx": NUMBERS | LISTS, "expression": EXPRESSIONS | BROKEN, "nodata": NUMBERS, "unscale": FLAGS,
        "resampling": st.sampled_from(["nearest", "bilinear", "cubic", "lanczos", "average", "mode", "x"]),
        "rescale": LISTS, "colormap_name": st.sampled_from(["viridis", "no"]), "return_mask": FLAGS, "styled": FLAGS,
        "p": LISTS, "histogram_bins": LISTS, "histogram_range": LISTS, "categorical": FLAGS, "c": LISTS,
        "bins": LISTS, "range": LISTS, "density": FLAGS, "samples": NUMBERS, "line": LISTS | BOXES,
        "assets": st.sampled_from(["earth,earth", "earth,picture", "earth", "nothing", ","]), "bogus": BROKEN,
}  # fmt: skip
# Few of them at once: the first bad one would hide all others.
QUERIES = st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: PARAMETERS[name] for name in names})
)
# Questions that have an answer, for others to be added to.
GOOD = st.sampled_from(
    [
        {"bbox": "-77.3,39.75,-77.2,39.8"},
        {"bbox": "300000,4400000,310240,4410240", "bbox_crs": "EPSG:32618"},
        {"left": "10", "top": "10", "right": "300", "bottom": "90.5", "units": "pixels"},
        {"bbox": "179,-1,-179,1", "crs": "EPSG:3832"},
        {"line": "-77.3,39.75,-77.2,39.8"},
        {"line": "10,10,500,300", "coord_crs": "pixels"},
        {"left": "3", "top": "511"},
        {},
    ]
)
POSITIONS = st.tuples(*[st.floats(-1e6, 5e6) | st.floats(-180, 180) | st.integers(0, 512)] * 2).map(list)
RINGS = st.lists(POSITIONS, max_size=6).map(lambda points: [*points, *points[:1]])
GEOMETRIES = st.one_of(
    st.builds(lambda rings: {"type": "Polygon", "coordinates": rings}, st.lists(RINGS, max_size=2)),
    st.builds(
        lambda parts: {"type": "MultiPolygon", "coordinates": parts}, st.lists(st.lists(RINGS, max_size=2), max_size=2)
    ),
    st.builds(lambda points: {"type": "LineString", "coordinates": points}, st.lists(POSITIONS, max_size=5)),
    st.just({"type": "Polygon", "coordinates": [[[-77.3, 39.7], [-77.2, 39.7], [-77.2, 39.8], [-77.3, 39.7]]]}),
    st.just({"type": "Polygon", "coordinates": [[[10, 10], [500, 30], [300, 500], [10, 10]]]}),
    st.just({"type": "LineString", "coordinates": [[-77.3, 39.7], [-77.2, 39.8]]}),
    st.just({"type": "Polygon", "coordinates": [[[-400, -90], [400, -90], [400, 90], [-400, 90], [-400, -90]]]}),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
BODIES = st.one_of(
    GEOMETRIES,
    GEOMETRIES.map(lambda geometry: {"type": "Feature", "geometry": geometry, "properties": None}),
    st.lists(GEOMETRIES | ANYTHING, max_size=3).map(
        lambda found: {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": one} for one in found]}
    ),
    ANYTHING,
)
ROUTES = st.one_of(
    FORMATS.map("data/region.{}".format),
    FORMATS.map("data/preview.{}".format),
    FORMATS.map("data/thumbnail.{}".format),
    st.sampled_from(["data/statistics", "data/histogram", "data/pixel", "data/profile", "info/statistics"]),
    st.sampled_from(["-77.25,39.78", "0,0", "305000.5,4405000", "-180,90", "1.2.3,4", "12,"]).map(
        "data/point/{}".format
    ),
)
POSTED = st.one_of(FORMATS.map("data/region.{}".format), st.sampled_from(["data/statistics", "data/profile"]))
NAMES = st.sampled_from(["earth", "picture", "world"])
SETTINGS = settings(max_examples=250)


def sized(query: dict[str, str]) -> dict[str, str]:
    """Small answers, that the test ends."""
    return query if {"width", "height"} & query.keys() else {"max_size": "40"} | query


def check(response) -> None:
    if response.streaming:
        assert b"".join(response.streaming_content)
    elif response.status_code >= 400 and response["Content-Type"] == "application/json":
        assert response.json()["code"]
        assert response.json()["description"]
    assert response.status_code in ANSWERS, response.content[:500]


@pytest.mark.usefixtures("_fuzzed")
@SETTINGS
@given(name=NAMES, route=ROUTES, good=GOOD, query=QUERIES)
def test_any_query_gets_one_of_the_answers(name, route, good, query):
    check(Client().get(f"/files/{name}/{route}", good | sized(query)))


@pytest.mark.usefixtures("_fuzzed")
@SETTINGS
@given(name=NAMES, route=POSTED, query=QUERIES, body=BODIES)
def test_any_body_gets_one_of_the_answers(name, route, query, body):
    text = json.dumps(body)
    check(Client().post(f"/files/{name}/{route}", text, content_type="application/json", query_params=sized(query)))


@pytest.mark.usefixtures("_fuzzed")
@SETTINGS
@given(name=NAMES, body=st.binary(max_size=200))
def test_any_bytes_get_one_of_the_answers(name, body):
    check(Client().post(f"/files/{name}/data/statistics", body, content_type="application/geo+json"))
