"""How bodies are read."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from catalog.errors import TooLarge


class BoundedJSONParser(parsers.JSONParser):
    """JSON lies in memory as a whole, so it has a limit; an upload, which doesn't, has its own."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request = parser_context["request"] if parser_context else stream
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.API_MAX_BODY_BYTES:
            raise TooLarge(f"The body is larger than {settings.API_MAX_BODY_BYTES:,} bytes.")
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None


class StreamParser(parsers.BaseParser):
    """Hands the body on as it comes in: a slide of gigabytes never lies in memory, nor twice on disk."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:  # noqa: ARG002
        return stream
