"""Have pages, search results and vector tiles travel compressed to who can read them so.

Views are wrapped, not the whole site by a middleware: imagery, of which there are thousands a second, changes nothing.
"""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.decorators import decorator_from_middleware

from catalog.api.origin import wrap_views

ALWAYS = frozenset({"text/html", "application/vnd.mapbox-vector-tile"})
# Of requests by POST alone: by GET these are documents, whose strong ETags clients send back in `If-Match`, and
# compression would make weak.
RESULTS = frozenset({"application/json", "application/geo+json"})


class _CompressText(GZipMiddleware):
    """Compress what shrinks by it, and leave imagery, files and single documents as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if media_type in ALWAYS or (media_type in RESULTS and request.method == "POST"):
            return super().process_response(request, response)
        return response


def compressing(included: Any) -> Any:
    """Return what `include` gave, with views whose text is compressed."""
    return wrap_views(included, decorator_from_middleware(_CompressText))
