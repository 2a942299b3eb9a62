"""Who sees what, on every route alike."""

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from catalog.models import Collection, Membership
from catalog.services.access.tokens import create_token
from tests.catalog.stac.records import add_collection, add_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody():
    """Return a public, an internal and a private collection with an item each, a member of the last and a stranger."""
    for visibility in Collection.Visibility.values:
        add_item(add_collection(visibility, visibility=visibility), f"of-{visibility}")
    member, stranger = (User.objects.create_user(name) for name in ("member", "stranger"))
    Membership.objects.create(collection_id="private", user=member, role=Membership.Role.VIEWER)
    return {
        "anonymous": None,
        "stranger": stranger,
        "member": member,
        "superuser": User.objects.create_superuser("superuser"),
    }


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("anonymous", {"public"}),
        ("stranger", {"public", "internal"}),
        ("member", {"public", "internal", "private"}),
        ("superuser", {"public", "internal", "private"}),
    ],
)
def test_every_route_shows_only_visible_collections(client, everybody, who, seen):
    if everybody[who]:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(user=everybody[who], name='t')[1]}")

    def ids(page, key="features"):
        return {each["id"] for each in page.json()[key]}

    items = {f"of-{each}" for each in seen}
    assert ids(client.get("/stac/collections"), "collections") == seen
    children = [link for link in client.get("/stac/").json()["links"] if link["rel"] == "child"]
    assert {link["title"] for link in children} == seen
    assert ids(client.get("/stac/search")) == items
    assert ids(client.post("/stac/search", {"ids": ["of-private", "of-public"]}, format="json")) <= items
    assert client.get("/stac/search").json()["numberMatched"] == len(seen)
    assert ids(client.get("/stac/search", {"q": "of"})) == items
    assert ids(client.get("/stac/search", {"q": "-nothing"})) == items
    assert ids(client.get("/stac/collections", {"q": "scenes"}), "collections") == seen
    assert ids(client.get("/stac/collections", {"filter": "description = 'Scenes'"}), "collections") == seen
    names = "total_count,collection_frequency,centroid_geohash_grid_frequency"
    total, of_each, in_cells = client.get("/stac/aggregate", {"aggregations": names}).json()["aggregations"]
    assert total["value"] == in_cells["buckets"][0]["frequency"] == len(seen)
    assert {bucket["key"] for bucket in of_each["buckets"]} == seen
    for each in Collection.Visibility.values:
        status = 200 if each in seen else 404
        assert client.get(f"/stac/collections/{each}").status_code == status
        assert client.get(f"/stac/collections/{each}/items").status_code == status
        assert client.get(f"/stac/collections/{each}/items/of-{each}").status_code == status
        assert client.get(f"/stac/collections/{each}/aggregate").status_code == status
        assert client.get(f"/stac/collections/{each}/aggregations").status_code == status


@pytest.mark.usefixtures("everybody")
def test_unseen_and_missing_are_told_alike(client):
    unseen = client.get("/stac/collections/private/items/of-private").json()
    missing = client.get("/stac/collections/privatx/items/of-privatx").json()

    assert unseen["code"] == missing["code"]
    assert unseen["description"].replace("private", "X") == missing["description"].replace("privatx", "X")


def test_token_of_a_page_shows_nothing_that_its_reader_may_not_see(client, everybody):
    page = APIClient()
    page.force_authenticate(everybody["superuser"])
    href = next(link["href"] for link in page.get("/stac/search?limit=1").json()["links"] if link["rel"] == "next")

    assert {each["id"] for each in client.get(href).json()["features"]} <= {"of-public"}


def test_search_post_of_signed_in_browser_needs_no_csrf_header(client, everybody):
    client.force_login(everybody["member"])

    answer = client.post("/stac/search", {}, format="json")

    assert answer.status_code == 200
    assert answer.json()["numberMatched"] == 3


@pytest.mark.usefixtures("everybody")
def test_search_with_unknown_token_answers_401(client):
    client.credentials(HTTP_AUTHORIZATION="Bearer gd_nobody")

    answer = client.get("/stac/search")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/json"
    assert answer["WWW-Authenticate"] == "Bearer"
