"""What the OpenAPI document says of mosaics."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from catalog.api.pagination import KeysetPagination
from catalog.api.renders import RENDER
from catalog.stac.core.openapi import ERROR
from catalog.stac.search.parameters import SEARCH_PARAMETERS, body_schema
from tiles.mosaics.selection import SELECTIONS
from tiles.rest import parameters as p
from tiles.rest import tile_parameters as t

View = TypeVar("View", bound=Callable[..., Any])
JSON = "application/json"
EXAMPLE_ID = "5d1f0c7f6d6a4e0f9a6b3f5e8c2d1b0a"
SEARCH_ID = p.parameter("search_id", p.STR, "What registering answered.", EXAMPLE_ID, location=OpenApiParameter.PATH)
MATRIX_SET, MATRIX_SET_ID = t.PATH_MATRIX_SET, t.MATRIX_SET
IMAGE_FORMAT, PLACE, POINT = t.TILE_FORMATS, t.TILE_PLACE, p.PLACE
BANDS = [each for each in p.BANDS if each.name != "assets"]
ASSETS = p.parameter(
    "assets", p.STR, "Assets of each item, whose first bands are b1, b2, …; items that lack one are left out.", "red"
)
SELECTION = p.parameter(
    "pixel_selection",
    p.STR,
    "What is shown where images overlap; the first in the search's order, unless it says otherwise.",
    "first",
    enum=tuple(SELECTIONS),
)
DATETIME = p.parameter(
    "datetime",
    p.STR,
    "A moment or an interval, open by `..`: only items of that time take part. The stretch stays that of all.",
    "2024-01-01T00:00:00Z/..",
)
ITEMS_SHOWN = [ASSETS, DATETIME, RENDER, p.SUBDATASET]
STYLE = [*ITEMS_SHOWN, SELECTION, *BANDS, *t.COLORING]
OF_TILE = [*PLACE, *STYLE, *t.TILE]
BOX = [
    *p.BBOX,
    *(each for each in p.SIDES if each.name != "units"),
    p.parameter("units", p.STR, "The system that the sides are in, degrees unless given.", "EPSG:3857"),
]
VALUES = [*ITEMS_SHOWN, SELECTION, *BANDS, p.RESAMPLING]
OUTPUT = [*p.SIZE, *p.FIT, p.OUTPUT_CRS, *STYLE, p.STYLED, p.COMPRESS]
ERRORS: dict[Any, Any] = {(status, JSON): OpenApiResponse(ERROR) for status in (400, 404)}
_TOO_MUCH: dict[Any, Any] = {(status, JSON): OpenApiResponse(ERROR) for status in (413, 502, 503)}
# `Mosaic-Incomplete` tells of data as it does of tiles.
DATA: dict[Any, Any] = {(200, JSON): OpenApiTypes.OBJECT, **ERRORS, **_TOO_MUCH}
REGION: dict[Any, Any] = {
    (200, "image/*"): OpenApiResponse(
        OpenApiTypes.BINARY, "The region. `Mosaic-Incomplete` (items, time, unreadable) says why images were left out."
    ),
    (200, "application/x-binary"): OpenApiTypes.BINARY,
    **ERRORS,
    **_TOO_MUCH,
}
DOCUMENT: dict[Any, Any] = {(200, JSON): OpenApiTypes.OBJECT, **ERRORS}
TILE: dict[Any, Any] = {
    (200, "image/*"): OpenApiResponse(
        OpenApiTypes.BINARY, "The tile. `Mosaic-Incomplete` (items, time, unreadable) says why images were left out."
    ),
    204: OpenApiResponse(None, "Nothing lies here."),
    **ERRORS,
    (502, JSON): OpenApiResponse(ERROR),
    (503, JSON): OpenApiResponse(ERROR),
}
_TEXTS: dict[str, Any] = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_ZOOM: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 30}
_METADATA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 256},
        "minzoom": _ZOOM,
        "maxzoom": _ZOOM,
        "assets": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 16},
        "rendering": {"type": "object", "additionalProperties": _TEXTS},
        "overviews": {"type": "boolean", "default": False},
        "shared": {"type": "boolean", "default": False},
    },
}
_SEARCH = body_schema(SEARCH_PARAMETERS)
BODY = {**_SEARCH, "properties": {**_SEARCH["properties"], "metadata": _METADATA}}
BODY_EXAMPLE = OpenApiExample(
    "The newest clear scenes of a year",
    value={
        "collections": ["sentinel-2-l2a"],
        "datetime": "2024-01-01T00:00:00Z/2024-12-31T23:59:59Z",
        "filter": {"op": "<", "args": [{"property": "eo:cloud_cover"}, 10]},
        "sortby": [{"field": "datetime", "direction": "desc"}],
        "metadata": {
            "name": "2024",
            "assets": ["visual"],
            "rendering": {"pixel_selection": "first"},
            "overviews": True,
        },
    },
    request_only=True,
)
REGISTERED: dict[Any, Any] = {
    (201, JSON): OpenApiTypes.OBJECT,
    **{(status, JSON): OpenApiResponse(ERROR) for status in (400, 403, 409, 413, 415)},
}
LIST: dict[Any, Any] = {(200, JSON): OpenApiTypes.OBJECT, (401, JSON): OpenApiResponse(ERROR)}
PAGE = [
    p.parameter("limit", p.INT, "Searches of a page.", 100, low=1, high=KeysetPagination.max_page_size),
    p.parameter("cursor", p.STR, "Of the `next` or `previous` page, as those name it.", "cD0yMDI0LTA1LTAx"),
]
# Of the items of a tile.
ITEMS = [
    p.parameter("limit", p.INT, "Items of a page.", 1000, low=1, high=1000),
    p.parameter("cursor", p.STR, "Of the `next` page, as that names it.", "3c1f5e0d9a8b47d2a6e4c7b8d9e0f1a2-1000"),
]
ITEMS_OF_TILE: dict[Any, Any] = {**DOCUMENT, (409, JSON): OpenApiResponse(ERROR, "The tile was made anew meanwhile.")}
# Of the items whose files are opened.
MEMBER_PAGE = [
    p.parameter("limit", p.INT, "Items of a page.", 10, low=1, high=100),
    p.parameter("cursor", p.STR, "Of the `next` or `previous` page, as those name it.", "cD0xMjM0"),
]
DELETED: dict[Any, Any] = {
    204: None, **{(status, JSON): OpenApiResponse(ERROR) for status in (401, 403, 404)}
}  # fmt: skip


def of_search(
    operation: str, summary: str, *parameters: OpenApiParameter, responses: dict[Any, Any] = DOCUMENT
) -> Callable[[View], View]:
    """Describe what is asked of one search."""
    return extend_schema(
        operation_id=f"search_{operation}", summary=summary, parameters=[SEARCH_ID, *parameters], responses=responses
    )
