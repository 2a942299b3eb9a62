"""Items written through the STAC API, as editors' clients do."""

from urllib.parse import urlsplit

import pytest
from rest_framework.test import APIClient

from catalog.models import Collection, Item, Membership
from tests.catalog.factories import CollectionFactory, UserFactory
from tests.catalog.stac.stac_documents import item

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collection")]
ITEMS = "/stac/collections/scenes/items"
SCENE = f"{ITEMS}/scene-1"


@pytest.fixture
def scene(collection, api) -> Item:
    assert api.post(ITEMS, item(), format="json").status_code == 201
    return Item.objects.get(collection=collection)


def test_post_item_answers_where_it_is(collection, api):
    answer = api.post(ITEMS, item(), format="json")
    assert answer.status_code == 201
    location = urlsplit(answer["Location"]).path
    assert location == SCENE
    read = api.get(location)
    assert read.json() == answer.json()
    assert read["ETag"] == answer["ETag"]
    assert read.json()["properties"] == item()["properties"]
    collection.refresh_from_db()
    assert collection.bbox == [10, 50, 11, 51]


@pytest.mark.usefixtures("scene")
def test_post_item_twice_conflicts(api):
    answer = api.post(ITEMS, item(), format="json")
    assert answer.status_code == 409
    assert answer.json()["code"] == "item_exists"


def test_post_item_of_an_old_version_is_migrated(api):
    old = item(
        stac_version="1.0.0-beta.2",
        stac_extensions=["eo"],
        links=[{"rel": "self", "href": "https://elsewhere.example/scene-1.json"}],
    )
    answer = api.post(ITEMS, old, format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["stac_version"] == "1.1.0"
    assert not [link for link in answer.json()["links"] if "elsewhere" in link["href"]]


def test_post_item_without_footprint_is_kept(api):
    slide = item(geometry=None)
    del slide["bbox"]
    answer = api.post(ITEMS, slide, format="json")
    assert answer.status_code == 201
    assert answer.json()["geometry"] is None
    assert "bbox" not in answer.json()


def test_post_item_as_geojson_or_with_heights_is_taken(collection, api):
    answer = api.post(ITEMS, item(bbox=[10, 50, -5, 11, 51, 90]), format="json")
    assert answer.json()["bbox"] == [10, 50, -5, 11, 51, 90]
    collection.refresh_from_db()
    assert collection.bbox == [10, 50, 11, 51]


def test_post_item_collection_keeps_what_is_good(api):
    features = [item("a"), item("b", bbox=[10, 51, 11, 50]), item("a"), item("c")]
    answer = api.post(ITEMS, {"type": "FeatureCollection", "features": features}, format="json")
    assert answer.status_code == 207
    assert [urlsplit(href).path.rsplit("/", 1)[1] for href in answer.json()["created"]] == ["a", "c"]
    assert [(each["index"], each["id"], each["code"]) for each in answer.json()["refused"]] == [
        (1, "b", "invalid_document"),
        (2, "a", "duplicate_id"),
    ]
    assert answer["Content-Type"] == "application/json"


def test_post_item_collection_of_good_ones_is_created_and_of_present_ones_conflicts(api):
    body = {"type": "FeatureCollection", "features": [item("a"), item("b")]}
    assert api.post(ITEMS, body, format="json").status_code == 201
    assert api.post(ITEMS, body, format="json").status_code == 409


@pytest.mark.usefixtures("scene")
def test_put_item_replaces_it_and_moves_its_etag(api):
    before = api.get(SCENE)["ETag"]
    changed = item(properties={"datetime": "2024-05-02T10:00:00Z", "foo": "bar"})
    answer = api.put(SCENE, changed, format="json")
    assert answer.status_code == 204
    assert "Content-Type" not in answer
    read = api.get(SCENE)
    assert read.json()["properties"] == changed["properties"]
    assert read["ETag"] == answer["ETag"] != before


def test_put_item_as_it_was_read_changes_nothing(scene, api):
    Item.objects.update(
        assets={"image": {"href": "/api/files/1/download/", "roles": ["data"]}}, asset_files={"image": "1"}
    )
    read = api.get(SCENE)
    assert {"xyz", "tilejson", "preview"} <= {link["rel"] for link in read.json()["links"]}
    assert api.put(SCENE, read.json(), format="json").status_code == 204
    scene.refresh_from_db()
    assert (scene.version, scene.links, scene.stac_extensions) == (1, [], [])
    assert scene.asset_files == {"image": "1"}


def test_put_item_with_another_location_drops_the_file(scene, api):
    """No document, whoever writes it, makes us open a location."""
    Item.objects.update(asset_files={"image": "1", "gone": "2"})
    document = item(assets={"image": {"href": "file:///etc/passwd"}, "new": {"href": "/api/files/2/download/"}})
    assert api.put(SCENE, document, format="json").status_code == 204
    scene.refresh_from_db()
    assert scene.asset_files == {}


def test_put_absent_item_is_not_found(api):
    assert api.put(SCENE, item(), format="json").status_code == 404


@pytest.mark.usefixtures("scene")
def test_patch_item_merges_members(api):
    patch = {"properties": {"eo:cloud_cover": None, "foo": {"a": 1}}, "assets": {"more": {"href": "./b.tif"}}}
    answer = api.patch(SCENE, patch, format="json")
    assert answer.status_code == 204
    assert "Content-Type" not in answer
    document = api.get(SCENE).json()
    assert document["properties"] == {"datetime": "2024-05-01T10:00:00Z", "foo": {"a": 1}}
    assert sorted(document["assets"]) == ["image", "more"]
    assert document["geometry"]["type"] == "Polygon"


def test_patch_item_keeps_files_of_what_it_does_not_move(scene, api):
    Item.objects.update(asset_files={"image": "1"})
    patch = {"assets": {"image": {"title": "The image"}}}
    assert api.patch(SCENE, patch, format="json").status_code == 204
    scene.refresh_from_db()
    assert scene.asset_files == {"image": "1"}
    assert scene.version == 2


@pytest.mark.parametrize(
    "patch", [{"id": "other"}, {"collection": "other"}, {"properties": None}, {"geometry": 7}, [], "x", 5]
)
def test_patch_item_with_what_can_not_be_refuses(scene, api, patch):
    answer = api.patch(SCENE, patch, format="json")
    assert answer.status_code == 400, answer.json()
    scene.refresh_from_db()
    assert scene.version == 1


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.usefixtures("scene")
def test_write_of_another_version_fails(api, method):
    body = item(properties={"datetime": "2024-05-02T10:00:00Z"})
    answer = getattr(api, method)(SCENE, body, format="json", headers={"If-Match": '"1-99"'})
    assert answer.status_code == 412
    assert answer.json()["code"] == "precondition_failed"
    present = f'"0-0", {api.get(SCENE)["ETag"]}'
    answer = getattr(api, method)(SCENE, body, format="json", headers={"If-Match": present})
    assert answer.status_code == 204


@pytest.mark.usefixtures("scene")
def test_delete_item_narrows_its_collection(collection, api):
    far = item("far", bbox=[-20, 50, -19, 51], properties={"datetime": "2030-01-01T00:00:00Z"})
    api.post(ITEMS, far, format="json")
    answer = api.delete(f"{ITEMS}/far")
    assert answer.status_code == 204
    assert "Content-Type" not in answer
    collection.refresh_from_db()
    assert collection.bbox == [10, 50, 11, 51]
    assert collection.end_datetime.year == 2024
    assert api.get(f"{ITEMS}/far").status_code == 404


def test_delete_absent_item_is_done_already(api):
    answer = api.delete(SCENE)
    assert answer.status_code == 204
    assert "Content-Type" not in answer


@pytest.mark.parametrize(
    ("role", "visibility", "status"),
    [("editor", "private", 201), ("viewer", "private", 403), (None, "public", 403), (None, "private", 404)],
)
def test_post_item_is_for_editors(role, visibility, status):
    shared, person = CollectionFactory(id="shared", visibility=visibility), UserFactory()
    if role:
        Membership.objects.create(collection=shared, user=person, role=role)
    client = APIClient()
    client.force_authenticate(person)
    assert client.post("/stac/collections/shared/items", item(), format="json").status_code == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", ITEMS), ("put", SCENE), ("patch", SCENE), ("delete", SCENE), ("post", "/stac/collections")],
)
def test_write_without_signing_in_is_unauthorized(client, method, path):
    answer = getattr(client, method)(path, item(), format="json")
    assert answer.status_code == 401
    assert answer.json()["code"]


def test_post_item_by_session_without_token_is_forged(client, user):
    client.force_login(user)
    answer = client.post(ITEMS, item(), format="json")
    assert answer.status_code == 403
    assert not Item.objects.exists()


def test_post_item_takes_few_queries(api, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        api.post(ITEMS, item(), format="json")
    assert Collection.objects.get().version == 2
