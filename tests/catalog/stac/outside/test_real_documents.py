"""Walks through real items, of many collections and producers; without the shared data through generated ones."""

import gzip
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count
from django.http import QueryDict
from django.utils import timezone

from catalog.models import AuditEntry, Collection, Item
from catalog.querying.finding import search_items
from catalog.querying.query import parse_query_string
from catalog.services.items.loading import Loader, is_collection
from tests.catalog.stac.outside.documents import scenes
from tests.real_data import SHARED_DATA

SHARED = SHARED_DATA / "stac"
# Lines of each file: enough for ties and nulls of every kind, and loaded in seconds.
MOST = 500
PAGE = 173
SORTINGS = (
    "",
    "datetime",
    "-datetime,id",
    "id",
    "-collection,-id",
    "eo:cloud_cover",
    "-eo:cloud_cover,platform",
    "platform,-gsd,datetime",
    "proj:epsg",
    "-created",
    "end_datetime,-properties.title",
    "instruments,nothing-has-this",
    "view:off_nadir,-tile:clouds_percent,quadkey",
)


def documents() -> Iterator[dict[str, Any]]:
    if not SHARED.is_dir():
        yield from ({**scene, "collection": f"scenes-{n % 3}"} for n, scene in enumerate(scenes(600)))
        return
    for path in sorted(SHARED.glob("*.ndjson.gz")):
        with gzip.open(path) as lines:
            found = (orjson.loads(line) for line in islice(lines, MOST))
            yield from (each for each in found if not is_collection(each))


@pytest.fixture(scope="module")
def items(django_db_setup, django_db_blocker) -> Iterator[int]:
    """How many there are. Each test's own changes are undone."""
    del django_db_setup
    with django_db_blocker.unblock():
        before = set(Collection.objects.values_list("pk", flat=True))
        loader = Loader(creates=True, default_collection="loose")
        lost = list(loader.load(documents()))
        assert len(lost) < 50
        yield loader.report.created
        Collection.objects.exclude(pk__in=before).delete()
        AuditEntry.objects.prune(before=timezone.now())


def walk(sortby: str, **params: Any) -> Iterator[list[Item]]:
    """Page after page, as by following `next`."""
    query = QueryDict(mutable=True)
    query.update({"limit": str(PAGE), "sortby": sortby, **params})
    while True:
        page = search_items(parse_query_string(query), user=AnonymousUser()).page
        models = Item.objects.in_bulk([row.pk for row in page.items])
        yield [models[row.pk] for row in page.items]
        if page.next_token is None:
            return
        query["token"] = page.next_token


@pytest.mark.django_db
@pytest.mark.parametrize("sortby", SORTINGS)
def test_pages_have_each_item_once_in_order(items, sortby):
    seen = [item for page in walk(sortby) for item in page]
    assert len(seen) == items
    assert len({item.pk for item in seen}) == items
    first = sortby.split(",")[0]
    values = [item.properties.get(first.removeprefix("-").removeprefix("properties.")) for item in seen]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if ":" in first:
        assert numbers == sorted(numbers, reverse=first[0] == "-")
        # What has none comes last, whichever the direction.
        assert None not in values[: len(numbers)]


@pytest.mark.django_db
@pytest.mark.parametrize("sortby", SORTINGS[::3])
def test_pages_back_are_the_same(items, sortby):
    del items
    query = QueryDict(mutable=True)
    query.update({"limit": str(PAGE), "sortby": sortby})
    forward: list[list[int]] = []
    while True:
        page = search_items(parse_query_string(query), user=AnonymousUser()).page
        forward.append([item.pk for item in page.items])
        if page.next_token is None:
            break
        query["token"] = page.next_token
    backward = [forward[-1]]
    while page.prev_token:
        query["token"] = page.prev_token
        page = search_items(parse_query_string(query), user=AnonymousUser()).page
        backward.insert(0, [item.pk for item in page.items])
    assert backward == forward


@pytest.mark.django_db
@pytest.mark.parametrize("sortby", SORTINGS)
def test_pages_while_items_come_and_go_repeat_and_miss_nothing(items, sortby):
    del items
    present = set(Item.objects.values_list("pk", flat=True))
    gone: set[int] = set()
    seen: list[int] = []
    for page in walk(sortby):
        seen += [item.pk for item in page]
        # The one at which the next page begins, one that comes later, and a copy of one, which comes anywhere.
        later = sorted(Item.objects.exclude(pk__in=seen).values_list("pk", flat=True))
        leaving = {page[-1].pk, *random.sample(later, k=min(1, len(later)))}
        Item.objects.filter(pk__in=leaving).delete()
        gone |= leaving
        copy = page[0]
        copy.pk, copy.item_id = None, f"copy-{len(seen)}"
        copy.save(force_insert=True)
    assert len(seen) == len(set(seen))
    assert present - gone <= set(seen)


@pytest.mark.django_db
def test_pages_of_each_collection_are_its_items(items):
    counts = dict(Collection.objects.annotate(count=Count("items")).values_list("pk", "count"))
    assert sum(counts.values()) == items
    for collection_id, count in counts.items():
        seen = [item for page in walk("-eo:cloud_cover", collections=collection_id) for item in page]
        assert len({item.pk for item in seen}) == len(seen) == count
