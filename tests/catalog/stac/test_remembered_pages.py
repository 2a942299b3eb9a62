"""Pages that are asked for again are written out again, to whoever sees the same, until something changes."""

import pytest

from catalog.models import Collection
from catalog.services.items.editing import create_item
from catalog.stac.core import remembered
from tests.catalog.factories import MembershipFactory, UserFactory
from tests.catalog.stac.records import add_collection, add_item
from tests.catalog.stac.test_footprint_tiles import ITEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
PATHS = ("/stac/search", "/stac/search?limit=2&sortby=id", "/stac/collections/scenes/items")


def ids(client, path, **headers):
    answer = client.get(path, **headers)
    assert answer.status_code == 200, answer.content
    return sorted(feature["id"] for feature in answer.json()["features"])


@pytest.mark.parametrize("path", PATHS)
def test_page_asked_for_again_takes_no_statement_until_something_changes(client, path, django_assert_num_queries):
    add_item(add_collection("scenes"))
    first = client.get(path)
    with django_assert_num_queries(0):
        again = client.get(path)
    assert (again.content, again["ETag"], again["Content-Type"]) == (
        first.content,
        first["ETag"],
        first["Content-Type"],
    )
    with django_assert_num_queries(0):
        assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    create_item(user=UserFactory(is_superuser=True), collection_id="scenes", document=ITEM)
    assert ids(client, path) == ["new", "scene-1"]


def test_page_is_its_readers_and_its_hosts(client, api, settings):
    settings.ALLOWED_HOSTS = ["*"]
    private = add_collection("scenes", visibility=Collection.Visibility.PRIVATE)
    add_item(private)
    assert ids(client, "/stac/search") == []
    MembershipFactory(collection=private, user=(member := UserFactory()))
    api.force_authenticate(member)
    assert ids(api, "/stac/search") == ["scene-1"]
    assert ids(client, "/stac/search") == []
    (root,) = [
        each
        for each in client.get("/stac/search", headers={"Host": "else.org"}).json()["links"]
        if each["rel"] == "root"
    ]
    assert root["href"] == "http://else.org/stac/"
    private.visibility = Collection.Visibility.PUBLIC
    private.save()


def test_page_that_is_large_is_not_kept(client, monkeypatch):
    monkeypatch.setattr(remembered, "MAX_PAGE_BYTES", 100)
    add_item(add_collection("scenes"))
    before = len(remembered._pages)
    assert ids(client, "/stac/search?limit=7") == ["scene-1"]
    assert len(remembered._pages) == before
