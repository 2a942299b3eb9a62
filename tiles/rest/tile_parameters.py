"""The tile routes' parameters as the OpenAPI document shows them, each with its type and an example."""

from tiles.rest.parameters import BOOL, INT, NUMBER, STR, parameter
from tiles.style import RESAMPLINGS
from tiles.terrain.algorithms import ALGORITHMS

RENDERING = [
    parameter("bidx", INT, "Band from 1; three times for red, green, blue. `band` is the same.", 1, many=True),
    parameter("expression", STR, "Arithmetic between bands; one value or three, separated by `;`.", "(b4-b1)/(b4+b1)"),
    parameter("assets", STR, "Of an item: its assets, whose first bands are b1, b2, …", "red,green,blue"),
    parameter("rescale", STR, "Values shown as black and white; several times for several bands.", "0,3000", many=True),
    parameter("min", STR, "Value shown as black: a number, `auto`, `min`, `min:0.02` or `full`.", "0"),
    parameter("max", STR, "Value shown as white: a number, `auto`, `max`, `max:0.02` or `full`.", "3000"),
    parameter(
        "stretch", STR, "By stored statistics: `minmax`, `percentile:2,98`, `stddev:2`.", "percentile:2,98", many=True
    ),
    parameter(
        "colormap_name",
        STR,
        "Color map of one band, see `/tiles/colormaps`; `palette`, `cmap` are the same.",
        "viridis",
    ),
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
    parameter("nodata", NUMBER, "The value that is missing data, instead of the file's own.", 0),
    parameter("resampling", STR, "Between pixels; `resampling_method` is the same.", "bilinear", enum=[*RESAMPLINGS]),
    parameter("return_mask", BOOL, "Whether missing pixels are transparent.", True),
    parameter("unscale", BOOL, "Apply the bands' scale and offset first.", False),
    parameter("subdataset", STR, "The variable of a file that holds several.", "temperature"),
]
TILE = [
    parameter("tilesize", INT, "Pixels a side, instead of the grid's own.", 512, enum=[128, 256, 512, 1024]),
    parameter("buffer", INT, "Pixels more on each side, 0-256.", 4),
]
MATRIX_SET = parameter(
    "tileMatrixSetId", STR, "The grid of tiles, see `/tiles/tileMatrixSets`; or `pixels`.", "WebMercatorQuad"
)
MATRIX_SETS = parameter("tileMatrixSetId", STR, "Grids of tiles, with commas.", "WebMercatorQuad,UTM31WGS84Quad")
TILE_FORMAT = parameter("tile_format", STR, "Of the tiles that are named.", "png")
