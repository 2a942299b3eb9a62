"""The routes: documents, links, media types, errors, conditional reading."""

import pytest
from django.test import RequestFactory
from django.urls import clear_script_prefix, set_script_prefix

from catalog.models import Collection
from catalog.stac.core.conformance import CONFORMS_TO
from catalog.stac.core.links import Site
from tests.catalog.stac.records import add_collection, add_item

pytestmark = pytest.mark.django_db
JSON = "application/json"
GEOJSON = "application/geo+json"
ITEM = "/stac/collections/scenes/items/scene-1"


@pytest.fixture
def scene():
    return add_item(add_collection(title="Scenes"))


@pytest.mark.usefixtures("scene")
def test_landing_links_what_it_promises(client):
    landing = client.get("/stac/").json()

    assert landing["type"] == "Catalog"
    assert landing["stac_version"] == "1.1.0"
    assert landing["conformsTo"] == list(CONFORMS_TO)
    by_rel = {link["rel"]: link for link in landing["links"]}
    assert by_rel["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert by_rel["child"] == {
        "rel": "child",
        "href": "http://testserver/stac/collections/scenes",
        "type": JSON,
        "title": "Scenes",
    }
    assert {link["method"] for link in landing["links"] if link["rel"] == "search"} == {"GET", "POST"}
    for rel in ("self", "root", "conformance", "data", "search", "child"):
        answer = client.get(by_rel[rel]["href"])
        assert answer.status_code == 200
        assert answer["Content-Type"] == by_rel[rel]["type"]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/stac/", JSON),
        ("/stac/conformance", JSON),
        ("/stac/collections", JSON),
        ("/stac/collections/scenes", JSON),
        ("/stac/collections/scenes/items", GEOJSON),
        (ITEM, GEOJSON),
        ("/stac/search", GEOJSON),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html", "image/png"])
def test_route_answers_its_one_media_type(client, path, media_type, accept):
    answer = client.get(path, headers={"Accept": accept})
    head = client.head(path, headers={"Accept": accept})

    assert answer.status_code == head.status_code == 200
    assert answer["Content-Type"] == head["Content-Type"] == media_type
    assert head.content == b""
    links = answer.json().get("links", ())
    for link in links:
        if link["rel"] in {"self", "root", "parent", "collection", "items", "data"}:
            assert client.get(link["href"]).status_code == 200


@pytest.mark.usefixtures("scene")
def test_self_link_of_each_document_is_its_address(client):
    for path in ("/stac/", "/stac/collections", "/stac/collections/scenes", ITEM, "/stac/search?limit=1"):
        links = {link["rel"]: link["href"] for link in client.get(path).json()["links"]}
        assert links["self"] == f"http://testserver{path}"


def test_site_is_reached_below_the_script_s_prefix():
    set_script_prefix("/geodata/")
    try:
        site = Site.of(RequestFactory().get("/stac/"))
    finally:
        clear_script_prefix()

    assert site.root == "http://testserver/geodata/stac/"


@pytest.mark.parametrize("path", ["/stac/collections/scenes", ITEM])
def test_conditional_get_answers_304_until_the_row_changes(client, scene, path):
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    assert client.head(path, headers={"If-None-Match": f'W/{first["ETag"]}, "other"'}).status_code == 304

    scene.version += 1
    scene.save()
    Collection.objects.update(version=2)

    changed = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


DOCUMENTS = [
    *("/stac/", "/stac/conformance", "/stac/collections", "/stac/collections?q=scenes", "/stac/children"),
    *("/stac/queryables", "/stac/sortables", "/stac/collections-queryables", "/stac/collections/scenes/queryables"),
    *("/stac/search", "/stac/search?limit=1", "/stac/collections/scenes/items", "/stac/collections/scenes/browse"),
    *("/stac/aggregations", "/stac/aggregate?aggregations=total_count", "/stac/collections/scenes", ITEM),
]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_has_an_etag_by_which_it_is_not_sent_again(client, path):
    first, head = client.get(path), client.head(path)

    assert first["ETag"] == head["ETag"] == client.get(path)["ETag"]
    assert first["Cache-Control"] == "no-cache"
    assert {"Authorization", "Cookie"} <= {each.strip() for each in first["Vary"].split(",")}
    for method in (client.get, client.head):
        for names in (first["ETag"], f'"x", W/{first["ETag"]}', "*"):
            again = method(path, headers={"If-None-Match": names})
            assert (again.status_code, again.content) == (304, b"")
            assert again["ETag"] == first["ETag"]
            assert "Content-Type" not in again
        assert method(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("path", ["/stac/", "/stac/collections", "/stac/search"])
def test_document_of_changed_catalog_has_another_etag(client, path):
    first = client.get(path)
    add_item(add_collection("fresh", title="Fresh"), "fresh-1")

    changed = client.get(path, headers={"If-None-Match": first["ETag"]})

    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("path", ["/stac/search?bbox=1", "/stac/collections/nothing"])
def test_error_has_no_etag(client, path):
    answer = client.get(path, headers={"If-None-Match": "*"})

    assert answer.status_code in {400, 404}
    assert "ETag" not in answer


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    "path",
    [
        "/stac/collections/nothing",
        "/stac/collections/nothing/items",
        "/stac/collections/nothing/items/scene-1",
        "/stac/collections/scenes/items/nothing",
        "/stac/collections/sc%00enes",
        "/stac/collections/scenes/items/%00",
        "/stac/collections/'%20OR%201=1--/items",
    ],
)
def test_unknown_id_answers_404_as_json(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == JSON
    assert set(answer.json()) == {"code", "description"}


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("path", ["/stac/", "/stac/conformance", "/stac/queryables"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_wrong_method_answers_405_as_json(client, path, method):
    answer = getattr(client, method)(path)

    assert answer.status_code == 405
    assert answer["Content-Type"] == JSON
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("item_id", ["50%?#é", "a b+c", "x&y=z", "S2A:2024"])
def test_item_of_awkward_id_is_found_at_its_self_link(client, item_id):
    add_item(add_collection("côte d'azur"), item_id)

    (feature,) = client.get("/stac/search").json()["features"]

    assert client.get(feature["links"][0]["href"]).json()["id"] == item_id
