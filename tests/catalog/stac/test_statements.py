"""How many statements a search costs, and that nothing which is remembered outlives a change."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.errors import TookTooLong
from catalog.models import Collection, Item, Membership
from catalog.querying.statements import bounded_statement
from catalog.services.collections.versions import catalog_version, mark_changed
from catalog.stac.core import remembered
from tests.catalog.factories import UserFactory
from tests.catalog.stac.records import add_collection, add_items

# As requests come: each statement by itself, not in a transaction of the test's.
pytestmark = pytest.mark.django_db(transaction=True)
FIRST = {"limit": 4}
SEARCHES = [
    {},
    {"bbox": "0,0,90,90"},
    {"datetime": "2024-01-02T00:00:00Z/.."},
    {"bbox": "0,0,90,90", "datetime": "2024-01-02T00:00:00Z/2024-02-01T00:00:00Z"},
    {"filter": "id LIKE 'scene%'"},
    {"collections": "scenes"},
    {"sortby": "properties.title"},
    {"fields": "id,-assets"},
]
PATHS = ("/stac/search", "/stac/collections/scenes/items")


@pytest.fixture(autouse=True)
def _known_version(monkeypatch) -> Iterator[None]:
    # What a page costs that is not kept as a whole.
    monkeypatch.setattr(remembered, "MAX_PAGE_BYTES", 0)
    add_items(add_collection(), 20)
    mark_changed("scenes")
    yield
    cache.clear()


def statements(client, path: str, **params) -> tuple[int, dict]:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path, params)
    assert answer.status_code == 200, answer.content
    return len(captured), answer.json()


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("path", PATHS)
def test_page_costs_one_statement_and_its_count_another(client, path, search):
    # What readers see, and how collections are rendered, is remembered from here on.
    client.get("/stac/search?ids=scene-001")
    assert statements(client, path, **search, limit=100)[0] == 1
    number, page = statements(client, path, **search, **FIRST)
    assert number == 2
    # The same search again, and its next page.
    assert statements(client, path, **search, **FIRST)[0] == 1
    number, following = statements(client, path, **search, limit=5, token=_token(page))
    assert number == 1
    assert following["numberMatched"] == page["numberMatched"]


def _token(page: dict) -> str:
    (link,) = [each for each in page["links"] if each["rel"] == "next"]
    return parse_qs(urlsplit(link["href"]).query)["token"][0]


def test_post_costs_one_statement_as_well(client):
    body = {"collections": ["scenes"], "limit": 4}
    for expected in (None, 1):
        with CaptureQueriesContext(connection) as captured:
            assert client.post("/stac/search", body, format="json").json()["numberMatched"] == 20
        assert expected in (None, len(captured))


def test_count_follows_what_is_marked_as_changed(client):
    assert statements(client, "/stac/search", **FIRST)[1]["numberMatched"] == 20
    Item.objects.filter(item_id="scene-000").delete()
    mark_changed("scenes")
    assert statements(client, "/stac/search", **FIRST)[1]["numberMatched"] == 19


def test_collection_that_becomes_private_is_gone_at_once(client):
    for path in PATHS:
        assert statements(client, path)[1]["features"]
    Collection.objects.filter(pk="scenes").update(visibility=Collection.Visibility.PRIVATE)
    mark_changed("scenes")
    assert statements(client, "/stac/search", **FIRST)[1]["features"] == []
    assert client.get("/stac/collections/scenes/items").status_code == 404


def test_readers_are_told_apart(client):
    Collection.objects.filter(pk="scenes").update(visibility=Collection.Visibility.PRIVATE)
    mark_changed("scenes")
    member, stranger, chief = UserFactory(), UserFactory(), UserFactory(is_superuser=True)
    Membership.objects.create(collection_id="scenes", user=member, role=Membership.Role.VIEWER)
    found = {}
    for _ in range(2):
        for name, reader in {"nobody": None, "member": member, "stranger": stranger, "chief": chief}.items():
            client.force_authenticate(reader)
            document = client.get("/stac/search", FIRST).json()
            found[name] = (len(document["features"]), document["numberMatched"])
    assert found == {"nobody": (0, 0), "member": (4, 20), "stranger": (0, 0), "chief": (4, 20)}
    Membership.objects.filter(user=member).delete()
    mark_changed("scenes")
    client.force_authenticate(member)
    assert client.get("/stac/search", FIRST).json()["features"] == []


def test_nothing_is_remembered_within_a_transaction_or_without_a_cache(client, monkeypatch):
    assert catalog_version() == catalog_version() != ""
    with transaction.atomic():
        assert catalog_version() == ""
        Item.objects.all().delete()
        assert statements(client, "/stac/search", **FIRST)[1]["numberMatched"] == 0

    def fail(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(cache, "get", fail)
    assert catalog_version() == ""
    assert statements(client, "/stac/search", **FIRST)[1]["features"] == []


def test_groups_count_for_who_sees_what(client):
    Collection.objects.filter(pk="scenes").update(visibility=Collection.Visibility.PRIVATE)
    reader, group = UserFactory(), Group.objects.create(name="group")
    reader.groups.add(group)
    Membership.objects.create(collection_id="scenes", group=group, role=Membership.Role.VIEWER)
    mark_changed("scenes")
    client.force_authenticate(reader)
    assert client.get("/stac/search", FIRST).json()["numberMatched"] == 20


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL")
def test_time_limit_goes_along_with_the_statement_and_ends_with_it():
    with (
        CaptureQueriesContext(connection) as captured,
        pytest.raises(TookTooLong),
        bounded_statement(seconds=0.05),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(%s)", [10])
    assert len(captured) == 1
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL")
def test_time_limit_holds_for_rows_that_are_fetched_piece_by_piece():
    with bounded_statement(seconds=60):
        assert len(list(Item.objects.all().iterator(chunk_size=3))) == 20
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
