"""Errors at the edge: which status each has, and the one shape all have."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response

from catalog import errors
from catalog.services.trouble import is_own_trouble
from tiles.rest.errors import RETRY_AFTER
from tiles.rest.errors import exception_handler as tiles_exception_handler

logger = logging.getLogger(__name__)
# Characters of a description: it may repeat what was sent, which may be megabytes.
MAX_SENTENCE = 2000
# First match wins: subclasses before their bases.
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (errors.InvalidInput, status.HTTP_400_BAD_REQUEST),
    (errors.NotFound, status.HTTP_404_NOT_FOUND),
    (errors.NotAllowed, status.HTTP_403_FORBIDDEN),
    (errors.Conflict, status.HTTP_409_CONFLICT),
    (errors.PreconditionFailed, status.HTTP_412_PRECONDITION_FAILED),
    (errors.TooLarge, status.HTTP_413_REQUEST_ENTITY_TOO_LARGE),
    (errors.TookTooLong, status.HTTP_503_SERVICE_UNAVAILABLE),
    (errors.SourceUnreachable, status.HTTP_502_BAD_GATEWAY),
    (RequestDataTooBig, status.HTTP_413_REQUEST_ENTITY_TOO_LARGE),
)


def error_body(code: str, description: str, **extra: Any) -> dict[str, Any]:
    return {"code": code, "description": description, **extra}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every error of the site's APIs as `{"code", "description"}`; what nobody foresaw stays a 500.

    The catalog's own have their statuses here, all others theirs in `tiles`.
    """
    for kind, status_code in STATUSES:
        if isinstance(exc, kind):
            code = exc.code if isinstance(exc, errors.CatalogError) else "too_large"
            headers = {"Retry-After": str(RETRY_AFTER)} if status_code == status.HTTP_503_SERVICE_UNAVAILABLE else {}
            return Response(error_body(code, str(exc)[:MAX_SENTENCE]), status=status_code, headers=headers)
    if isinstance(exc, exceptions.ValidationError):
        fields = dict(_flatten(exc.detail))
        description = "; ".join(f"{path}: {message}" if path else message for path, message in fields.items())
        return Response(error_body("invalid_input", description, fields=fields), status=exc.status_code)
    if is_own_trouble(exc):
        logger.error("Asked to come again: %s", exc, exc_info=exc)
        description = "The site can't do this at the moment: its disk is full, or its database or storage away."
        body = error_body("unavailable", description)
        headers = {"Retry-After": str(RETRY_AFTER)}
        return Response(body, status=status.HTTP_503_SERVICE_UNAVAILABLE, headers=headers)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound("There is nothing here.")
    if isinstance(exc, PermissionDenied):
        return Response(error_body("not_allowed", "You may not do this."), status=status.HTTP_403_FORBIDDEN)
    return tiles_exception_handler(exc, context)


def _flatten(detail: Any, path: str = "") -> list[tuple[str, str]]:
    """Return `{"sources": [{"href": ["…"]}]}` as `[("sources.0.href", "…")]`."""
    if isinstance(detail, dict):
        named = ((str(key) if key != "non_field_errors" else "", value) for key, value in detail.items())
    elif isinstance(detail, list) and any(isinstance(entry, dict | list) for entry in detail):
        named = ((str(index), value) for index, value in enumerate(detail))
    else:
        return [(path, " ".join(map(str, detail)) if isinstance(detail, list) else str(detail))]
    return [row for key, value in named if value for row in _flatten(value, ".".join(filter(None, (path, key))))]
