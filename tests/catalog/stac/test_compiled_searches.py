"""Plain searches, whose SQL is kept: they find what the same search finds that is compiled anew."""

from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict

from catalog.querying import finding
from catalog.querying.compiled import shape_of
from catalog.querying.finding import search_items
from catalog.querying.paging import NEWEST_FIRST, read_token
from catalog.querying.query import parse_query_string
from catalog.services.access.sight import find_sight
from tests.catalog.stac.records import add_collection, add_item, add_items

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
COLLECTIONS = ("", "collections=north", "collections=north,south", "collections=none")
AREAS = ("", "bbox=-10,-10,10,10", "bbox=170,-10,-170,10", "bbox=3,3,3,3")
TIMES = (
    "",
    "datetime=2024-01-02T00:00:00Z",
    "datetime=../2024-01-02T00:00:00Z",
    "datetime=2024-01-02T00:00:00Z/..",
    "datetime=2024-01-02T00:00:00Z/2024-01-03T00:00:00Z",
)


def position(token):
    return token and read_token(token, order=NEWEST_FIRST)


def test_search_by_kept_sql_finds_the_same(monkeypatch):
    add_items(add_collection("north"), 7, bbox=(0, 0, 1, 1))
    add_items(add_collection("south"), 3, bbox=(179, 0, -179, 1))
    add_item(add_collection("other"), "nowhere", bbox=None)
    sight = find_sight(AnonymousUser())
    assert sight is not None
    for parts in product(COLLECTIONS, AREAS, TIMES, ("", "limit=1", "limit=4")):
        query = parse_query_string(QueryDict("&".join(filter(None, parts))))
        for _ in range(2):
            kept = search_items(query, user=AnonymousUser(), sight=sight)
            with monkeypatch.context() as without:
                without.setattr(finding, "shape_of", lambda *_, **__: None)
                anew = search_items(query, user=AnonymousUser())
            assert (kept.page.items, kept.matched) == (anew.page.items, anew.matched), parts
            # Tokens tell when they were signed.
            assert position(kept.page.next_token) == position(anew.page.next_token), parts
            assert kept.page.prev_token is anew.page.prev_token is None


def test_only_plain_searches_have_a_shape():
    plain = QueryDict("bbox=1,2,3,4&datetime=2024-01-02T00:00:00Z/..")
    shape = shape_of(parse_query_string(plain), named=("a", "b"))
    assert shape == ((2, 1, (True, False), 10) if connection.vendor == "postgresql" else None)
    for more in ("ids=a", "sortby=id", "filter=a=1", "q=word"):
        assert shape_of(parse_query_string(QueryDict(more)), named=("a",)) is None
    assert shape_of(parse_query_string(plain), named=()) is None
