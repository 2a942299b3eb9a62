"""From another catalog's document to a tile, with a real broker and a real worker."""

import io

import pytest
from django.test import Client
from PIL import Image

from catalog.models import ChecksumFile, Item
from catalog.services.ingest.jobs import redispatch_lost_sources
from tests.catalog.imagery import write_scene
from tests.catalog.stac_catalogs import catalog_of, collection_of, item, link, write
from tests.services.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
TILE = "/tiles/{}/item-0/visual/tiles/12/2218/1470.png"


def _run(api, body):
    answer = api.post("/api/ingests/", body, format="json")
    assert answer.status_code == 202, answer.json()
    job = answer.json()

    def has_ended() -> bool:
        redispatch_lost_sources()
        return _look(api, job)["state"] != "running"

    wait_until(has_ended, what="the job's end")
    return _look(api, job)


def _look(api, job):
    return api.get(job["links"]["self"]).json()


def _links(feature, rel):
    return [each for each in feature["links"] if each["rel"] == rel]


def test_static_catalog_is_seen_without_a_word_to_its_images_before(worker, api, collection, file_server):
    del worker
    folder, url = file_server.folder, file_server.url
    write(folder / "catalog.json", catalog_of([link("child", "./theirs/collection.json")]))
    names = [f"item-{number}" for number in range(4)]
    write(folder / "theirs" / "collection.json", collection_of([link("item", f"./{name}.json") for name in names]))
    for name in names:
        write(folder / "theirs" / f"{name}.json", item(name))
    write_scene(folder / "theirs" / "scene.tif")
    body = {"collection": collection.pk, "stac": f"{url}/catalog.json", "options": {"create_collections": True}}
    job = _run(api, body)
    assert job["counts"] | {"succeeded": 6, "failed": 0} == job["counts"]
    assert job["items"] == {"written": 4, "refused": 0}
    assert not [request for request in file_server.requests if request.path.endswith(".tif")]

    feature = Client().get("/stac/collections/theirs/items/item-0").json()
    assert {each["href"].rpartition("?")[2] for each in _links(feature, "tilejson")} >= {"render=looks"}
    assert len(_links(feature, "xyz")) == 2
    assert _links(feature, "preview")
    tile = Client().get(TILE.format("theirs"))
    assert tile.status_code == 200
    assert Image.open(io.BytesIO(tile.content)).convert("RGBA").getextrema()[3][1] == 255
    # Somebody looked, so a worker opens the file, once, and what it finds is the file's.
    wait_until(ChecksumFile.objects.filter(opened=True).exists, what="the first look")
    file = ChecksumFile.objects.get()
    assert (file.driver, file.metadata["proj:code"]) == ("GTiff", "EPSG:32633")
    assert "bands" not in Item.objects.get(item_id="item-0").assets["visual"]
    assert Client().get(TILE.format("theirs")).status_code == 200


def test_request_of_a_document_itself_answers_with_its_sources(worker, api, collection, file_server):
    del worker
    page = {"type": "FeatureCollection", "features": [item("item-0", href=f"{file_server.url}/a.tif"), {"id": "b"}]}
    job = _run(api, {"collection": collection.pk, "sources": [{"stac": page}], "options": {"probe": False}})
    assert job["items"] == {"written": 1, "refused": 1}
    (source,) = api.get(job["links"]["sources"]).json()["results"]
    assert (source["kind"], source["name"], source["href"]) == ("stac", "document", "")
    assert source["items"] == {"written": 1, "refused": 1}
    assert {remark["item"] for remark in source["remarks"]} == {"b"}
    listed = api.get("/api/ingests/").json()["results"]
    assert listed[0]["items"] == {"written": 1, "refused": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stac": 7},
        {"stac": []},
        {"stac": {"id": "a\0"}},
        {"stac": "x" * 3000},
        {"stac": "https://example.org/a.json", "sources": [{"href": "https://example.org/a.tif"}]},
        {"sources": [{"stac": "https://example.org/a.json", "href": "https://example.org/a.tif"}]},
        {"stac": "https://example.org/a.json", "options": {"item_id": "a"}},
        {"stac": "https://example.org/a.json", "options": {"probe": "perhaps"}},
    ],
)
def test_request_that_makes_no_sense_is_refused(api, collection, body):
    answer = api.post("/api/ingests/", {"collection": collection.pk, **body}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
