"""Declare the parameters of all routes for the OpenAPI document, each with its type, its range and an example."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from tiles.conf import tiles_settings
from tiles.encoding.formats import DATA_FORMATS, FORMATS
from tiles.encoding.geotiff import COMPRESSIONS
from tiles.geo.grids import MAX_ZOOM
from tiles.styling.algorithms import ALGORITHMS
from tiles.styling.style import RESAMPLINGS

INT, NUMBER, BOOL, STR = OpenApiTypes.INT, OpenApiTypes.NUMBER, OpenApiTypes.BOOL, OpenApiTypes.STR
MOST_BANDS = 99_999
MOST_PIXELS = 10**9
MOST_SAMPLES = tiles_settings().limits.profile_samples
MOST_FRAMES = 10**9 - 1
# Pixels a side that tiles may have, and pixels more on each side.
TILE_SIZES = (128, 256, 512, 1024)
MAX_BUFFER = 256
PATH = OpenApiParameter.PATH


def parameter(
    name: str,
    kind: Any,
    description: str,
    example: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    **options: Any,
) -> OpenApiParameter:
    """Declare a parameter. ``low``, ``high``: the least and the most that a number may be."""
    ends = {key: end for key, end in (("minimum", low), ("maximum", high)) if end is not None}
    examples = [OpenApiExample("example", value=example)]
    if ends:
        kind = {"type": "integer" if kind is INT else "number", **ends}
        # What has many values can't be told of a type with a range.
        kind = {"type": "array", "items": kind} if options.pop("many", False) else kind
    return OpenApiParameter(name, kind, description=description, examples=examples, **options)


PICTURE_FORMAT = parameter("image_format", STR, "Of the picture.", "png", location=PATH, enum=[*FORMATS])
FORMAT = parameter(
    "image_format",
    STR,
    "A picture, or values as `tif`, `cog` or `npy`.",
    "tif",
    location=PATH,
    enum=[*FORMATS, *DATA_FORMATS],
)
PLACE = [
    parameter("longitude", NUMBER, "In degrees, or x in `coord_crs`.", -76.95, location=PATH),
    parameter("latitude", NUMBER, "In degrees, or y in `coord_crs`.", 39.75, location=PATH),
]
BIDX = parameter(
    "bidx", INT, "Band from 1; several times for several. `band` is the same.", 1, many=True, low=1, high=MOST_BANDS
)
SUBDATASET = parameter("subdataset", STR, "The variable of a file that holds several.", "temperature")
BANDS = [
    BIDX,
    parameter("expression", STR, "Arithmetic between bands; parts separated by `;`.", "(b4-b1)/(b4+b1)"),
    parameter("assets", STR, "Of an item: its assets, whose first bands are b1, b2, …", "red,green,blue"),
    parameter("nodata", NUMBER, "The value that is missing data, instead of the file's own.", 0),
    parameter("unscale", BOOL, "Apply the bands' scale and offset.", False),
]
RESCALE = parameter(
    "rescale", STR, "Values shown as black and white; several times for several bands.", "0,3000", many=True
)
COLORMAP_NAME = parameter(
    "colormap_name", STR, "Color map of one band, see `/tiles/colormaps`; `palette`, `cmap` are the same.", "viridis"
)
RETURN_MASK = parameter("return_mask", BOOL, "Whether missing pixels are transparent, or values have a mask.", True)
STYLED = parameter("styled", BOOL, "Colors instead of values in `tif`, `cog` and `npy`.", False)
RESAMPLING = parameter(
    "resampling", STR, "Between pixels; `resampling_method` is the same.", "bilinear", enum=[*RESAMPLINGS]
)
COMPRESS = parameter("compress", STR, "Of GeoTIFF and COG.", "deflate", enum=[*COMPRESSIONS])
# A focal plane, a moment, channels: what an image of several planes shows.
FRAME = parameter("frame", INT, "The plane of an image that has several, from 0.", 0, low=0, high=MOST_FRAMES)
FOCUS_AND_TIME = [
    parameter("z", INT, "Focus, from 0.", 0, low=0, high=MOST_FRAMES),
    parameter("t", INT, "Time, from 0.", 0, low=0, high=MOST_FRAMES),
]
CHANNEL = parameter("c", STR, "Channel by number or name; `channel` is the same.", "0")
ONE_PLANE = [FRAME, *FOCUS_AND_TIME, CHANNEL]


def _pixels(name: str, description: str, example: int) -> OpenApiParameter:
    return parameter(name, INT, description, example, low=1, high=MOST_PIXELS)


SIZE = [
    _pixels("max_size", "Pixels of the longer side, at most.", 1024),
    _pixels("width", "Pixels across; alone: the height in proportion.", 512),
    _pixels("height", "Pixels down; alone: the width in proportion.", 512),
]
FIT = [_pixels("max_width", "Pixels across, at most.", 256), _pixels("max_height", "Pixels down, at most.", 256)]
OUTPUT_CRS = parameter(
    "crs", STR, "The output's system, or `native` for the image's own. `dst_crs` is the same.", "EPSG:3857"
)
BBOX = [
    parameter("bbox", STR, "west,south,east,north; west > east across the antimeridian.", "-77.1,39.7,-76.9,39.9"),
    parameter("bbox_crs", STR, "The bbox' system. `bounds_crs` and `coord_crs` are the same.", "EPSG:4326"),
]
SIDES = [
    *[parameter(side, NUMBER, f"The region's {side}, instead of a bbox.", 100) for side in ("left", "top")],
    *[parameter(side, NUMBER, f"The region's {side}, instead of a bbox.", 612) for side in ("right", "bottom")],
    parameter("units", STR, "What the sides are in: `pixels`, or a system such as `EPSG:4326`.", "pixels"),
]
COORD_CRS = parameter("coord_crs", STR, "The coordinates' system, or `pixels`.", "EPSG:4326")
SUMMARY = [
    parameter("p", NUMBER, "Percentiles; several times for several.", 50, many=True, low=0, high=100),
    parameter("histogram_bins", STR, "How many buckets, or their edges with commas.", "10"),
    parameter("histogram_range", STR, "From where to where.", "0,255"),
    parameter("categorical", BOOL, "Count each value that occurs instead of buckets.", False),
    parameter("c", NUMBER, "Categories to count; several times for several.", 3, many=True),
]
HISTOGRAM = [
    parameter("bins", STR, "How many buckets, or their edges. `histogram_bins` is the same.", "256"),
    parameter("range", STR, "From where to where. `histogram_range` is the same.", "0,255"),
    parameter("density", BOOL, "Shares that add up to one instead of counts.", False),
]
SAMPLE = _pixels("max_size", "Pixels a side of the sample, at most.", 1024)
ZONE_SIZE = _pixels("max_size", "Look at a reduced copy with at most so many pixels a side.", 2048)
SAMPLES = parameter(
    "samples",
    INT,
    "How many points, the line's ends included.",
    256,
    low=2,
    high=tiles_settings().limits.profile_samples,
)
PIXEL = [
    parameter("left", NUMBER, "Pixels from the image's left side; x in `coord_crs`.", 100, required=True),
    parameter("top", NUMBER, "Pixels from the image's upper side; y in `coord_crs`.", 100, required=True),
    parameter("coord_crs", STR, "The system of `left` and `top`, `pixels` unless given.", "EPSG:4326"),
]
POSTED_LINE = [SAMPLES, COORD_CRS]
LINE = [parameter("line", STR, "x,y of each vertex, one after the other.", "-77,39.7,-76.9,39.8"), *POSTED_LINE]
POLYGON_EXAMPLE = OpenApiExample(
    "polygon",
    value={
        "type": "Feature",
        "properties": {"name": "field"},
        "geometry": {"type": "Polygon", "coordinates": [[[-77, 39.7], [-76.9, 39.7], [-76.9, 39.8], [-77, 39.7]]]},
    },
    request_only=True,
)
LINE_EXAMPLE = OpenApiExample(
    "line", value={"type": "LineString", "coordinates": [[-77, 39.7], [-76.9, 39.8]]}, request_only=True
)
# What makes colors of values, beside `bidx` and its companions.
COLORING = [
    RESCALE,
    parameter("min", STR, "Value shown as black: a number, `auto`, `min`, `min:0.02` or `full`.", "0"),
    parameter("max", STR, "Value shown as white: a number, `auto`, `max`, `max:0.02` or `full`.", "3000"),
    parameter(
        "stretch", STR, "By stored statistics: `minmax`, `percentile:2,98`, `stddev:2`.", "percentile:2,98", many=True
    ),
    COLORMAP_NAME,
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
    RESAMPLING,
    RETURN_MASK,
    parameter("icc", BOOL, "Whether a slide's or picture's color profile is heeded.", True),
]
PLANES = [*ONE_PLANE, parameter("colors", STR, "Colors of several channels, six digits each.", "0000ff,00ff00")]
RENDERING = [*BANDS, *COLORING, *PLANES, SUBDATASET]
TILE = [
    parameter("tilesize", INT, "Pixels a side, instead of the grid's own.", 512, enum=[*TILE_SIZES]),
    parameter("buffer", INT, "Pixels more on each side.", 4, low=0, high=MAX_BUFFER),
]
TILE_PLACE = [
    parameter("z", INT, "Zoom.", 12, location=PATH),
    parameter("x", INT, "Column of the tile, from the left.", 1168, low=0, location=PATH),
    parameter("y", INT, "Row of the tile, from the top.", 1554, low=0, location=PATH),
]
TILE_FORMATS = parameter(
    "image_format",
    STR,
    "A picture, or values as `tif` or `npy`.",
    "webp",
    location=PATH,
    enum=[*FORMATS, *DATA_FORMATS],
)
ZOOMS = [
    parameter("minzoom", INT, "The least zoom to say, instead of the image's.", 5, low=0, high=MAX_ZOOM),
    parameter("maxzoom", INT, "The greatest zoom to say, instead of the image's.", 14, low=0, high=MAX_ZOOM),
]
PATH_MATRIX_SET = parameter(
    "tile_matrix_set", STR, "The grid of tiles, see `/tiles/tileMatrixSets`.", "WebMercatorQuad", location=PATH
)
MATRIX_SET = parameter(
    "tileMatrixSetId", STR, "The grid of tiles, see `/tiles/tileMatrixSets`; or `pixels`.", "WebMercatorQuad"
)
MATRIX_SETS = parameter("tileMatrixSetId", STR, "Grids of tiles, with commas.", "WebMercatorQuad,UTM31WGS84Quad")
TILE_FORMAT = parameter("tile_format", STR, "Of the tiles that are named.", "png", enum=[*FORMATS])
