"""`/stac/export`: what a search finds, as one file."""

from collections.abc import Callable, Iterator
from itertools import chain

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from catalog.api.authentication import READS_BY_POST
from catalog.documents.geoparquet import Documents
from catalog.errors import InvalidParameter
from catalog.querying.query import SearchQuery, parse_body, parse_query_string
from catalog.stac.core.openapi import describe_export, describe_post
from catalog.stac.core.parameters import SEARCH_PARAMETERS, Parameter
from catalog.stac.core.views import StacView
from catalog.stac.export.formats import MEDIA_TYPES, NDJSON, WRITERS, matching_documents, parquet_file

EXPORT_PARAMETERS = {name: each for name, each in SEARCH_PARAMETERS.items() if name not in {"limit", "token"}} | {
    "f": Parameter("The format.", {"type": "string", "enum": list(MEDIA_TYPES)}, "parquet")
}


class ExportView(StacView):
    token_scopes = READS_BY_POST
    # To begin a stream, or to make a file: less than the time after which a web process is replaced.
    seconds = 50.0

    @describe_export(MEDIA_TYPES)
    def get(self, request: Request) -> HttpResponseBase:
        params = request.query_params.copy()
        kind = (params.pop("f", None) or ["ndjson"])[-1]
        return self._answer(request, kind, lambda: parse_query_string(params))

    @describe_post("postExport", parameters=EXPORT_PARAMETERS, media_type=NDJSON)
    def post(self, request: Request) -> HttpResponseBase:
        """As GET, for what is too long for an address; `f` stands in the body."""
        if not isinstance(request.data, dict):
            raise InvalidParameter("body", "give a JSON object")
        body = dict(request.data)
        return self._answer(request, body.pop("f", "ndjson"), lambda: parse_body(body))

    def _answer(self, request: Request, kind: object, parse: Callable[[], SearchQuery]) -> HttpResponseBase:
        if not isinstance(kind, str) or kind not in MEDIA_TYPES:
            raise InvalidParameter("f", f"give one of {', '.join(MEDIA_TYPES)}")
        query, user, base = parse(), request.user, self.site.base

        def documents() -> Documents:
            return matching_documents(query, user=user, base=base)

        headers = {"Content-Disposition": f'attachment; filename="items.{kind}"'}
        if kind == "parquet":
            return FileResponse(parquet_file(documents), content_type=MEDIA_TYPES[kind], headers=headers)
        return StreamingHttpResponse(
            _begun(WRITERS[kind](documents())), content_type=MEDIA_TYPES[kind], headers=headers
        )


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Return the same pieces, the first ones made now, so that their errors can still be answered."""
    first = [piece for _, piece in zip(range(2), pieces, strict=False)]
    return chain(first, pieces)
