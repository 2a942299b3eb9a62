"""Finding collections by place, time and words.

There are far fewer collections than items, and all that are answered have to be read anyway: so they are sifted here,
the same way whatever the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.geos import GEOSGeometry
from django.core import signing
from django.http import QueryDict

from catalog.models import Collection

from .conf import limits
from .datetimes import Interval, parse_interval
from .errors import InvalidParameter
from .geometry import parse_bbox
from .query import parse_whole_number

SALT = "catalog.stac.collections"
KNOWN = ("bbox", "datetime", "limit", "q", "token")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class CollectionQuery:
    """None is: not asked for. Of `words` one is enough."""

    areas: tuple[GEOSGeometry, ...] | None = None
    interval: Interval | None = None
    words: tuple[str, ...] | None = None
    limit: int = 1000
    after: str | None = None


@dataclass(frozen=True)
class CollectionPage:
    collections: tuple[Collection, ...]
    matched: int
    next_token: str | None


def parse_collection_query(params: QueryDict) -> CollectionQuery:
    given = {name: ",".join(values) for name, values in params.lists()}
    for name in given:
        if name not in KNOWN:
            raise InvalidParameter(name, f"not known here; allowed are {', '.join(KNOWN)}")
    given = {name: text for name, text in given.items() if text}
    most = limits().max_page_collections
    return CollectionQuery(
        areas=parse_bbox(given["bbox"].split(",")) if "bbox" in given else None,
        interval=parse_interval(given["datetime"]) if "datetime" in given else None,
        words=_parse_words(given["q"]) if "q" in given else None,
        limit=parse_whole_number(given["limit"], name="limit", most=most) if "limit" in given else most,
        after=_parse_token(given["token"]) if "token" in given else None,
    )


def _parse_words(text: str) -> tuple[str, ...] | None:
    return tuple(word.strip().strip('"').casefold() for word in text.split(",") if word.strip(' "')) or None


def _parse_token(token: str) -> str:
    try:
        identifier: str = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise InvalidParameter("token", "not one of this site's; follow the links of a page") from error
    return identifier


def search_collections(query: CollectionQuery, *, user: User | AnonymousUser) -> CollectionPage:
    """In the order of their ids. One query."""
    found = [each for each in Collection.objects.visible_to(user) if matches(each, query)]
    found.sort(key=lambda each: each.id)
    behind = [each for each in found if query.after is None or each.id > query.after]
    page = behind[: query.limit]
    return CollectionPage(
        collections=tuple(page),
        matched=len(found),
        next_token=signing.dumps(page[-1].id, salt=SALT) if len(behind) > len(page) else None,
    )


def matches(collection: Collection, query: CollectionQuery) -> bool:
    return (
        (query.areas is None or _overlaps(collection, query.areas))
        and (query.interval is None or _lasts_into(collection, query.interval))
        and (query.words is None or _mentions(collection, query.words))
    )


def _overlaps(collection: Collection, areas: Iterable[GEOSGeometry]) -> bool:
    """Of an empty collection nothing is known: as its document says, it could lie anywhere."""
    if collection.bbox is None:
        return True
    half = len(collection.bbox) // 2
    west, south = collection.bbox[:2]
    east, north = collection.bbox[half : half + 2]
    boxes: list[Box] = [(west, south, east, north)]
    if west > east:
        boxes = [(west, south, 180.0, north), (-180.0, south, east, north)]
    return any(_boxes_overlap(box, area.extent) for box in boxes for area in areas)


def _boxes_overlap(first: Box, second: Box) -> bool:
    return first[0] <= second[2] and second[0] <= first[2] and first[1] <= second[3] and second[1] <= first[3]


def _lasts_into(collection: Collection, interval: Interval) -> bool:
    starts_late = interval.end and collection.start_datetime and collection.start_datetime > interval.end
    ends_early = interval.start and collection.end_datetime and collection.end_datetime < interval.start
    return not starts_late and not ends_early


def _mentions(collection: Collection, words: Iterable[str]) -> bool:
    text = "\n".join(map(str, [collection.title, collection.description, *collection.keywords])).casefold()
    return any(word in text for word in words)
