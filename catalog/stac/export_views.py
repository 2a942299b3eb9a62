"""`GET /stac/export`: what a search finds, as one file."""

from collections.abc import Iterator
from itertools import chain

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from catalog.services.geoparquet import Documents

from .errors import InvalidParameter
from .export import MEDIA_TYPES, WRITERS, matching_documents, parquet_file
from .openapi import exports
from .query import parse_query_string
from .views import StacView


class ExportView(StacView):
    @exports(MEDIA_TYPES)
    def get(self, request: Request) -> HttpResponseBase:
        params = request.query_params.copy()
        kind = (params.pop("f", None) or ["ndjson"])[-1]
        if kind not in MEDIA_TYPES:
            raise InvalidParameter("f", f"give one of {', '.join(MEDIA_TYPES)}")
        query, user, base = parse_query_string(params), request.user, self.site.base

        def documents() -> Documents:
            return matching_documents(query, user=user, base=base)

        headers = {"Content-Disposition": f'attachment; filename="items.{kind}"'}
        if kind == "parquet":
            return FileResponse(parquet_file(documents), content_type=MEDIA_TYPES[kind], headers=headers)
        return StreamingHttpResponse(
            _begun(WRITERS[kind](documents())), content_type=MEDIA_TYPES[kind], headers=headers
        )


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same, with what only the first rows tell raised now, while an error can still be answered."""
    first = [piece for _, piece in zip(range(2), pieces, strict=False)]
    return chain(first, pieces)
