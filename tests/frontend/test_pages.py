"""The pages as the server writes them: who sees what, escaping, and that nothing is inline or from elsewhere."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Collection, Membership
from tests.catalog.factories import CollectionFactory, ItemFactory, UserFactory

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def user() -> User:
    return UserFactory()


@pytest.fixture
def private_collection(user: User) -> Collection:
    """Make a collection that holds `secret-item` and whose only member is `user`."""
    collection = CollectionFactory(id="secret", title="Secret scenes", visibility="private")
    Membership.objects.create(collection=collection, user=user, role=Membership.Role.OWNER)
    ItemFactory(collection=collection, item_id="secret-item")
    return collection


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("path", ["/", "/explore/", "/ingest/", "/upload/", "/sign-in/"])
def test_page_of_empty_site_renders(client, path):
    assert "<main" in _text(client, path)


def test_home_of_empty_site_says_how_to_begin(client):
    assert "No imagery here yet" in _text(client, "/")


def test_home_shows_public_collections_and_new_items(client):
    ItemFactory(collection=CollectionFactory(title="Alps"), item_id="matterhorn")
    text = _text(client, "/")
    assert "Alps" in text
    assert "1 item" in text
    assert "matterhorn" in text


def test_home_with_query_finds_by_title_and_id(client):
    ItemFactory(collection=CollectionFactory(title="Alps"), item_id="matterhorn")
    ItemFactory(collection=CollectionFactory(title="Andes"), item_id="huascaran", properties={"title": "Peak of Peru"})
    found = _text(client, "/?q=peru")
    assert "Peak of Peru" in found
    assert "matterhorn" not in found
    assert "Alps" in _text(client, "/?q=alp")
    assert "Nothing is called" in _text(client, "/?q=atlantis")


def test_home_with_words_finds_them_in_all_texts(client):
    collection = CollectionFactory()
    create_item = {"collection": collection, "words": " glacier snow "}
    ItemFactory(item_id="a1", **create_item)
    ItemFactory(item_id="b2", collection=collection)
    found = _text(client, "/?q=snow glacier")
    assert "a1" in found
    assert "b2" not in found
    assert client.get("/?q=%22unclosed").status_code == 200


def test_home_pages_through_collections_newest_first(client):
    for number in range(30):
        ItemFactory(collection=CollectionFactory(id=f"c{number}", title=f"Title {number:02}"), item_id=f"of-{number}")
    first, second = _text(client, "/"), _text(client, "/?page=2")
    assert first.index("Title 29") < first.index("Title 28")
    assert "Title 02" not in first
    assert "Title 02" in second
    assert "24 of 30" in first


def test_page_travels_compressed_to_who_reads_it(client):
    ItemFactory.create_batch(5, collection=CollectionFactory())
    response = client.get("/", headers={"accept-encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    document = client.get("/stac/", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in document.headers
    found = client.post("/stac/search", {}, content_type="application/json", headers={"accept-encoding": "gzip"})
    assert found.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/", "/?q=secret", "/explore/"])
def test_page_leaves_private_collections_out(client, user, private_collection, path):
    assert private_collection.title not in _text(client, path)
    assert "secret-item" not in _text(client, path)
    client.force_login(user)
    assert private_collection.title in _text(client, path)


@pytest.mark.parametrize("path", ["/collections/secret/", "/items/secret/secret-item/"])
def test_private_page_is_404_until_signed_in(client, user, private_collection, path):
    assert private_collection.pk == "secret"
    assert client.get(path).status_code == 404
    client.force_login(user)
    assert "secret-item" in _text(client, path)


def test_collection_page_pages_through_items(client):
    collection = CollectionFactory(id="many")
    ItemFactory.create_batch(50, collection=collection)
    assert _text(client, "/collections/many/").count("tile-card__title") == 48
    assert _text(client, "/collections/many/?page=2").count("tile-card__title") == 2
    assert _text(client, "/collections/many/?page=nonsense").count("tile-card__title") == 48


def test_home_takes_few_queries_however_many_items(client, django_assert_max_num_queries):
    for _ in range(3):
        ItemFactory.create_batch(5, collection=CollectionFactory())
    with django_assert_max_num_queries(4):
        client.get("/")


def test_ingest_page_asks_strangers_to_sign_in(client, user, private_collection):
    assert 'href="/sign-in/?next=/ingest/"' in _text(client, "/ingest/")
    client.force_login(user)
    text = _text(client, "/ingest/")
    assert "<geo-ingest>" in text
    assert private_collection.pk in text


def test_sign_in_goes_on_to_the_page_asked_for(client, user):
    user.set_password("a password")
    user.save()
    form = {"username": user.username, "password": "a password", "next": "/ingest/"}
    assert client.post("/sign-in/", form).headers["Location"] == "/ingest/"
    assert client.post("/sign-out/").headers["Location"] == "/"


def test_sign_in_never_leaves_the_site(client, user):
    user.set_password("a password")
    user.save()
    form = {"username": user.username, "password": "a password", "next": "https://evil.example/"}
    assert client.post("/sign-in/", form).headers["Location"] == "/"


@pytest.fixture
def hostile_item() -> str:
    """Make an item whose every text would be a script; return its page's path."""
    collection = CollectionFactory(id="scenes", title=HOSTILE, description=HOSTILE)
    ItemFactory(
        collection=collection,
        item_id="bad",
        properties={"datetime": "2024-05-01T00:00:00Z", "title": HOSTILE, HOSTILE: HOSTILE, "platform": HOSTILE},
        assets={
            "data": {"href": "javascript:alert(1)", "title": HOSTILE, "roles": ["data"]},
            "thumbnail": {"href": "javascript:alert(2)", "roles": ["thumbnail"]},
        },
        links=[{"rel": rel, "href": "javascript:alert(3)"} for rel in ("preview", "tilejson", "xyz", "license")],
    )
    return "/items/scenes/bad/"


@pytest.mark.parametrize("path", ["/", "/explore/", "/collections/scenes/", "/items/scenes/bad/"])
def test_page_shows_what_people_write_as_text(client, hostile_item, path):
    assert hostile_item
    text = _text(client, path)
    assert HOSTILE not in text
    assert 'href="javascript:' not in text
    assert 'src="javascript:' not in text


@pytest.mark.parametrize(
    "path", ["/", "/explore/", "/ingest/", "/collections/scenes/", "/items/scenes/bad/", "/sign-in/"]
)
def test_page_has_nothing_inline_under_a_strict_policy(client, hostile_item, path):
    assert hostile_item
    response = client.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    text = response.content.decode()
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert all('type="application/json"' in script for script in scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
