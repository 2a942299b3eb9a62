"""Declare the parameters of all routes, each with its type, range and example, and read them as they are declared."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from tiles.conf import tiles_settings
from tiles.encoding.formats import DATA_FORMATS, FORMATS
from tiles.encoding.geotiff import COMPRESSIONS
from tiles.errors import InvalidParameter
from tiles.geo.crs import crs_grid
from tiles.geo.grids import MAX_ZOOM, Grid
from tiles.sources.cubes import METHODS
from tiles.styling import parameters as styling
from tiles.styling.algorithms import ALGORITHMS
from tiles.styling.colormap_values import KINDS
from tiles.styling.colormaps import SCHEMES
from tiles.styling.parameters import text_limit
from tiles.styling.planes import MOST_FRAMES
from tiles.styling.style import MOST_BANDS, RESAMPLINGS

INT, NUMBER, BOOL, STR = OpenApiTypes.INT, OpenApiTypes.NUMBER, OpenApiTypes.BOOL, OpenApiTypes.STR
MOST_PIXELS = 10**9
# Numbers beyond it lose digits that coordinates have.
MOST = 1e15
# Pixels a side that tiles may have, and pixels more on each side.
TILE_SIZES = (128, 256, 512, 1024)
MAX_BUFFER = 256
PATH = OpenApiParameter.PATH


class Parameter(OpenApiParameter):
    """Declare a parameter once: the OpenAPI document shows its type, range and words, and routes read it by them."""

    def __init__(
        self,
        name: str,
        kind: Any,
        description: str,
        example: Any,
        *,
        aliases: Sequence[str] = (),
        low: float | None = None,
        high: float | None = None,
        limit: str = "",
        many: bool = False,
        **options: Any,
    ) -> None:
        """Declare it.

        Args:
            aliases: names that mean the same, of which the first one that is given holds.
            low: the least that a number may be.
            high: the most that a number may be.
            limit: the name of the limit of `tiles.limits` that is the most of a number, or of how many are given.
            many: whether it may be given several times.
        """
        if limit and kind is INT:
            high = getattr(tiles_settings().limits, limit)
        ends = {key: end for key, end in (("minimum", low), ("maximum", high)) if end is not None}
        if ends:
            kind = {"type": "integer" if kind is INT else "number", **ends}
            # What has many values can't be told of a type with a range.
            kind, many = ({"type": "array", "items": kind}, False) if many else (kind, False)
        examples = [OpenApiExample("example", value=example)]
        super().__init__(name, kind, description=description, examples=examples, many=many or None, **options)
        self.names = (name, *aliases)
        self._low, self._high, self._limit = low, high, limit

    def _most(self, most: int | None = None) -> int:
        """Return the most that it may be, or that may be given: what the site's limits say now, if they say it."""
        if most is None and self._limit:
            return int(getattr(tiles_settings().limits, self._limit))
        return int(self._high or 0) if most is None else most

    def is_given(self, query: QueryDict) -> bool:
        """Return whether a request says anything by it."""
        return any(one.strip() for name in self.names for one in query.getlist(name))

    def text(self, query: QueryDict) -> str:
        """Return its text, empty when nothing is said. Raises InvalidParameter for several, and for a long one."""
        for name in self.names:
            given = [one.strip() for one in query.getlist(name) if one.strip()]
            if len(given) > 1:
                raise InvalidParameter(f"{name} is given {len(given)} times")
            if given:
                limit = text_limit(name)
                if len(given[0]) > limit:
                    raise InvalidParameter(f"{name} is longer than {limit} characters")
                return given[0]
        return ""

    def integer(self, query: QueryDict, *, default: int = 0, low: int | None = None, high: int | None = None) -> int:
        """Return a whole number within its range, or within ``low`` and ``high``. Raises InvalidParameter."""
        given, low, high = self.text(query), int(self._low or 0) if low is None else low, self._most(high)
        if not given and not self.required:
            return default
        found = styling.digits(given, low=low, high=high)
        if found is None:
            raise InvalidParameter(f"{self.name} must be a whole number within {low:,}-{high:,}, not {given[:40]!r}")
        return found

    def boolean(self, query: QueryDict, *, default: bool = False) -> bool:
        """Return what a word such as ``true`` says. Raises InvalidParameter."""
        return styling.boolean(self.name, self.text(query), default=default)

    def choice(self, query: QueryDict) -> str:
        """Return one of the words of its `enum`, or "" when nothing is said. Raises InvalidParameter."""
        return styling.choice(self.name, self.text(query), tuple(str(each) for each in self.enum or ()))

    def number(self, query: QueryDict) -> float:
        """Return a number of a size that calculations bear; it has to be given. Raises InvalidParameter."""
        return self.parse_number(self.text(query))

    def parse_number(self, text: str, *, name: str = "") -> float:
        """Return the number that a text spells, of a path or a part of a query. Raises InvalidParameter."""
        value = styling.number(name or self.name, text)
        if abs(value) >= MOST:
            raise InvalidParameter(f"{name or self.name} must be a finite number, not {text[:40]!r}")
        return value

    def numbers(self, query: QueryDict, *, most: int | None = None) -> tuple[float, ...]:
        """Return all its numbers, however often it is given, commas in between. Raises InvalidParameter."""
        for name in self.names:
            parts = self._parts(query, name)
            if len(parts) > self._most(most):
                raise InvalidParameter(f"{name} has {len(parts):,} numbers; the limit is {self._most(most):,}")
            if parts:
                return tuple(self.parse_number(part, name=name) for part in parts)
        return ()

    def words(self, query: QueryDict) -> tuple[str, ...]:
        """Return the words it is given, however often, commas in between. Raises InvalidParameter."""
        found = tuple(self._parts(query, self.name))
        if len(found) > self._most():
            raise InvalidParameter(f"{self.name} names {len(found)}; the limit is {self._most()}")
        return found

    @staticmethod
    def _parts(query: QueryDict, name: str) -> list[str]:
        return [part for given in query.getlist(name) for part in given.split(",") if part.strip()]

    def crs(self, query: QueryDict, *, default: str = "OGC:CRS84") -> Grid:
        """Return the coordinate system that it names, or the image's pixels. Raises InvalidParameter."""
        name = next((each for each in self.names if query.get(each, "").strip()), self.name)
        return crs_grid(self.text(query) or default, name=name)


PICTURE_FORMAT = Parameter("image_format", STR, "Of the picture.", "png", location=PATH, enum=[*FORMATS])
FORMAT = Parameter(
    "image_format",
    STR,
    "A picture, or values as `tif`, `cog` or `npy`.",
    "tif",
    location=PATH,
    enum=[*FORMATS, *DATA_FORMATS],
)
LONGITUDE = Parameter("longitude", NUMBER, "In degrees, or x in `coord_crs`.", -76.95, location=PATH)
LATITUDE = Parameter("latitude", NUMBER, "In degrees, or y in `coord_crs`.", 39.75, location=PATH)
PLACE = [LONGITUDE, LATITUDE]
BIDX = Parameter(
    "bidx",
    INT,
    "Band from 1; several times for several. `band` is the same.",
    1,
    many=True,
    low=1,
    high=MOST_BANDS,
    aliases=("band",),
)
SUBDATASET = Parameter("subdataset", STR, "The variable of a file that holds several.", "temperature")
SELECTED = Parameter(
    "sel", STR, "A value of a cube's axis; several times for several axes.", "time=2020-01-15", many=True
)
SELECTION_METHOD = Parameter("sel_method", STR, "How a value that isn't there is taken.", "nearest", enum=[*METHODS])
VARIABLE = [SUBDATASET, SELECTED, SELECTION_METHOD]
ASSETS = Parameter(
    "assets", STR, "Of an item: its assets, whose first bands are b1, b2, …", "red,green,blue", limit="bands"
)
UNSCALE = Parameter("unscale", BOOL, "Apply the bands' scale and offset.", False)
BANDS = [
    BIDX,
    Parameter("expression", STR, "Arithmetic between bands; parts separated by `;`.", "(b4-b1)/(b4+b1)"),
    ASSETS,
    Parameter("nodata", NUMBER, "The value that is missing data, instead of the file's own.", 0),
    UNSCALE,
]
RESCALE = Parameter(
    "rescale", STR, "Values shown as black and white; several times for several bands.", "0,3000", many=True
)
COLORMAP_NAME = Parameter(
    "colormap_name",
    STR,
    "Color map of one band, see `/tiles/colormaps`; `palette`, `cmap` are the same.",
    "viridis",
    aliases=("palette", "cmap"),
)
RETURN_MASK = Parameter("return_mask", BOOL, "Whether missing pixels are transparent, or values have a mask.", True)
STYLED = Parameter("styled", BOOL, "Colors instead of values in `tif`, `cog` and `npy`.", False)
RESAMPLING = Parameter(
    "resampling",
    STR,
    "Between pixels; `resampling_method` is the same.",
    "bilinear",
    enum=[*RESAMPLINGS],
    aliases=("resampling_method", "reproject"),
)
COMPRESS = Parameter("compress", STR, "Of GeoTIFF and COG.", "deflate", enum=[*COMPRESSIONS])
# A focal plane, a moment, channels: what an image of several planes shows.
FRAME = Parameter("frame", INT, "The plane of an image that has several, from 0.", 0, low=0, high=MOST_FRAMES)
FOCUS_AND_TIME = [
    Parameter("z", INT, "Focus, from 0.", 0, low=0, high=MOST_FRAMES),
    Parameter("t", INT, "Time, from 0.", 0, low=0, high=MOST_FRAMES),
]
CHANNEL = Parameter("c", STR, "Channel by number or name; `channel` is the same.", "0", aliases=("channel",))
ONE_PLANE = [FRAME, *FOCUS_AND_TIME, CHANNEL]


def _pixels(name: str, description: str, example: int) -> Parameter:
    return Parameter(name, INT, description, example, low=1, high=MOST_PIXELS)


MAX_SIZE = _pixels("max_size", "Pixels of the longer side, at most.", 1024)
WIDTH = _pixels("width", "Pixels across; alone: the height in proportion.", 512)
HEIGHT = _pixels("height", "Pixels down; alone: the width in proportion.", 512)
SIZE = [MAX_SIZE, WIDTH, HEIGHT]
MAX_WIDTH = _pixels("max_width", "Pixels across, at most.", 256)
MAX_HEIGHT = _pixels("max_height", "Pixels down, at most.", 256)
FIT = [MAX_WIDTH, MAX_HEIGHT]
OUTPUT_CRS = Parameter(
    "crs",
    STR,
    "The output's system, or `native` for the image's own. `dst_crs` is the same.",
    "EPSG:3857",
    aliases=("dst_crs",),
)
BOX = Parameter("bbox", STR, "west,south,east,north; west > east across the antimeridian.", "-77.1,39.7,-76.9,39.9")
BOX_CRS = Parameter(
    "bbox_crs",
    STR,
    "The bbox' system. `bounds_crs` and `coord_crs` are the same.",
    "EPSG:4326",
    aliases=("bounds_crs", "coord_crs"),
)
BBOX = [BOX, BOX_CRS]
LEFT, TOP = (Parameter(side, NUMBER, f"The region's {side}, instead of a bbox.", 100) for side in ("left", "top"))
RIGHT, BOTTOM = (
    Parameter(side, NUMBER, f"The region's {side}, instead of a bbox.", 612) for side in ("right", "bottom")
)
UNITS = Parameter("units", STR, "What the sides are in: `pixels`, or a system such as `EPSG:4326`.", "pixels")
SIDES = [LEFT, TOP, RIGHT, BOTTOM, UNITS]
COORD_CRS = Parameter("coord_crs", STR, "The coordinates' system, or `pixels`.", "EPSG:4326")
# Of a body, beside which no box has a system.
POSTED_CRS = Parameter(
    "coord_crs", STR, "The coordinates' system, or `pixels`.", "EPSG:4326", aliases=("bbox_crs", "bounds_crs")
)
PERCENTILES = Parameter(
    "p",
    NUMBER,
    "Percentiles; several times for several.",
    50,
    many=True,
    low=0,
    high=100,
    aliases=("percentiles",),
)
SUMMARY_BINS = Parameter("histogram_bins", STR, "How many buckets, or their edges with commas.", "10", limit="buckets")
SUMMARY_RANGE = Parameter("histogram_range", STR, "From where to where.", "0,255")
CATEGORICAL = Parameter("categorical", BOOL, "Count each value that occurs instead of buckets.", False)
CATEGORIES = Parameter(
    "c",
    NUMBER,
    "Categories to count; several times for several.",
    3,
    many=True,
    aliases=("categories",),
    limit="buckets",
)
SUMMARY = [PERCENTILES, SUMMARY_BINS, SUMMARY_RANGE, CATEGORICAL, CATEGORIES]
BINS = Parameter(
    "bins",
    STR,
    "How many buckets, or their edges. `histogram_bins` is the same.",
    "256",
    aliases=SUMMARY_BINS.names,
    limit="buckets",
)
RANGE = Parameter(
    "range", STR, "From where to where. `histogram_range` is the same.", "0,255", aliases=SUMMARY_RANGE.names
)
DENSITY = Parameter("density", BOOL, "Shares that add up to one instead of counts.", False)
HISTOGRAM = [BINS, RANGE, DENSITY]
SAMPLE = _pixels("max_size", "Pixels a side of the sample, at most.", 1024)
ZONE_SIZE = _pixels("max_size", "Look at a reduced copy with at most so many pixels a side.", 2048)
SAMPLES = Parameter("samples", INT, "How many points, the line's ends included.", 256, low=2, limit="profile_samples")
PIXEL_LEFT = Parameter("left", NUMBER, "Pixels from the image's left side; x in `coord_crs`.", 100, required=True)
PIXEL_TOP = Parameter("top", NUMBER, "Pixels from the image's upper side; y in `coord_crs`.", 100, required=True)
PIXEL_CRS = Parameter("coord_crs", STR, "The system of `left` and `top`, `pixels` unless given.", "EPSG:4326")
PIXEL = [PIXEL_LEFT, PIXEL_TOP, PIXEL_CRS]
POSTED_LINE = [SAMPLES, COORD_CRS]
VERTICES = Parameter("line", STR, "x,y of each vertex, one after the other.", "-77,39.7,-76.9,39.8")
LINE = [VERTICES, *POSTED_LINE]
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
# Any of these makes a picture of a format that holds values otherwise.
PAINTING = [
    RESCALE,
    Parameter("min", STR, "Value shown as black: a number, `auto`, `min`, `min:0.02` or `full`.", "0"),
    Parameter("max", STR, "Value shown as white: a number, `auto`, `max`, `max:0.02` or `full`.", "3000"),
    COLORMAP_NAME,
    Parameter("palette", STR, "A color map's name, a color, or colors with commas.", "#000000,#ff8800"),
    Parameter(
        "colormap", STR, "Colors of values (of 0-255 with `rescale`), as JSON.", '{"1": "#1a9850", "2": "#d73027"}'
    ),
    Parameter("color_formula", STR, "Gamma, sigmoidal contrast, saturation.", "gamma RGB 1.8, saturation 1.2"),
    Parameter("algorithm", STR, "What to make of heights, see `/tiles/algorithms`.", "hillshade", enum=[*ALGORITHMS]),
    Parameter(
        "style", STR, "large-image's style as JSON, without its `function`.", '{"band": 1, "palette": "viridis"}'
    ),
]
# What makes colors of values, beside `bidx` and its companions.
COLORING = [
    *PAINTING,
    Parameter(
        "stretch", STR, "By stored statistics: `minmax`, `percentile:2,98`, `stddev:2`.", "percentile:2,98", many=True
    ),
    Parameter("scheme", STR, "Colors of a palette `linear` or `discrete`.", "linear", enum=[*SCHEMES]),
    Parameter("colormap_type", STR, "How `colormap` is meant.", "linear", enum=[*KINDS]),
    Parameter("algorithm_params", STR, "The algorithm's options, as JSON.", '{"azimuth": 315, "altitude": 45}'),
    RESAMPLING,
    RETURN_MASK,
    Parameter("icc", BOOL, "Whether a slide's or picture's color profile is heeded.", True),
]
PLANES = [*ONE_PLANE, Parameter("colors", STR, "Colors of several channels, six digits each.", "0000ff,00ff00")]
RENDERING = [*BANDS, *COLORING, *PLANES, *VARIABLE]
TILE_SIZE = Parameter("tilesize", INT, "Pixels a side, instead of the grid's own.", 512, enum=[*TILE_SIZES])
BUFFER = Parameter("buffer", NUMBER, "Pixels more on each side, a multiple of a half.", 4, low=0, high=MAX_BUFFER)
# Of tiles whose path ends without one, in no document: their other path is the same.
PLAIN_FORMAT = Parameter("format", STR, "Of the tile.", "png", enum=[*FORMATS, *DATA_FORMATS])
TILE = [TILE_SIZE, BUFFER]
TILE_PLACE = [
    Parameter("z", INT, "Zoom.", 12, location=PATH),
    Parameter("x", INT, "Column of the tile, from the left.", 1168, low=0, location=PATH),
    Parameter("y", INT, "Row of the tile, from the top.", 1554, low=0, location=PATH),
]
TILE_FORMATS = Parameter(
    "image_format",
    STR,
    "A picture, or values as `tif` or `npy`.",
    "webp",
    location=PATH,
    enum=[*FORMATS, *DATA_FORMATS],
)
LEAST_ZOOM = Parameter("minzoom", INT, "The least zoom to say, instead of the image's.", 5, low=0, high=MAX_ZOOM)
MOST_ZOOM = Parameter("maxzoom", INT, "The greatest zoom to say, instead of the image's.", 14, low=0, high=MAX_ZOOM)
ZOOMS = [LEAST_ZOOM, MOST_ZOOM]
PATH_MATRIX_SET = Parameter(
    "tile_matrix_set", STR, "The grid of tiles, see `/tiles/tileMatrixSets`.", "WebMercatorQuad", location=PATH
)
MATRIX_SET = Parameter(
    "tileMatrixSetId", STR, "The grid of tiles, see `/tiles/tileMatrixSets`; or `pixels`.", "WebMercatorQuad"
)
MATRIX_SETS = Parameter("tileMatrixSetId", STR, "Grids of tiles, with commas.", "WebMercatorQuad,UTM31WGS84Quad")
TILE_FORMAT = Parameter("tile_format", STR, "Of the tiles that are named.", "png", enum=[*FORMATS])
