"""What is answered where no view does: below the APIs JSON as of every other error, elsewhere a page."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import csrf, defaults

from catalog.api.errors import error_body

APIS = ("/api/", "/stac/", "/tiles/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_api(request):
        return _answer(HTTPStatus.BAD_REQUEST, "bad_request", "The request is malformed.")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_api(request):
        return _answer(HTTPStatus.NOT_FOUND, "not_found", "There is nothing here.")
    return defaults.page_not_found(request, exception, template_name="frontend/404.html")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_api(request):
        return _answer(HTTPStatus.FORBIDDEN, "permission_denied", "This account may not do that.")
    return defaults.permission_denied(request, exception, template_name="frontend/403.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token with a page; the APIs check for it themselves."""
    return csrf.csrf_failure(request, reason, template_name="frontend/403_csrf.html")


def shut_out(request: HttpRequest, credentials: object = None, *_: object, **__: object) -> HttpResponse:
    """Answer a sign-in after too many wrong passwords, the right one included."""
    del credentials
    response = render(request, "frontend/429.html", {"minutes": settings.SIGN_IN_PAUSE_MINUTES}, status=429)
    response["Retry-After"] = str(60 * settings.SIGN_IN_PAUSE_MINUTES)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    if _asks_api(request):
        return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", "Something went wrong here; it was noted.")
    return defaults.server_error(request, template_name="frontend/500.html")


def _asks_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(APIS)


def _answer(status: HTTPStatus, code: str, description: str) -> JsonResponse:
    return JsonResponse(error_body(code, description), status=status)
