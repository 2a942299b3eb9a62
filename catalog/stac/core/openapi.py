"""What the OpenAPI document says of the STAC routes."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from catalog.stac.core.links import JSON
from catalog.stac.core.parameters import SEARCH_PARAMETERS, Parameter, body_schema
from catalog.stac.transactions.bodies import Schema

View = TypeVar("View", bound=Callable[..., Any])
ERROR = {
    "type": "object",
    "required": ["code", "description"],
    "properties": {"code": {"type": "string"}, "description": {"type": "string"}},
}


class ReadingSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The site's session cookie."""

    target_class = "catalog.stac.core.views.ReadingSession"
    name = "reading-session"  # Another class than the API's, so it needs another name.

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def _parameters(parameters: Mapping[str, Parameter]) -> list[OpenApiParameter]:
    return [_parameter(name, parameter) for name, parameter in parameters.items()]


def _parameter(name: str, parameter: Parameter) -> OpenApiParameter:
    """Describe a parameter; lists are separated by commas."""
    examples = [] if parameter.example is None else [OpenApiExample(name, value=parameter.example)]
    return OpenApiParameter(
        name,
        parameter.schema,
        description=parameter.description,
        style="form" if parameter.is_list else None,
        explode=False if parameter.is_list else None,
        examples=examples,
    )


def describe_get(
    operation: str,
    *,
    media_type: str = JSON,
    errors: tuple[int, ...] = (),
    parameters: Mapping[str, Parameter] | None = None,
) -> Callable[[View], View]:
    """Describe a GET: the errors it may answer, and its query's parameters."""
    responses: dict[Any, Any] = {(200, media_type): OpenApiTypes.OBJECT}
    responses |= {(status, JSON): OpenApiResponse(ERROR) for status in errors}
    described = _parameters(parameters or {})
    return extend_schema(operation_id=operation, tags=["stac"], parameters=described, responses=responses)


def describe_post(
    operation: str, *, parameters: Mapping[str, Parameter], media_type: str = JSON, errors: tuple[int, ...] = ()
) -> Callable[[View], View]:
    """Describe a POST that only reads, whose body has the parameters."""
    responses: dict[Any, Any] = {(200, media_type): OpenApiTypes.OBJECT}
    responses |= {(status, JSON): OpenApiResponse(ERROR) for status in (400, 413, 415, *errors)}
    request = {JSON: body_schema(parameters)}
    return extend_schema(operation_id=operation, tags=["stac"], request=request, responses=responses)


def describe_change(
    operation: str, *, status: int = 204, errors: tuple[int, ...] = (), body: Schema | None = None
) -> Callable[[View], View]:
    """Describe what changes the catalog, by a body that is a STAC document or a part of one."""
    responses: dict[Any, Any] = {status: None if status == 204 else OpenApiTypes.OBJECT}
    responses |= {(code, JSON): OpenApiResponse(ERROR) for code in errors}
    request = None if body is None else {JSON: body}
    return extend_schema(operation_id=operation, tags=["stac"], request=request, responses=responses)


def describe_export(media_types: Mapping[str, str]) -> Callable[[View], View]:
    """Describe a GET of a whole search in one of these formats."""
    kind = OpenApiParameter("f", OpenApiTypes.STR, enum=tuple(media_types), default="ndjson", description="The format.")
    names = {name: each for name, each in SEARCH_PARAMETERS.items() if name not in {"limit", "token"}}
    responses: dict[Any, Any] = {(200, media_type): OpenApiTypes.BINARY for media_type in media_types.values()}
    return extend_schema(
        operation_id="getExport",
        tags=["stac"],
        parameters=[*_parameters(names), kind],
        responses=responses | {(400, JSON): OpenApiResponse(ERROR)},
    )
