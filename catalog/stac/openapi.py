"""What the OpenAPI document says of the STAC routes."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from .links import GEOJSON, JSON

SEARCH_PARAMETERS = {
    "collections": "Ids of collections, separated by commas.",
    "ids": "Ids of items, separated by commas.",
    "bbox": "west,south,east,north in degrees, or with heights. West > east crosses the antimeridian.",
    "intersects": "A GeoJSON geometry, as JSON.",
    "datetime": "An RFC 3339 instant or interval: start/end, where .. leaves an end open.",
    "limit": "Items of a page.",
    "sortby": "Members to sort by, separated by commas; - before one turns it round.",
    "fields": "Members to include, and with - before them to leave out.",
    "filter": "A CQL2 filter.",
    "filter-lang": "cql2-text or cql2-json.",
    "filter-crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "query": "Properties and what they are compared with, as JSON.",
    "token": "Of a `next` or `prev` link.",
}
View = TypeVar("View", bound=Callable[..., Any])
COLLECTION_PARAMETERS = {
    **{name: SEARCH_PARAMETERS[name] for name in ("bbox", "datetime", "limit", "token")},
    "q": "Words of titles, descriptions and keywords, separated by commas; one is enough.",
}
ERROR = {
    "type": "object",
    "required": ["code", "description"],
    "properties": {"code": {"type": "string"}, "description": {"type": "string"}},
}


class ReadingSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The site's session cookie."""

    target_class = "catalog.stac.views.ReadingSession"
    name = "reading-session"  # Another class than the API's, so it needs another name.

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def _parameters(names: dict[str, str]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, OpenApiTypes.INT if name == "limit" else OpenApiTypes.STR, description=description)
        for name, description in names.items()
    ]


def answers(
    operation: str, *, media_type: str = JSON, errors: tuple[int, ...] = (), parameters: dict[str, str] | None = None
) -> Callable[[View], View]:
    """Describe a GET: the errors it may answer, and its query's parameters."""
    responses: dict[Any, Any] = {(200, media_type): OpenApiTypes.OBJECT}
    responses |= {(status, JSON): OpenApiResponse(ERROR) for status in errors}
    described = _parameters(parameters or {})
    return extend_schema(operation_id=operation, tags=["stac"], parameters=described, responses=responses)


def answers_search_by_post() -> Callable[[View], View]:
    properties = {name: {"description": description} for name, description in SEARCH_PARAMETERS.items()}
    return extend_schema(
        operation_id="postSearch",
        tags=["stac"],
        request={JSON: {"type": "object", "properties": properties, "additionalProperties": False}},
        responses={
            (200, GEOJSON): OpenApiTypes.OBJECT,
            **{(status, JSON): OpenApiResponse(ERROR) for status in (400, 413, 415)},
        },
    )


def changes(
    operation: str, *, status: int = 204, errors: tuple[int, ...] = (), body: bool = True
) -> Callable[[View], View]:
    """Describe what changes the catalog by a STAC document, or by a part of one."""
    responses: dict[Any, Any] = {status: None if status == 204 else OpenApiTypes.OBJECT}
    responses |= {(code, JSON): OpenApiResponse(ERROR) for code in errors}
    request = {JSON: {"type": "object", "additionalProperties": True}} if body else None
    return extend_schema(operation_id=operation, tags=["stac"], request=request, responses=responses)


def exports(media_types: Mapping[str, str]) -> Callable[[View], View]:
    """Describe a GET of a whole search in one of these formats."""
    kind = OpenApiParameter("f", OpenApiTypes.STR, enum=tuple(media_types), default="ndjson", description="The format.")
    names = {name: text for name, text in SEARCH_PARAMETERS.items() if name not in {"limit", "token"}}
    responses: dict[Any, Any] = {(200, media_type): OpenApiTypes.BINARY for media_type in media_types.values()}
    return extend_schema(
        operation_id="getExport",
        tags=["stac"],
        parameters=[*_parameters(names), kind],
        responses=responses | {(400, JSON): OpenApiResponse(ERROR)},
    )
