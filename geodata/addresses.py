"""Where the site is reached: at the root of a host, or below a path that a proxy in front gives it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.common import CommonMiddleware
from django.urls import get_script_prefix
from whitenoise.storage import CompressedStaticFilesStorage  # type: ignore[import-untyped]

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def below_prefix(application: Application) -> Application:
    """Return the WSGI application with SCRIPT_NAME set, so that every address it makes begins with it.

    It is `settings.SCRIPT_NAME`, or what a proxy that is believed (`settings.PROXIES`) says in X-Forwarded-Prefix.
    Whether the proxy leaves the prefix in the path or takes it off makes no difference.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.get("HTTP_X_FORWARDED_PREFIX") if settings.PROXIES else None
        if prefix := read_prefix(settings.SCRIPT_NAME if said is None else said.partition(",")[0]):
            path = environ.get("PATH_INFO", "")
            environ["SCRIPT_NAME"] = prefix
            environ["PATH_INFO"] = path.removeprefix(prefix) if f"{path}/".startswith(f"{prefix}/") else path
        return application(environ, start_response)

    return answer


def read_prefix(text: str) -> str:
    """Return a path with a slash before it and none after it; empty for the root."""
    path = text.strip().strip("/")
    return f"/{path}" if path else ""


class AbsoluteRedirects(CommonMiddleware):
    """Send whoever left out a final slash to a whole address, as clients need that resolve no relative ones."""

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        return request.build_absolute_uri(super().get_full_path_with_slash(request))


class StaticStorage(CompressedStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types.
    """Name static files below the prefix that this request came by."""

    def url(self, name: str | None) -> str:
        address: str = super().url(name)
        return get_script_prefix().rstrip("/") + address
