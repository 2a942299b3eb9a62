"""Conditional reading: a client that has a content already need not get it again."""

from django.http import HttpRequest
from django.utils.http import parse_etags
from rest_framework.request import Request


def is_known(request: HttpRequest | Request, etag: str) -> bool:
    """Return whether `If-None-Match` names the ETag, quotes included; compared weakly (RFC 9110, 13.1.2)."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if not header:
        return False
    named = parse_etags(header)
    return named == ["*"] or etag.removeprefix("W/") in {each.removeprefix("W/") for each in named}
