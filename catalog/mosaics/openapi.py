"""Describe searches in the OpenAPI document: bodies, and how their routes differ from those of images."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.api.pagination import KeysetPagination
from catalog.api.renders import RENDER
from catalog.stac.core.openapi import ERROR
from catalog.stac.core.parameters import SEARCH_PARAMETERS, body_schema
from tiles.conf import tiles_settings
from tiles.geo.grids import MAX_ZOOM
from tiles.mosaics.selection import SELECTIONS
from tiles.rest import parameters as p
from tiles.rest.region import PREVIEW_SIDE, THUMBNAIL_SIDE
from tiles.styling.style import SINGLE_IMAGE

JSON = "application/json"
EXAMPLE_ID = "5d1f0c7f6d6a4e0f9a6b3f5e8c2d1b0a"
SEARCH_ID = p.Parameter("search_id", p.STR, "What registering answered.", EXAMPLE_ID, location=OpenApiParameter.PATH)
BANDS = [each for each in p.BANDS if each.name != "assets"]
ASSETS = p.Parameter(
    "assets", p.STR, "Assets of each item, whose first bands are b1, b2, …; items that lack one are left out.", "red"
)
SELECTION = p.Parameter(
    "pixel_selection",
    p.STR,
    "What is shown where images overlap; the first in the search's order, unless it says otherwise.",
    "first",
    enum=tuple(SELECTIONS),
)
DATETIME = p.Parameter(
    "datetime",
    p.STR,
    "A moment or an interval, open by `..`: only items of that time take part. The stretch stays that of all.",
    "2024-01-01T00:00:00Z/..",
)
ITEMS_SHOWN = [ASSETS, DATETIME, RENDER, p.SUBDATASET]
STYLE = [*ITEMS_SHOWN, SELECTION, *BANDS, *p.COLORING]
# Of one tile whose items are told.
OF_TILE = [*p.TILE_PLACE, *STYLE, *p.TILE]
UNITS = p.Parameter("units", p.STR, "The system that the sides are in, degrees unless given.", "EPSG:3857")
PIXEL = [
    p.Parameter("left", p.NUMBER, "x in `coord_crs`.", -76.95, required=True),
    p.Parameter("top", p.NUMBER, "y in `coord_crs`.", 39.75, required=True),
    p.Parameter("coord_crs", p.STR, "The system of `left` and `top`; of one image alone `pixels`.", "EPSG:4326"),
]
ERRORS: dict[Any, Any] = {(status, JSON): OpenApiResponse(ERROR) for status in (400, 404)}
# `Mosaic-Incomplete` tells of data as it does of tiles.
DATA: dict[Any, Any] = {
    (200, JSON): OpenApiTypes.OBJECT,
    **ERRORS,
    **{(status, JSON): OpenApiResponse(ERROR) for status in (413, 502, 503)},
}
DOCUMENT: dict[Any, Any] = {(200, JSON): OpenApiTypes.OBJECT, **ERRORS}
_TEXTS: dict[str, Any] = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
MOST_BANDS = tiles_settings().limits.bands
_ZOOM: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM}
_METADATA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 256},
        "minzoom": _ZOOM,
        "maxzoom": _ZOOM,
        "assets": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": tiles_settings().limits.bands,
        },
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
    p.Parameter("limit", p.INT, "Searches of a page.", 100, low=1, high=KeysetPagination.max_page_size),
    p.Parameter("cursor", p.STR, "Of the `next` or `previous` page, as those name it.", "cD0yMDI0LTA1LTAx"),
]
# Of the items of a tile.
MOST_ITEMS = 1000
ITEMS_LIMIT = p.Parameter("limit", p.INT, "Items of a page.", MOST_ITEMS, low=1, high=MOST_ITEMS)
ITEMS_CURSOR = p.Parameter(
    "cursor", p.STR, "Of the `next` page, as that names it.", "3c1f5e0d9a8b47d2a6e4c7b8d9e0f1a2-1000"
)
ITEMS = [ITEMS_LIMIT, ITEMS_CURSOR]
ITEMS_OF_TILE: dict[Any, Any] = {**DOCUMENT, (409, JSON): OpenApiResponse(ERROR, "The tile was made anew meanwhile.")}
# Of the items whose files are opened.
MEMBERS_LIMIT = p.Parameter("limit", p.INT, "Items of a page.", 10, low=1, high=100)
MEMBER_PAGE = [
    MEMBERS_LIMIT,
    p.Parameter("cursor", p.STR, "Of the `next` or `previous` page, as those name it.", "cD0xMjM0"),
]
DELETED: dict[Any, Any] = {
    204: None, **{(status, JSON): OpenApiResponse(ERROR) for status in (401, 403, 404)}
}  # fmt: skip

# Names of operations that aren't their actions', "-post" after those that take a body.
OPERATIONS = {
    "summary": "get",
    "forget": "delete",
    "statistics": "stored_statistics",
    "pixel_statistics": "statistics",
    "pixel_statistics-post": "zonal_statistics",
    "point": "data_point",
    "item_points": "point",
    "region-post": "region_within",
    "profile-post": "profile_posted",
}
_WHOLE = "The whole layer in Web Mercator, {} pixels a side at most unless the request says otherwise."
# What is of searches alone.
OWN = ("summary", "forget", "tile_assets", "matrix_set_tile_assets", "item_points", "frames", "metadata_internal")
INCOMPLETE = " `Mosaic-Incomplete` (items, time, unreadable) says why images were left out."
# What routes do that isn't what they do of an image.
DESCRIPTIONS = {
    "tile": "All images that the search finds here, of those that the reader may see; 204 where there are none.",
    "matrix_set_tile": "The same of the tile matrix set that the path names.",
    "tileset": "Which tiles there may be at each zoom, and where.",
    "metadata": "`count`, `dtype` and `crs` are those of the image that has been in the layer longest.",
    "bands": "Of the image that has been in the layer longest; of several assets, of the first one's.",
    "statistics": "Stored at ingest, of the 64 images that have been in the layer longest, as if they were one.",
    "thumbnail": _WHOLE.format(THUMBNAIL_SIDE),
    "preview": _WHOLE.format(PREVIEW_SIDE),
    "region": (
        "A box in any coordinate system. GeoTIFF, COG and NPY hold raw values unless the request paints them.\n\n"
        "Sizes default to the pixels of the first image there; too many are answered by 413, which names the limit."
    ),
    "region-post": "A GeoJSON polygon, outside of which nothing shows.",
    "pixel": (
        "Raw values of all bands; null where the pixel is missing. `items` says which pixel of which item it is.\n\n"
        "Images that lie on each other have no pixels in common: `coord_crs` says what `left` and `top` are in. Only a "
        "layer of one image takes them in the image's pixels, as that image does."
    ),
    "point": "Raw values of all bands, of the items that `pixel_selection` takes; null where there is no pixel.",
    "profile": "Raw values of all bands at equal distances, of the items that `pixel_selection` takes at each.",
    "pixel_statistics": (
        "By band, under TiTiler's names. Without a box: of a sample of at most `max_size` pixels a side.\n\n"
        "In a box each pixel that is shown counts by the share of it that lies inside. Pixels are those of the first "
        "image there, as if it went on beyond its edges."
    ),
    "pixel_statistics-post": (
        "Of a Feature or each of a FeatureCollection, which come back with `properties.statistics`."
    ),
}


class SearchSchema(AutoSchema):
    """Describe the routes that images have as those of a search: its parameters in the place of an image's."""

    @property
    def action(self) -> str:
        return str(getattr(self.view, "action", ""))

    @property
    def key(self) -> str:
        """Return the action, with "-post" after it where it takes a body."""
        return f"{self.action}-post" if self.method == "POST" else self.action

    def get_operation_id(self) -> str:
        return f"search_{OPERATIONS.get(self.key, self.key)}"

    def get_operation(self, *args: Any, **options: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **options)
        if operation:
            summary = operation["summary"].replace("an image", "a search")
            is_own = "search" in summary or self.action in OWN
            operation["summary"] = summary if is_own else f"{summary} of a search"
            operation["description"] = DESCRIPTIONS.get(self.key, operation.get("description", summary))
            shown = operation["responses"].get("200", {})
            if "image/*" in shown.get("content", {}):
                shown["description"] += INCOMPLETE
        return operation

    def _process_override_parameters(self, direction: str = "request") -> dict[tuple[str, str], Any]:
        declared: dict[tuple[str, str], Any] = super()._process_override_parameters(direction)  # type: ignore[no-untyped-call]
        action = self.action
        own = [SEARCH_ID]
        if action not in ("summary", "forget"):
            own += ITEMS_SHOWN
        if action == "pixel":
            own += PIXEL
        if ("expression", "query") in declared and action != "item_points":
            own += [SELECTION, p.RESAMPLING]
        if ("units", "query") in declared:
            own.append(UNITS)
        # Of statistics, `c` names categories.
        planes = [name for name in SINGLE_IMAGE if (name, action) != ("c", "pixel_statistics")]
        kept = {key: value for key, value in declared.items() if key not in {(name, "query") for name in planes}}
        return kept | _Documented(own).described(direction)


class _Documented(AutoSchema):
    """Describe parameters that no view declares."""

    def __init__(self, parameters: list[p.Parameter]) -> None:
        super().__init__()
        self._parameters = parameters

    def described(self, direction: str) -> dict[tuple[str, str], Any]:
        found: dict[tuple[str, str], Any] = self._process_override_parameters(direction)  # type: ignore[no-untyped-call]
        return found

    def get_override_parameters(self) -> list[Any]:
        return self._parameters
