"""What the routes answer, as the OpenAPI document shows it."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

JSON = "application/json"
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
    """What went wrong: a code for programs, a sentence for people."""

    code = serializers.CharField()
    description = serializers.CharField()


def no_content() -> HttpResponse:
    """204, without the type of a content that isn't there."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def answers(
    meaning: str,
    kinds: Iterable[str] = (JSON,),
    *,
    errors: Iterable[int] = (400, 404, 502, 503),
    may_be_empty: bool = False,
) -> dict[Any, Any]:
    """The responses of a route that answers one of these media types, or nothing at all, or an error.

    ``meaning``: what the answer holds.
    """
    types = {JSON: OpenApiTypes.OBJECT, "application/xml": OpenApiTypes.STR, "text/html": OpenApiTypes.STR}
    found: dict[Any, Any] = {
        (200, kind): OpenApiResponse(types.get(kind, OpenApiTypes.BINARY), meaning) for kind in kinds
    }
    if may_be_empty:
        found[204] = OpenApiResponse(None, "No pixel is valid here.")
    return found | {(status, JSON): OpenApiResponse(Error, MEANINGS[status]) for status in errors}
