"""Which collections match.

There are far fewer collections than items, and all that are answered have to be read anyway: so all but the conditions
are sifted here, the same way whatever the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, QuerySet

from catalog.documents.text_index import join_words
from catalog.models import Collection
from catalog.querying.datetimes import Interval
from catalog.querying.sql.collection_rows import CollectionMembers, ExtentGeometry
from catalog.querying.statements import ask_bounded
from catalog.stac.collection_search.ordering import compare, in_order, position_of, write_token
from catalog.stac.collection_search.query import CollectionQuery

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class CollectionPage:
    """`prev_token` is empty where the page before is the first, None on the first."""

    collections: tuple[Collection, ...]
    matched: int
    next_token: str | None = None
    prev_token: str | None = None


def search_collections(query: CollectionQuery, *, user: User | AnonymousUser) -> CollectionPage:
    """Find the page of visible collections that the query asks for, by one query of the database."""
    candidates = _meeting_conditions(Collection.objects.visible_to(user), query)
    found = in_order([each for each in candidates if matches(each, query)], sort=query.sort)
    positions = [position_of(each, sort=query.sort) for each in found]
    start = 0
    if query.after is not None:
        start = sum(compare(each, query.after, sort=query.sort) <= 0 for each in positions)
    end, before = start + query.limit, start - query.limit - 1
    prev_token = "" if before < 0 else write_token(positions[before], sort=query.sort)
    return CollectionPage(
        collections=tuple(found[start:end]),
        matched=len(found),
        next_token=write_token(positions[end - 1], sort=query.sort) if end < len(found) else None,
        prev_token=prev_token if start else None,
    )


def _meeting_conditions(collections: QuerySet[Collection], query: CollectionQuery) -> Iterable[Collection]:
    if not query.conditions:
        return collections
    # Under the names by which conditions know the same of items.
    known = collections.alias(
        item_id=F("id"),
        collection_id=F("id"),
        datetime=F("start_datetime"),
        geometry=ExtentGeometry("bbox"),
        properties=CollectionMembers(),
    )
    return ask_bounded(lambda: list(known.filter(*query.conditions)))


def matches(collection: Collection, query: CollectionQuery) -> bool:
    return (
        (query.ids is None or collection.id in query.ids)
        and (query.areas is None or _overlaps(collection, query.areas))
        and (query.interval is None or _lasts_into(collection, query.interval))
        and (query.text is None or query.text.found_in(_words(collection)))
    )


def _words(collection: Collection) -> str:
    return join_words(map(str, [collection.id, collection.title, collection.description, *collection.keywords]))


def _overlaps(collection: Collection, areas: Iterable[GEOSGeometry]) -> bool:
    """Return whether an area meets the collection's box; an empty collection, as its document says, lies anywhere."""
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
