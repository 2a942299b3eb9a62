"""Whose a registered search is: who is told what it asks for, who lists and deletes it, how many one may have."""

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import OverviewTile, Search
from catalog.services.searches.overviews import store_overview
from tests.catalog.factories import UserFactory

BODY = {"collections": ["scenes"], "metadata": {"name": "Where the gold is"}}


@pytest.fixture
def other(db) -> APIClient:
    del db
    client = APIClient()
    client.force_authenticate(UserFactory())
    return client


@pytest.fixture
def staff(db) -> APIClient:
    del db
    client = APIClient()
    client.force_authenticate(UserFactory(is_staff=True))
    return client


def _register(client, body=None):
    answer = client.post("/tiles/searches/", body or BODY, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def _told(client, identifier):
    """Everything that names the search, as a client is shown it."""
    routes = ("", "tilejson.json", "WMTSCapabilities.xml", "tiles", "tiles/WebMercatorQuad", "tiles/0/0/0/assets")
    return b"".join(client.get(f"/tiles/searches/{identifier}/{route}").content for route in routes)


def test_body_and_name_are_told_to_those_who_registered_it_and_staff(api, other, staff, collection):
    del collection
    identifier = _register(api)
    for client in (api, staff):
        document = client.get(f"/tiles/searches/{identifier}/").json()
        assert (document["search"], document["metadata"]) == ({"collections": ["scenes"]}, BODY["metadata"])
        assert client.get(f"/tiles/searches/{identifier}/tilejson.json").json()["name"] == "Where the gold is"
    for client in (APIClient(), other):
        assert b"gold" not in _told(client, identifier)
        assert client.get(f"/tiles/searches/{identifier}/").json().keys() == {"id", "links"}
        assert client.get(f"/tiles/searches/{identifier}/tilejson.json").json()["name"] == identifier
    # Who has the body needs not be told it, and is one of them from then on.
    assert _register(other) == identifier
    assert other.get(f"/tiles/searches/{identifier}/").json()["metadata"] == BODY["metadata"]


def test_body_of_someone_who_was_not_signed_in_is_told_to_who_presents_it(collection, other):
    del collection
    answer = Client().post("/tiles/searches/", BODY, content_type="application/json")
    assert answer.json()["metadata"] == BODY["metadata"]
    for client in (Client(), other):
        assert b"gold" not in _told(client, answer.json()["id"])


def test_body_that_is_shared_is_told_to_everyone(api):
    identifier = _register(api, {"metadata": {"name": "Open", "shared": True}})
    assert Client().get(f"/tiles/searches/{identifier}/").json()["metadata"]["name"] == "Open"
    assert Client().get(f"/tiles/searches/{identifier}/tilejson.json").json()["name"] == "Open"


def test_list_pages_through_ones_own_searches_latest_first(api, other, django_assert_max_num_queries):
    _register(other, {"ids": ["theirs"]})
    mine = [_register(api, {"ids": [name]}) for name in "abcde"]
    found, url = [], "/tiles/searches/?limit=2"
    while url:
        with django_assert_max_num_queries(1):
            page = api.get(url).json()
        assert len(page["results"]) <= 2
        found += page["results"]
        url = page["next"]
    assert [each["id"] for each in found] == mine[::-1]
    assert found[0]["search"] == {"ids": ["e"]}
    assert found[0]["registered"]
    assert found[0]["links"][0]["href"] == f"http://testserver/tiles/searches/{mine[-1]}/"


def test_list_is_for_those_who_are_signed_in(db):
    del db
    answer = Client().get("/tiles/searches/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_delete_leaves_a_search_to_others_who_registered_it(api, other):
    identifier = _register(api)
    assert _register(other) == identifier
    assert api.delete(f"/tiles/searches/{identifier}/").status_code == 204
    assert not api.get("/tiles/searches/").json()["results"]
    assert [each["id"] for each in other.get("/tiles/searches/").json()["results"]] == [identifier]
    again = api.delete(f"/tiles/searches/{identifier}/")
    assert (again.status_code, again.json()["code"]) == (403, "not_allowed")
    assert other.delete(f"/tiles/searches/{identifier}/").status_code == 204
    assert other.get(f"/tiles/searches/{identifier}/tilejson.json").status_code == 404


def test_delete_by_strangers_is_refused_and_by_staff_is_not(api, other, staff):
    identifier = _register(api)
    assert Client().delete(f"/tiles/searches/{identifier}/").status_code == 401
    assert other.delete(f"/tiles/searches/{identifier}/").status_code == 403
    assert Search.objects.filter(pk=identifier).exists()
    assert staff.delete(f"/tiles/searches/{identifier}/").status_code == 204
    assert staff.delete(f"/tiles/searches/{identifier}/").json()["code"] == "search_not_found"


@pytest.mark.parametrize("way", ["api", "admin"])
def test_delete_removes_what_was_prepared(api, client, way):
    search = Search.objects.get(pk=_register(api, {"metadata": {"overviews": True}}))
    store_overview(search, audience="a", zxy=(0, 0, 0), signature="s", content=b"tile", items=b"names")
    tile = OverviewTile.objects.get()
    names = (tile.blob_name, tile.items_name)
    assert all(default_storage.exists(name) for name in names)
    if way == "api":
        assert api.delete(f"/tiles/searches/{search.pk}/").status_code == 204
    else:
        client.force_login(User.objects.create_superuser("root"))
        assert client.get(f"/admin/catalog/search/{search.pk}/change/").status_code == 200
        assert client.post(f"/admin/catalog/search/{search.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Search.objects.exists()
    assert not OverviewTile.objects.exists()
    assert not any(default_storage.exists(name) for name in names)


def test_searches_of_one_user_are_limited(api, other, settings):
    settings.SEARCHES_PER_USER = 2
    first = _register(api, {"ids": ["a"]})
    _register(api, {"ids": ["b"]})
    answer = api.post("/tiles/searches/", {"ids": ["c"]}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_searches")
    assert "limit" in answer.json()["description"]
    assert Search.objects.count() == 2, "nothing is left of it"
    # One that is there already, others' own, and one in place of a deleted one.
    assert _register(api, {"ids": ["a"]}) == first
    _register(other, {"ids": ["c"]})
    assert api.delete(f"/tiles/searches/{first}/").status_code == 204
    _register(api, {"ids": ["c"]})


def test_search_of_a_user_who_goes_is_nobodys(api, user):
    identifier = _register(api)
    user.delete()
    assert Client().get(f"/tiles/searches/{identifier}/tilejson.json").status_code == 200
