import json

import pytest

from tiles.errors import InvalidParameter
from tiles.styling.colormaps import canonical_name, colormap, colormap_names
from tiles.styling.style import Style, parse_style

PAIRS = [
    ({"bidx": "1", "min": "0", "max": "9"}, {"band": "1", "rescale": "0,9"}),
    ({"colormap_name": "Viridis"}, {"palette": "viridis"}),
    ({"cmap": "matplotlib.Viridis_20"}, {"colormap_name": "viridis"}),
    ({"palette": "#000,#ff0000"}, {"palette": '["black", "red"]'}),
    ({"palette": "tomato"}, {"palette": "#ff6347"}),
    ({"stretch": "percentile"}, {"stretch": "percentile:2,98"}),
    ({"stretch": "minmax"}, {"min": "min", "max": "max"}),
    ({"color_formula": "Gamma RGB 1.5 Saturation 1.10"}, {"color_formula": "gamma rgb 1.50, saturation 1.1"}),
    ({"colormap": '{"1": "#ff0000"}'}, {"colormap": '{"1.0": [255, 0, 0, 255]}'}),
    ({"algorithm": "hillshade"}, {"algorithm": "HillShade", "algorithm_params": '{"azimuth": 315}'}),
    ({"style": '{"band": 2, "min": 0, "max": 9, "palette": "viridis"}'},
     {"band": "2", "min": "0", "max": "9", "palette": "viridis"}),
    ({"style": '{"bands": [{"band": 1, "palette": "#00f"}, {"band": 3, "palette": "#f00"}, '
               '{"band": 2, "palette": "#0f0"}]}'},
     {"bidx": "3,2,1", "min": "auto", "max": "auto"}),
    ({"style": '{"band": 1, "frame": 4}'}, {"bidx": "1", "frame": "4", "min": "auto", "max": "auto"}),
    ({"style": '{"band": 1, "min": 9, "max": 1}'}, {"bidx": "1", "rescale": "1,9", "palette": "gray_r"}),
    ({"style": '{"band": -1, "palette": "jet", "icc": true}'}, {"palette": "jet"}),
    ({"style": '{"band": 2, "palette": "colortable", "nodata": "auto", "composite": "lighten"}'}, {"bidx": "2"}),
    ({"style": '{"bands": [{"band": 1, "min": 0, "max": 9}, {"band": "alpha"}], "dtype": "uint8"}'},
     {"bidx": "1", "rescale": "0,9"}),
    ({"algorithm": "hillshade", "algorithm_params": '{"altitude": 30, "z_factor": 2}'},
     {"algorithm": "hillshade", "algorithm_params": '{"angle_altitude": 30, "z_exaggeration": 2, "buffer": 3}'}),
    ({"reproject": "cubic"}, {"resampling": "cubic"}),
    ({"resampling": "near"}, {"resampling_method": "nearest"}),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_style_of_two_spellings_is_one(first, second):
    assert parse_style(first).canonical == parse_style(second).canonical != Style().canonical


BAD = [
    {"style": "{"},
    {"style": "[]"},
    {"style": "[" * 20_000},
    {"style": '{"function": {"name": "os.system"}}'},
    {"style": '{"bands": [{"band": 1, "function": {}}]}'},
    {"style": '{"bands": []}'},
    {"style": '{"bands": 5}'},
    {"style": '{"band": true}'},
    {"style": '{"band": 1, "min": "low"}'},
    {"style": '{"band": 1, "min": NaN}'},
    {"style": '{"band": 1, "palette": "no-such"}'},
    {"style": '{"band": 1, "palette": {}}'},
    {"style": '{"band": 1, "scheme": []}'},
    {"style": '{"bands": [{"band": 1, "frame": -1}, {"band": 2, "frame": 2}]}'},
    {"style": '{"band": 1, "framedelta": 1.5}'},
    {"style": '{"band": 1, "composite": "darken"}'},
    {"style": '{"band": 1, "composite": ["multiply"]}'},
    {"style": '{"band": 1, "clamp": "no"}'},
    {"style": '{"band": 1, "axis": 4}'},
    {"style": '{"band": 1, "axis": true}'},
    {"style": '{"band": 1, "dtype": "object"}'},
    {"style": '{"band": 1, "icc": "os.system"}'},
    {"style": '{"bands": [{"band": 1}], "min": 3}'},
    {"style": '{"bands": [{"band": "alpha"}]}'},
    {"style": '{"bands": [{"band": 1}, {"band": "alpha", "composite": "lighten"}]}'},
    {"style": '{"bands": [{"band": 1}, {"band": -1}]}'},
    {"style": '{"band": -1, "clamp": false}'},
    {"style": '{"band": "9" * 9}'},
    {"style": '{"bands": [{"band": 1, "palette": "colortable"}, {"band": 2}]}'},
    {"style": '{"band": 1, "palette": [[0.5, 2, 0]]}'},
    {"style": '{"band": 1}', "bidx": "2"},
    {"style": '{"band": 1}', "frame": "2", "z": "1"},
    {"colormap": "x"},
    {"colormap": "{}"},
    {"colormap": '{"a": "red"}'},
    {"colormap": '{"1": "reddish"}'},
    {"colormap": '{"1": [0, 0, 256]}'},
    {"colormap": '{"1": "red", "1.0": "blue"}'},
    {"colormap": "[[[5, 1], [0, 0, 0]]]"},
    {"colormap": '[[[0, 2], "red"], [[1, 3], "red"]]'},
    {"colormap": json.dumps({str(n): "red" for n in range(2000)})},
    {"colormap": '{"1": "red"}', "colormap_name": "viridis"},
    {"colormap_type": "round", "colormap": '{"1": "red"}'},
    {"colormap": '{"' + "1" * 40_000 + '": "red"}'},
    {"palette": "#12"},
    {"palette": ",".join(["#000"] * 300)},
    {"scheme": "wild", "palette": "viridis"},
    {"color_formula": "gamma"},
    {"color_formula": "gamma X 1"},
    {"color_formula": "gamma RGB 0"},
    {"color_formula": "brighten RGB 2"},
    {"color_formula": "sigmoidal RGB 5"},
    {"color_formula": "saturation nan"},
    {"color_formula": "gamma R 1 " * 20},
    {"stretch": "best"},
    {"stretch": "percentile:98,2"},
    {"stretch": "percentile:1,2,3"},
    {"stretch": "stddev:0"},
    {"stretch": "stddev", "rescale": "0,1"},
    {"min": "auto:2", "max": "auto"},
    {"algorithm": "volcano"},
    {"algorithm_params": "{}"},
    {"algorithm": "slope", "algorithm_params": "[]"},
    {"algorithm": "slope", "algorithm_params": '{"azimuth": 3}'},
    {"algorithm": "hillshade", "algorithm_params": '{"azimuth": 361}'},
    {"algorithm": "hillshade", "algorithm_params": '{"azimuth": "3"}'},
    {"algorithm": "slope", "bidx": "1,2,3"},
    {"algorithm": "slope", "rescale": "0,1"},
]


@pytest.mark.parametrize("query", BAD, ids=lambda query: str(query)[:60])
def test_style_that_says_nonsense_is_refused_by_name(query):
    with pytest.raises(InvalidParameter) as caught:
        parse_style(query)
    assert any(name in caught.value.message for name in (*query, "palette", "color", "Color", "rescale"))
    assert len(caught.value.message) < 400


def test_parse_style_of_the_same_query_is_kept():
    query = {"color_formula": "gamma RGB 1.1", "rescale": "0,10"}
    assert parse_style(query) is parse_style(dict(query))


def test_colormap_names_are_those_of_the_authors_packages():
    plain = [name for name in colormap_names() if not name.endswith("_r")]
    assert len(plain) > 200
    for name in ("viridis", "terrain", "tab20", "cmc.batlow", "cmcrameri.vik", "cmo.thermal", "rdylgn", "spectral_r"):
        assert colormap(canonical_name(name)).shape == (256, 3)
    assert (colormap("viridis_r") == colormap("viridis")[::-1]).all()
    assert colormap("viridis")[[0, 255]].tolist() == [[68, 1, 84], [253, 231, 37]]
