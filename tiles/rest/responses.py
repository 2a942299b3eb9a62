"""Make the responses of the routes, and describe them for the OpenAPI document."""

from collections.abc import Iterable
from typing import Any, TypeVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from tiles.rest.imagery import PASSING

JSON = "application/json"
# The header that says why images are missing in what is shown: items, time, unreadable.
INCOMPLETE = "Mosaic-Incomplete"
AnyResponse = TypeVar("AnyResponse", bound=HttpResponseBase)
MEANINGS = {
    303: "The address to go on to.",
    400: "A parameter makes no sense; the sentence names it and what it takes.",
    404: "There is nothing of that name, or nothing at this place.",
    413: "More than a limit allows; the sentence names the limit.",
    405: "This address takes other methods.",
    409: "It is in the way of something that is there.",
    415: "The body is of another type than this address takes.",
    502: "The image's file can't be read.",
    503: "It took longer than the limit; try again later.",
}


class Error(serializers.Serializer[Any]):
    """Say what went wrong: a code for programs, a sentence for people."""

    code = serializers.CharField()
    description = serializers.CharField()


def no_content() -> HttpResponse:
    """Return 204, without the type of a content that isn't there."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def picture_response(content: bytes, media_type: str) -> HttpResponse:
    """Return content of that type, 204 for none."""
    return HttpResponse(content, content_type=media_type) if content else no_content()


def json_response(document: Any) -> HttpResponse:
    """Return a document of plain values, in a third of the time that DRF's renderers take."""
    return HttpResponse(orjson.dumps(document), content_type=JSON)


def incomplete(response: AnyResponse, reason: str) -> AnyResponse:
    """Say why images are missing, if any are, and have nobody keep what the next attempt may make better."""
    if reason:
        response[INCOMPLETE] = reason
    if reason in PASSING:
        response["Cache-Control"] = "no-store"
    return response


def declared(
    meaning: str,
    kinds: Iterable[str] = (JSON,),
    *,
    errors: Iterable[int] = (400, 404, 502, 503),
    may_be_empty: bool = False,
) -> dict[Any, Any]:
    """Declare the responses of a route that answers one of these media types, or nothing at all, or an error.

    ``meaning``: what the content holds.
    """
    types = {JSON: OpenApiTypes.OBJECT, "application/xml": OpenApiTypes.STR, "text/html": OpenApiTypes.STR}
    found: dict[Any, Any] = {
        (200, kind): OpenApiResponse(types.get(kind, OpenApiTypes.BINARY), meaning) for kind in kinds
    }
    if may_be_empty:
        found[204] = OpenApiResponse(None, "No pixel is valid here.")
    return found | {(status, JSON): OpenApiResponse(Error, MEANINGS[status]) for status in errors}


def is_known(request: HttpRequest | Request, etag: str) -> bool:
    """Return whether `If-None-Match` names the ETag, quotes included; compared weakly (RFC 9110, 13.1.2)."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if not header:
        return False
    named = parse_etags(header)
    return named == ["*"] or etag.removeprefix("W/") in {each.removeprefix("W/") for each in named}
