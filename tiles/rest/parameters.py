"""The data routes' parameters as the OpenAPI document shows them, each with its type and an example."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

INT, NUMBER, BOOL, STR = OpenApiTypes.INT, OpenApiTypes.NUMBER, OpenApiTypes.BOOL, OpenApiTypes.STR


def parameter(name: str, kind: Any, description: str, example: Any, **options: Any) -> OpenApiParameter:
    examples = [OpenApiExample("example", value=example)]
    return OpenApiParameter(name, kind, description=description, examples=examples, **options)


FORMAT = parameter(
    "image_format", STR, "`png`, `jpg`, `webp`; values as `tif`, `cog` or `npy`", "tif", location=OpenApiParameter.PATH
)
BANDS = [
    parameter("bidx", INT, "Band from 1; several times for several. `band` is the same.", 1, many=True),
    parameter("expression", STR, "Arithmetic between bands; parts separated by `;`.", "(b4-b1)/(b4+b1)"),
    parameter("assets", STR, "Of an item: its assets, whose first bands are b1, b2, …", "red,green,blue"),
    parameter("nodata", NUMBER, "The value that is missing data, instead of the file's own.", 0),
    parameter("unscale", BOOL, "Apply the bands' scale and offset.", False),
]
PAINT = [
    parameter("rescale", STR, "Values shown as black and white; several times for several bands.", "0,3000"),
    parameter("colormap_name", STR, "Color map of one band.", "viridis"),
    parameter("styled", BOOL, "Colors instead of values in `tif`, `cog` and `npy`.", False),
    parameter("return_mask", BOOL, "Whether missing pixels are transparent, or NPY has a mask.", True),
]
RESAMPLING = parameter("resampling", STR, "`nearest`, `bilinear`, `cubic`, `average`, …", "bilinear")
COMPRESS = parameter("compress", STR, "Of GeoTIFF and COG: `none`, `lzw`, `deflate` or `zstd`.", "deflate")
SIZE = [
    parameter("max_size", INT, "Pixels of the longer side, at most.", 1024),
    parameter("width", INT, "Pixels across; alone: the height in proportion.", 512),
    parameter("height", INT, "Pixels down; alone: the width in proportion.", 512),
]
FIT = [
    parameter("max_width", INT, "Pixels across, at most.", 256),
    parameter("max_height", INT, "Pixels down, at most.", 256),
]
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
    parameter("p", NUMBER, "Percentiles; several times for several.", 50, many=True),
    parameter("histogram_bins", STR, "How many buckets, or their edges with commas.", "10"),
    parameter("histogram_range", STR, "From where to where.", "0,255"),
    parameter("categorical", BOOL, "Count each value that occurs instead of buckets.", False),
    parameter("c", NUMBER, "Categories to count; several times for several.", 3, many=True),
]
SAMPLE = parameter("max_size", INT, "Pixels a side of the sample, at most.", 1024)
ZONE_SIZE = parameter("max_size", INT, "Look at a reduced copy with at most so many pixels a side.", 2048)
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
