"""JSON in and out of the STAC API."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from catalog.conf import limits
from catalog.errors import TooLarge
from catalog.stac.core.links import GEOJSON, JSON, SCHEMA


class BinaryRenderer(BaseRenderer):
    """Write what a view has made ready as it is."""

    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> bytes:
        return b"" if data is None else self.written(data)

    def written(self, data: Any) -> bytes:
        return bytes(data)


class JSONRenderer(BinaryRenderer):
    media_type = JSON
    format = "json"

    def written(self, data: Any) -> bytes:
        return orjson.dumps(data, default=str)


class GeoJSONRenderer(JSONRenderer):
    media_type = GEOJSON
    format = "geojson"


class SchemaRenderer(JSONRenderer):
    media_type = SCHEMA
    format = "schema"


class OneFormat(DefaultContentNegotiation):
    """Every document has one media type, whatever the client says it accepts: clients of the field say anything."""

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class JSONParser(BaseParser):
    """Reads no more than the limit, however long the client says its body is."""

    media_type = JSON

    def most_bytes(self) -> int:
        return limits().max_body_bytes

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        most = self.most_bytes()
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"The body has more than {most} bytes.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}") from error


class GeoJSONParser(JSONParser):
    media_type = GEOJSON


class SchemaParser(JSONParser):
    media_type = SCHEMA


class MergePatchParser(JSONParser):
    media_type = "application/merge-patch+json"


class BulkParser(JSONParser):
    """JSON of any kind, and more of it."""

    media_type = "application/*"

    def most_bytes(self) -> int:
        return limits().max_bulk_bytes
