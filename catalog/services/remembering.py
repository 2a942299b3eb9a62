"""Remember answers that take long to make, in Redis, for all processes and for as long as nothing changes."""

import logging
from collections.abc import Callable, Hashable
from hashlib import blake2b

from django.core.cache import cache

from catalog.querying.finding import Sight
from catalog.querying.query import SearchQuery
from catalog.services.collections.versions import collections_known_version

logger = logging.getLogger(__name__)
# Seconds after which what nobody asked for again goes, and the longest answer that is kept.
SECONDS = 24 * 3600
MAX_BYTES = 4 * 2**20
# Collections whose own versions are asked for. Of more, a change of any collection of the catalog counts.
MOST_NAMED = 50


def remembered(make: Callable[[], bytes], *, query: SearchQuery, sight: Sight | None, about: Hashable) -> bytes:
    """Return what ``make`` returns, or returned before to a reader who sees the same collections.

    Args:
        make: makes the answer, of nothing but what is named here.
        query: the search that it is about.
        sight: what its reader sees; without it nothing is remembered.
        about: what else the answer depends on, the kind of answer included.
    """
    key = _key(query, sight=sight, about=about)
    try:
        found = cache.get(key) if key else None
    except Exception:  # noqa: BLE001  Any failure of the cache, whichever the backend's, must not stop a reader.
        key, found = "", None
    if isinstance(found, bytes):
        return found
    answer = make()
    if key and len(answer) <= MAX_BYTES:
        try:
            cache.set(key, answer, timeout=SECONDS)
        except Exception:
            logger.exception("An answer could not be kept")
    return answer


def _key(query: SearchQuery, *, sight: Sight | None, about: Hashable) -> str:
    """Return the answer's name in the cache; an empty one for what is not remembered."""
    if sight is None or not query.key:
        return ""
    seen = sight.collections if query.collections is None else sight.collections.intersection(query.collections)
    named = tuple(sorted(seen))
    is_few = query.collections is not None and len(named) <= MOST_NAMED
    version = collections_known_version(named) if is_few else sight.version
    if not version:
        return ""
    # Texts are told apart by their quotes.
    text = repr((named, version, query.key, query.sort, about))
    return f"answer:{blake2b(text.encode(), digest_size=20).hexdigest()}"
