"""Turn errors into HTTP answers, ``{"code": …, "description": …}``, on image routes too: in this one place."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, NotFound
from rest_framework.exceptions import PermissionDenied as RestPermissionDenied
from rest_framework.response import Response

from tiles import errors

log = logging.getLogger(__name__)

# Seconds after which a client may try again what was given up for time.
RETRY_AFTER = 5

STATUS: dict[type[errors.TilesError], int] = {
    errors.InvalidParameter: 400,
    errors.UnknownName: 400,
    errors.UnsupportedFormat: 400,
    errors.UnsupportedOperation: 400,
    errors.TooLarge: 413,
    errors.OutsideBounds: 404,
    errors.SourceNotFound: 404,
    errors.SourceReplaced: 409,
    errors.SourceUnreadable: 502,
    errors.UnsafeSource: 502,
    errors.SourceCorrupt: 502,
    errors.SourceUnreachable: 502,
    errors.SourceStalled: 503,
    errors.RenderTimeout: 503,
}
FAILURES_FROM = 500
NOT_FOUND = 404, NotFound.default_code
# Parts of paths that name a grid, a color map or an algorithm.
NAMES = ("tile_matrix_set", "identifier", "colormap", "algorithm")


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an error raised in a view, as DRF's hook; None lets Django answer (500)."""
    if isinstance(error, errors.TilesError):
        return tiles_error_response(error, view=type(context.get("view")).__name__, path=context.get("kwargs") or {})
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = RestPermissionDenied()
    if not isinstance(error, APIException):
        return None
    code, description = _code(error), _description(error.detail)
    headers = {}
    # DRF hangs these on the errors of authentication and throttling.
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Response({"code": code, "description": description}, status=error.status_code, headers=headers)


def tiles_error_response(
    error: errors.TilesError, *, view: str = "", path: Mapping[str, Any] = MappingProxyType({})
) -> Response:
    """Return the answer to an error of `tiles`. ``path``: what the route's path names, for 404 instead of 400."""
    status, code = STATUS.get(type(error), 500), error.code
    if isinstance(error, errors.UnknownName) and error.name in {path.get(name) for name in NAMES}:
        status, code = NOT_FOUND
    if status >= FAILURES_FROM:
        log.warning("%s: %s (%s)", view or "tiles", error.message, error.code, exc_info=error.__cause__)
    headers = {"Retry-After": str(RETRY_AFTER)} if status == 503 else {}
    return Response({"code": code, "description": error.message}, status=status, headers=headers)


def _code(error: APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _description(detail: Any) -> str:
    if isinstance(detail, dict):
        return "; ".join(f"{name}: {_description(value)}" for name, value in detail.items())
    return "; ".join(map(_description, detail)) if isinstance(detail, list) else str(detail)
