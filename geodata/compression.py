"""Pages, search results and vector tiles travel compressed to who can read them so."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

ALWAYS = frozenset({"text/html", "application/vnd.mapbox-vector-tile"})
# Of requests by POST alone: by GET these are documents, whose strong ETags clients send back in `If-Match`, and
# compression would make weak.
RESULTS = frozenset({"application/json", "application/geo+json"})


class CompressText(GZipMiddleware):
    """Compress what shrinks by it, and leave imagery, files and single documents as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if media_type in ALWAYS or (media_type in RESULTS and request.method == "POST"):
            return super().process_response(request, response)
        return response
