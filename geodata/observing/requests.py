"""Follow every request: an id that all log lines about it bear, and its time in the metrics.

Around Django's WSGI application and not among its middlewares, so that what these do and answer counts too.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from django.conf import settings

from geodata.observing import ledger, metrics
from geodata.observing.logs import REQUEST_ID
from tiles.sources.pool import POOL

access = logging.getLogger("geodata.access")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# What a proxy may have called the request already.
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# First parts of paths by which requests are told apart in metrics; all others are pages.
ROUTES = frozenset({"admin", "api", "healthz", "metrics", "readyz", "stac", "static", "tiles"})
SEARCHES = frozenset({"/stac/search", "/stac/aggregate"})


def followed(application: Application) -> Application:
    """Return the WSGI application with its requests followed; `X-Request-ID` is taken from the request, or made."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        name = given if _GIVEN_ID.fullmatch(given) else uuid4().hex
        token = REQUEST_ID.set(name)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            _note(environ, status[:3], headers, seconds=time.perf_counter() - began)
            return start_response(status, [*headers, ("X-Request-ID", name)], *rest)

        try:
            return application(environ, start)
        finally:
            REQUEST_ID.reset(token)

    return answer


def route_of(path: str) -> str:
    """Return the word by which metrics tell a path from others: few, whatever people ask for."""
    if path in SEARCHES or (path.startswith("/stac/collections/") and path.endswith("/items")):
        return "search"
    first = path[1:].partition("/")[0]
    return first if first in ROUTES else "pages"


def _note(environ: dict[str, Any], status: str, headers: list[tuple[str, str]], *, seconds: float) -> None:
    path = environ.get("PATH_INFO", "")
    route = route_of(path)
    timing = next((value for name, value in headers if name == "Server-Timing"), "") if route == "tiles" else ""
    ledger.note(route, status, seconds=seconds, timing=timing)
    metrics.look_at_process(POOL.count_open)
    if settings.LOG_FORMAT == "json":
        method = environ.get("REQUEST_METHOD")
        said = {"method": method, "path": path, "status": int(status), "seconds": round(seconds, 4)}
        access.info("%s %s %s", method, path, status, extra=said)
