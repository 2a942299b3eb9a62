"""Queryables and sortables: typed from the data, and defined by editors."""

import pytest
from django.contrib.auth.models import User

from catalog.models import Collection, Membership
from catalog.services.items.bulk import write_items
from tests.catalog.factories import UserFactory
from tests.catalog.stac.records import add_collection, add_item
from tests.catalog.stac.stac_documents import item

pytestmark = pytest.mark.django_db
MOMENT = "2024-05-01T10:00:00Z"
PATH = "/stac/collections/scenes/queryables"
CLOUDS = {"title": "Clouds", "type": "number", "minimum": 0, "maximum": 100}
SEEN = {"title": "Seen", "type": "string", "format": "date-time"}


@pytest.fixture
def scenes(collection) -> Collection:
    add_item(collection, properties={"eo:cloud_cover": 5, "platform": "s2a"})
    return collection


def properties(client, path=PATH):
    return client.get(path).json()["properties"]


@pytest.mark.usefixtures("scenes")
def test_put_queryables_define_properties_beside_those_of_the_data(api):
    before = Collection.objects.get().version
    answer = api.put(PATH, {"properties": {"eo:cloud_cover": CLOUDS, "seen": SEEN}}, format="json")
    assert (answer.status_code, answer.content) == (204, b"")
    found = properties(api)
    assert (found["eo:cloud_cover"], found["seen"]) == (CLOUDS, SEEN)
    assert found["platform"] == {"title": "platform", "type": "string"}
    assert {"eo:cloud_cover", "seen", "platform"} <= properties(api, PATH.replace("queryables", "sortables")).keys()
    assert Collection.objects.get().version == before + 1


@pytest.mark.database
def test_queryables_tell_ranges_and_values_of_what_is_counted(api):
    for name, values in (("scenes", ("s2a", "s2a", "s2b")), ("other", ("s2b",))):
        add_collection(name)
        documents = [
            item(
                f"{number}",
                properties={
                    "datetime": MOMENT,
                    "eo:cloud_cover": number,
                    "platform": value,
                    "instruments": ["msi"],
                    "note": "x",
                },
            )
            for number, value in enumerate(values, start=7)
        ]
        assert not write_items(collection_id=name, documents=documents, replace=False).refused
    found = properties(api)
    assert found["eo:cloud_cover"] == {"title": "eo:cloud_cover", "type": "number", "minimum": 7, "maximum": 9}
    counted = {"enum": ["s2a", "s2b"], "geodata:counts": [2, 1]}
    assert found["platform"] == {"title": "platform", "type": "string", **counted}
    listed = {"items": {"enum": ["msi"]}, "geodata:counts": [3]}
    assert found["instruments"] == {"title": "instruments", "type": "array", **listed}
    assert found["note"] == {"title": "note", "type": "string"}
    assert properties(api, "/stac/queryables")["platform"]["geodata:counts"] == [2, 2]
    # What was read and is written back defines nothing.
    api.force_authenticate(UserFactory(is_superuser=True))
    assert api.put(PATH, api.get(PATH).json(), format="json").status_code == 204
    assert Collection.objects.get(pk="scenes").queryables == {}


@pytest.mark.usefixtures("scenes")
def test_put_what_was_read_changes_nothing_and_none_resets(api):
    api.put(PATH, {"properties": {"seen": SEEN}}, format="json")
    document = api.get(PATH).json()
    assert api.put(PATH, document, format="json").status_code == 204
    assert Collection.objects.get().queryables == {"seen": SEEN}
    api.put(PATH, {"properties": {}}, format="json")
    assert "seen" not in properties(api)


def test_queryables_of_all_collections_are_merged(api, scenes):
    other = add_collection("other", queryables={"seen": SEEN | {"title": "Viewed"}, "own": {"type": "boolean"}})
    scenes.queryables = {"seen": SEEN}
    scenes.save()
    found = properties(api, "/stac/queryables")
    assert found["seen"] == {"type": "string", "format": "date-time"}
    assert found["own"] == {"type": "boolean"}
    assert "own" not in properties(api, "/stac/sortables")
    other.visibility = Collection.Visibility.PRIVATE
    other.save()
    assert "own" not in properties(api, "/stac/queryables")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "properties"),
        ({}, "properties"),
        ({"properties": []}, "properties"),
        ({"properties": {"a": 7}}, "properties.a"),
        ({"properties": {"a": {"type": "colour"}}}, "properties.a"),
        ({"properties": {"a": {"$schema": "https://example.org/odd"}}}, "properties.a"),
        ({"properties": {"a": {"title": "\0"}}}, "NUL"),
        ({"properties": {"": {}}}, "properties."),
        ({"properties": {"n" * 257: {}}}, "properties.nnn"),
        ({"properties": {"datetime": {"type": "number"}}}, "properties.datetime"),
        ({"properties": {f"n{n}": {} for n in range(501)}}, "500"),
    ],
)
@pytest.mark.usefixtures("scenes")
def test_put_queryables_that_are_none_are_refused(api, body, named):
    answer = api.put(PATH, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_document"
    assert named in answer.json()["description"]


def test_put_queryables_is_for_editors(api, client, scenes):
    body = {"properties": {"seen": SEEN}}
    assert client.put(PATH, body, format="json").status_code == 401
    viewer: User = UserFactory()
    Membership.objects.create(collection=scenes, user=viewer, role=Membership.Role.VIEWER)
    api.force_authenticate(viewer)
    assert api.put(PATH, body, format="json").status_code == 403
    Collection.objects.update(visibility=Collection.Visibility.PRIVATE)
    api.force_authenticate(UserFactory())
    assert api.put(PATH, body, format="json").status_code == 404
    assert Collection.objects.get().queryables == {}
