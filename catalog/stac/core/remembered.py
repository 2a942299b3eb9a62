"""Keep pages of searches in the process: the same one, asked again while nothing has changed, is only written out."""

import threading
from collections.abc import Callable, Hashable

import orjson
from cachetools import TTLCache
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.querying.finding import Sight
from catalog.stac.core.documents import Document

# Seconds that a page is kept, bytes of all pages, and of one that is worth keeping.
SECONDS = 60
MAX_BYTES = 32 * 2**20
MAX_PAGE_BYTES = 2**19

_pages: TTLCache[Hashable, bytes] = TTLCache(MAX_BYTES, SECONDS, getsizeof=len)
_lock = threading.Lock()


def respond_remembering(request: Request, make: Callable[[], Document], *, sight: Sight | None) -> Response:
    """Answer a GET with the document that ``make`` makes, or made before for the same address and reader.

    Without what the reader is known to see nothing is remembered.
    """
    if sight is None:
        return Response(make())
    key = (sight.reader, sight.version, request.build_absolute_uri())
    with _lock:
        page = _pages.get(key)
    if page is None:
        page = orjson.dumps(make(), default=str)
        if len(page) <= MAX_PAGE_BYTES:
            with _lock:
                _pages[key] = page
    return Response(orjson.Fragment(page))
