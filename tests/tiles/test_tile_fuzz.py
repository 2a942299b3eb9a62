"""Whatever is asked of the tile routes, the answer is one of theirs: never 500."""

import pytest
from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tiles.geo.grids import tile_matrix_sets

pytestmark = pytest.mark.urls("tests.tiles.urls")
ANSWERS = {200, 204, 400, 404, 413}
NUMBERS = st.one_of(
    st.sampled_from(
        ["0", "1", "-1", "2", "255", "1e3", "-1e-9", "nan", "inf", "-inf", "1e308", "9" * 30, "٣", "", "x"]
    ),
    st.floats(-1000, 1000).map(str),
    st.integers(-600, 600).map(str),
)
LISTS = st.lists(NUMBERS, max_size=6).map(",".join)
FLAGS = st.sampled_from(["true", "false", "1", "maybe", ""])
BROKEN = st.text(max_size=20)
JSON = st.sampled_from(
    ["{}", "[]", "null", "1", '"x"', "[[", '{"a": {}}', "[" * 3000, "NaN", '{"band": 1}', '{"bands": [{"band": 1e99}]}',
     '{"bands": [{"band": 1, "palette": "#f00"}, {"band": 2, "palette": ["#000", "lime"], "min": "min:0.1"}]}',
     '{"function": "os.system"}', '{"band": 2, "min": "auto", "max": "full", "scheme": "discrete", "palette": "jet"}',
     '{"1": "red", "100": [0, 0, 255, 9]}', '[[[0, 99], "red"], [[99, 1e300], "#0f0"]]', '{"1e400": "red"}',
     '{"azimuth": 9}', '{"interval": 0.5}', '{"interval": 1e999}', '{"base": -100000, "interval": 0.001}',
     '{"band": 1, "nodata": 1e400}', '{"band": 1, "min": 1e400}', '{"azimuth": ' + "9" * 5000 + "}"]
)  # fmt: skip
PARAMETERS = {
    "bidx": NUMBERS | LISTS, "band": NUMBERS, "rescale": LISTS, "min": NUMBERS | st.sampled_from(["auto", "min:0.1"]),
    "max": NUMBERS | st.sampled_from(["auto", "full", "max:0.999"]), "nodata": NUMBERS, "return_mask": FLAGS,
    "unscale": FLAGS, "tilesize": NUMBERS | st.sampled_from(["128", "512"]), "buffer": NUMBERS,
    "stretch": st.sampled_from(["minmax", "percentile", "percentile:0.1,50", "stddev:99", "stddev:-1"]) | BROKEN,
    "colormap_name": st.sampled_from(["viridis", "tab10", "cmc.batlow_r", "|", "ramp|zz", "_r"]) | BROKEN,
    "palette": st.sampled_from(["#f00", "red,blue", '["#000"]', ",", "#", "viridis"]) | BROKEN,
    "scheme": st.sampled_from(["linear", "discrete", "x"]), "colormap": JSON | BROKEN,
    "colormap_type": st.sampled_from(["linear", "exact", "intervals", "x"]), "style": JSON | BROKEN,
    "color_formula": st.sampled_from(
        ["gamma RGB 2", "sigmoidal RGB 100 0", "sigmoidal R -100 1", "saturation 0", "gamma G 0.01 saturation 10"]
    ) | BROKEN,
    "algorithm": st.sampled_from(["hillshade", "slope", "aspect", "contours", "terrarium", "terrainrgb", "x"]),
    "algorithm_params": JSON,
    "expression": st.sampled_from(
        ["b1", "b1/b2", "b1/0", "b9", "b1;b2;b3", "(b1", "__import__('os')", "where(b1>9,b1,0)", "b1**b1**b1"]
    ) | st.text("b123()+-*/,;<>=&|. ", max_size=15),
    "resampling": st.sampled_from(["nearest", "bilinear", "cubic", "lanczos", "average", "mode", "x"]),
    "assets": st.sampled_from(["earth,earth", "earth,picture", "earth", "nothing", ","]),
    "frame": NUMBERS, "z": NUMBERS,
    "tileMatrixSetId": st.sampled_from([*tile_matrix_sets(), "pixels", "None", ""]), "tile_format": BROKEN,
    "subdataset": BROKEN, "bogus": BROKEN,
}  # fmt: skip
QUERIES = st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: PARAMETERS[name] for name in names})
)
FORMATS = st.sampled_from(["png", "jpg", "webp", "tif", "npy", "gif", "x", "png"])
PLACES = st.sampled_from(
    ["13/2337/3107", "0/0/0", "1/0/0", "-1/0/0", "30/1/1", "9" * 20 + "/0/0", "13/-5/3", "8/4/5@2x"]
)
SETS = st.sampled_from([*tile_matrix_sets(), "pixels", "None"])
TILES = st.one_of(
    st.builds("tiles/{}.{}".format, st.just("13/2337/3107"), FORMATS),
    st.builds("tiles/{}.{}".format, PLACES, FORMATS),
    st.builds("tiles/{}/{}.{}".format, SETS, PLACES, FORMATS),
    st.builds("tiles/{}/tilejson.json".format, SETS),
    st.builds("tiles/{}".format, SETS),
    st.sampled_from(["tilejson.json", "WMTSCapabilities.xml", "tiles"]),
)
NAMES = st.sampled_from(["earth", "earth", "picture", "world"])


@pytest.mark.usefixtures("_fuzzed")
@settings(max_examples=400)
@given(name=NAMES, route=TILES, query=QUERIES)
@example(name="world", route="tiles/13/2337/3107.tif", query={"nodata": "1e308"})
def test_any_query_of_tiles_gets_one_of_the_answers(name, route, query):
    answer = Client().get(f"/files/{name}/{route}", query)
    assert answer.status_code in ANSWERS, answer.content[:500]
    if answer.status_code >= 400 and answer["Content-Type"] == "application/json":
        found = answer.json()
        assert found["code"]
        assert 0 < len(found["description"]) < 2000


@pytest.mark.usefixtures("_fuzzed")
@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("b7", "7"),
        ("b1+__import__('os')", "unexpected"),
        ("__import__", "unexpected"),
        ("(" * 1000 + "b1" + ")" * 1000, "parts"),
        ("-" * 250 + "b1", "deep"),
        ("b1+" * 1300 + "b1", "parts"),
        ("b1" * 5_000_000, "longer"),
        ("b1.real", "unexpected"),
        ("where(b1)", "where"),
        ("1+1", "no band"),
        ("b1*1e309", "too large"),
        ("b1*" + "9" * 400, "too large"),
    ],
    ids=lambda value: value[:20],
)
def test_expression_that_is_none_is_refused_with_a_reason(expression, says):
    factory = Client()
    answer = factory.get("/files/earth/tiles/13/2337/3107.png", {"expression": expression})
    assert answer.status_code == 400
    assert says in answer.json()["description"]


@pytest.mark.usefixtures("_fuzzed")
def test_expression_that_divides_by_zero_is_transparent():
    answer = Client().get("/files/earth/tiles/13/2337/3107.png", {"expression": "b1/(b1-b1)"})
    assert answer.status_code == 204
