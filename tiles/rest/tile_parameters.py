"""The rendering parameters of tiles and all other pictures, as the OpenAPI document shows them."""

from tiles.encoding.formats import DATA_FORMATS, FORMATS
from tiles.rest import parameters as p
from tiles.rest.parameters import INT, STR, parameter
from tiles.styling.algorithms import ALGORITHMS

# What makes colors of values, beside `bidx` and its companions.
COLORING = [
    p.RESCALE,
    parameter("min", STR, "Value shown as black: a number, `auto`, `min`, `min:0.02` or `full`.", "0"),
    parameter("max", STR, "Value shown as white: a number, `auto`, `max`, `max:0.02` or `full`.", "3000"),
    parameter(
        "stretch", STR, "By stored statistics: `minmax`, `percentile:2,98`, `stddev:2`.", "percentile:2,98", many=True
    ),
    p.COLORMAP_NAME,
    parameter("palette", STR, "A color map's name, a color, or colors with commas.", "#000000,#ff8800"),
    parameter("scheme", STR, "Colors of a palette `linear` or `discrete`.", "linear", enum=["linear", "discrete"]),
    parameter("colormap", STR, "Colors of values, as JSON.", '{"1": "#1a9850", "2": "#d73027"}'),
    parameter(
        "colormap_type",
        STR,
        "How `colormap` is meant.",
        "linear",
        enum=["exact", "discrete", "linear", "intervals"],
    ),
    parameter("color_formula", STR, "Gamma, sigmoidal contrast, saturation.", "gamma RGB 1.8, saturation 1.2"),
    parameter("algorithm", STR, "What to make of heights, see `/tiles/algorithms`.", "hillshade", enum=[*ALGORITHMS]),
    parameter("algorithm_params", STR, "The algorithm's options, as JSON.", '{"azimuth": 315, "altitude": 45}'),
    parameter(
        "style", STR, "large-image's style as JSON, without its `function`.", '{"band": 1, "palette": "viridis"}'
    ),
    p.RESAMPLING,
    p.RETURN_MASK,
]
PLANES = [*p.ONE_PLANE, parameter("colors", STR, "Colors of several channels, six digits each.", "0000ff,00ff00")]
RENDERING = [*p.BANDS, *COLORING, *PLANES, p.SUBDATASET]
TILE = [
    parameter("tilesize", INT, "Pixels a side, instead of the grid's own.", 512, enum=[128, 256, 512, 1024]),
    parameter("buffer", INT, "Pixels more on each side.", 4, low=0, high=256),
]
TILE_PLACE = [
    parameter("z", INT, "Zoom.", 12, location=p.PATH),
    parameter("x", INT, "Column of the tile, from the left.", 1168, low=0, location=p.PATH),
    parameter("y", INT, "Row of the tile, from the top.", 1554, low=0, location=p.PATH),
]
TILE_FORMATS = parameter(
    "image_format",
    STR,
    "A picture, or values as `tif` or `npy`.",
    "webp",
    location=p.PATH,
    enum=[*FORMATS, *DATA_FORMATS],
)
ZOOMS = [
    parameter("minzoom", INT, "The least zoom to say, instead of the image's.", 5, low=0, high=30),
    parameter("maxzoom", INT, "The greatest zoom to say, instead of the image's.", 14, low=0, high=30),
]
PATH_MATRIX_SET = parameter(
    "tile_matrix_set", STR, "The grid of tiles, see `/tiles/tileMatrixSets`.", "WebMercatorQuad", location=p.PATH
)
MATRIX_SET = parameter(
    "tileMatrixSetId", STR, "The grid of tiles, see `/tiles/tileMatrixSets`; or `pixels`.", "WebMercatorQuad"
)
MATRIX_SETS = parameter("tileMatrixSetId", STR, "Grids of tiles, with commas.", "WebMercatorQuad,UTM31WGS84Quad")
TILE_FORMAT = parameter("tile_format", STR, "Of the tiles that are named.", "png", enum=[*FORMATS])
