"""Annotations: GeoJSON in and out, in degrees or pixels, by those whom a collection lets draw."""

import json
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Annotation, AuditEntry, Item
from catalog.services.annotations import editing
from catalog.services.items.editing import delete_item
from tests.catalog.factories import CollectionFactory, ItemFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
POINT = {"type": "Point", "coordinates": [10.5, 45.5]}
BOW = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}


def feature(geometry: Any = POINT, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@pytest.fixture
def scene() -> Item:
    return ItemFactory(collection=CollectionFactory(id="private", visibility="private"), item_id="scene")


@pytest.fixture
def slide() -> Item:
    return ItemFactory(collection=CollectionFactory(id="slides"), item_id="slide", geometry=None, bbox=None)


def member(item: Item, role: str) -> APIClient:
    client = APIClient()
    user = UserFactory(username=role)
    MembershipFactory(collection=item.collection, user=user, role=role)
    client.force_authenticate(user)
    return client


def draw(client: APIClient, item: Item, body: Any) -> Any:
    return client.post(f"/api/annotations/?collection={item.collection_id}&item={item.item_id}", body, format="json")


def test_annotation_goes_in_and_out(scene):
    client = member(scene, "annotator")
    answer = draw(client, scene, feature(name="A field", note="<b>wheat</b>", color="#2c7d3f", crop={"kind": "wheat"}))
    assert (answer.status_code, answer["Content-Type"]) == (201, "application/geo+json")
    body = answer.json()
    assert body["geometry"] == POINT
    assert body["bbox"] == [10.5, 45.5, 10.5, 45.5]
    told = body["properties"]
    assert (told["name"], told["note"], told["crop"]) == ("A field", "<b>wheat</b>", {"kind": "wheat"})
    assert (told["space"], told["owner"], told["editable"]) == ("degrees", "annotator", True)
    assert client.get(answer["Location"]).json() == body
    assert AuditEntry.objects.get(action="annotations.made").detail["ids"] == [body["id"]]

    moved = {"geometry": {"type": "Point", "coordinates": [11, 46]}, "properties": {"name": "Another"}}
    changed = client.patch(answer["Location"], moved, format="json").json()
    assert (changed["geometry"]["coordinates"], changed["properties"]["name"]) == ([11, 46], "Another")
    assert (changed["properties"]["color"], changed["properties"]["crop"]) == ("#2c7d3f", {"kind": "wheat"})
    # An answer that is sent back changes nothing.
    again = client.patch(answer["Location"], changed, format="json").json()
    assert {**again["properties"], "updated": 0} == {**changed["properties"], "updated": 0}
    bare = client.patch(answer["Location"], {"properties": {"crop": None}}, format="json").json()
    assert ("crop" in bare["properties"], bare["properties"]["name"]) == (False, "Another")
    assert client.delete(answer["Location"]).status_code == 204
    assert client.get(answer["Location"]).json()["code"] == "annotation_not_found"


def test_collection_of_features_is_drawn_whole_or_not_at_all(slide):
    client = member(slide, "annotator")
    line = {"type": "LineString", "coordinates": [[0, 0], [40_000, 30_000]]}
    answer = draw(client, slide, {"type": "FeatureCollection", "features": [feature(line), feature(color="#000000")]})
    assert (answer.status_code, answer.json()["numberReturned"]) == (201, 2)
    assert {each["properties"]["space"] for each in answer.json()["features"]} == {"pixels"}
    bad = draw(client, slide, {"type": "FeatureCollection", "features": [feature(line), feature(BOW)]})
    assert bad.status_code == 400
    assert "features.1.geometry: is not valid: Self-intersection" in bad.json()["description"]
    assert Annotation.objects.count() == 2


def test_list_is_narrowed_and_comes_in_pages(slide):
    client = member(slide, "annotator")
    places = [{"type": "Point", "coordinates": [100 * n, 100 * n]} for n in range(5)]
    draw(client, slide, {"type": "FeatureCollection", "features": [feature(each) for each in places]})
    path = "/api/annotations/?collection=slides&item=slide"
    page = client.get(f"{path}&limit=2").json()
    assert (page["type"], page["numberReturned"]) == ("FeatureCollection", 2)
    found = [each["id"] for each in page["features"]]
    while nexts := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = client.get(nexts[0]).json()
        found += [each["id"] for each in page["features"]]
    assert len(set(found)) == len(found) == 5
    assert client.get(f"{path}&bbox=150,150,350,350").json()["numberReturned"] == 2
    assert client.get("/api/annotations/?collection=nothing").json()["features"] == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ([], "type"),
        ({"type": "FeatureCollection", "features": []}, "features"),
        ({"type": "FeatureCollection", "features": [5]}, "features.0"),
        (feature(None), "features.0.geometry"),
        (feature({"type": "Point", "coordinates": [200, 0]}), "features.0.geometry"),
        (feature({"type": "Point", "coordinates": ["x", 0]}), "features.0.geometry"),
        (feature({"type": "LineString", "coordinates": [[n / 1e6, 0] for n in range(20_001)]}), "20000 positions"),
        (feature(BOW), "features.0.geometry"),
        (feature(name="x" * 201), "features.0.properties.name"),
        (feature(name=5), "features.0.properties.name"),
        (feature(note="a\0b"), "features.0.properties.note"),
        (feature(color="red"), "properties.color"),
        (feature(other="x" * 20_001), "features.0.properties"),
        (feature(other="a\0b"), "features.0.properties"),
        ({**feature(), "properties": 7}, "features.0.properties"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(scene, body, word):
    answer = draw(member(scene, "annotator"), scene, body)
    assert answer.status_code == 400, answer.content
    assert word in answer.json()["description"]
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("query", "word"), [("item=scene", "collection"), ("bbox=1,2,3", "bbox"), ("bbox=nan,0,1,1", "bbox")]
)
def test_list_with_a_bad_parameter_is_refused(scene, query, word):
    answer = member(scene, "viewer").get(f"/api/annotations/?{query}")
    assert (answer.status_code, word in answer.json()["description"]) == (400, True)


def test_item_is_named_by_query_body_or_properties(scene):
    client = member(scene, "annotator")
    named = {"collection": "private", "item": "scene"}
    for body in ({**feature(), **named}, feature(**named)):
        assert client.post("/api/annotations/", body, format="json").status_code == 201
    answer = client.post("/api/annotations/", feature(), format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


def test_only_those_whom_the_collection_lets_draw(scene):
    viewer, annotator, editor = (member(scene, role) for role in ("viewer", "annotator", "editor"))
    stranger = APIClient()
    stranger.force_authenticate(UserFactory())
    place = draw(annotator, scene, feature(name="mine"))["Location"]
    listed = "/api/annotations/?collection=private&item=scene"
    assert viewer.get(listed).json()["features"][0]["properties"]["editable"] is False
    assert editor.get(listed).json()["features"][0]["properties"]["editable"] is True
    for client in (stranger, APIClient()):
        assert client.get(listed).json()["features"] == []
        assert client.get(place).status_code == 404
    assert draw(viewer, scene, feature()).status_code == 403
    assert draw(stranger, scene, feature()).status_code == 404
    assert draw(APIClient(), scene, feature()).status_code == 401
    theirs = draw(editor, scene, feature())["Location"]
    for client, path, status in (
        (viewer, place, 403), (annotator, theirs, 403), (stranger, place, 404), (APIClient(), place, 401),
        (editor, place, 204), (editor, theirs, 204),
    ):  # fmt: skip
        assert client.delete(path).status_code == status
    assert not Annotation.objects.exists()


def test_annotator_changes_no_imagery(scene):
    client = member(scene, "annotator")
    body = json.dumps({"properties": {"title": "x"}})
    path = "/stac/collections/private/items/scene"
    assert client.patch(path, body, content_type="application/merge-patch+json").status_code == 403


def test_item_has_so_many_annotations_at_most(scene, monkeypatch):
    monkeypatch.setattr(editing, "MAX_ANNOTATIONS", 1)
    client = member(scene, "annotator")
    assert draw(client, scene, feature()).status_code == 201
    answer = draw(client, scene, feature())
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_annotations")


def test_annotations_go_with_their_item(scene):
    draw(member(scene, "annotator"), scene, feature())
    delete_item(user=UserFactory(is_superuser=True), collection_id="private", item_id="scene")
    assert not Annotation.objects.exists()


def test_annotations_of_a_public_item_are_seen_by_anyone(slide, client: Client):
    draw(member(slide, "annotator"), slide, feature({"type": "Point", "coordinates": [3, 4]}))
    found = client.get("/api/annotations/?collection=slides&item=slide").json()["features"]
    assert [each["geometry"]["coordinates"] for each in found] == [[3, 4]]
