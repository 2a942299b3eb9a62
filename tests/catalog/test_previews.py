"""Small pictures of items whose thumbnails lie elsewhere, fetched and made anew by the site."""

import io

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from catalog.models import Collection
from tests.catalog.factories import ItemFactory

pytestmark = pytest.mark.django_db
THUMBNAIL = {"type": "image/jpeg", "roles": ["thumbnail"]}


def _picture(path, *, size=(1200, 900), mode="RGB", kind="JPEG"):
    Image.fromarray(np.indices(size[::-1]).sum(0).astype(np.uint8)).convert(mode).save(path, kind)


@pytest.fixture
def shown(collection, file_server):
    """Make an item whose thumbnail is a file of a web server; return the preview's path."""

    def make(href=f"{file_server.url}/thumb.jpg", **asset):
        item = ItemFactory(collection=collection, assets={"thumb": {"href": href, **THUMBNAIL, **asset}})
        return f"/stac/collections/{collection.pk}/items/{item.item_id}/preview.webp"

    return make


@pytest.mark.parametrize(("mode", "kind"), [("RGB", "JPEG"), ("L", "PNG"), ("RGBA", "WEBP"), ("P", "GIF")])
def test_preview_is_a_small_webp_that_is_fetched_once(shown, file_server, mode, kind):
    _picture(file_server.folder / "thumb.jpg", mode=mode, kind=kind)
    path = shown()
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"].startswith("public, max-age=")
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.format, picture.size) == ("WEBP", (512, 384))
    assert not picture.info.get("exif")
    assert Client().get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert len(file_server.requests) == 1


def test_preview_of_a_document_without_a_picture_says_so(collection):
    item = ItemFactory(collection=collection, assets={"data": {"href": "https://example.org/a.tif", "roles": ["data"]}})
    answer = Client().get(f"/stac/collections/{collection.pk}/items/{item.item_id}/preview.webp")
    assert (answer.status_code, answer.json()["code"]) == (404, "preview_not_found")


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("http://10.0.0.1/thumb.jpg", "private"),
        ("file:///etc/passwd", "whole URL"),
        ("data:image/png;base64,AAAA", "whole URL"),
        ("/etc/passwd", "whole URL"),
        ("http://user:secret@127.0.0.1/thumb.jpg", "credentials"),
    ],
)
def test_preview_that_lies_where_nothing_is_read_is_refused(shown, href, reason):
    answer = Client().get(shown(href))
    assert (answer.status_code, answer.json()["code"]) == (404, "preview_refused")
    assert reason in answer.json()["description"]


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 half a picture", b"x" * 17 * 2**20])
def test_preview_that_is_no_picture_is_refused_and_not_asked_for_again(shown, file_server, content):
    (file_server.folder / "thumb.jpg").write_bytes(content)
    path = shown()
    codes = {Client().get(path).json()["code"] for _ in range(2)}
    assert codes == {"preview_refused"}
    assert len(file_server.requests) == 1


def test_preview_of_many_pixels_is_refused(shown, file_server):
    Image.new("1", (20_000, 5_000)).save(file_server.folder / "thumb.png")
    answer = Client().get(shown(f"{file_server.url}/thumb.png", type="image/png"))
    assert (answer.status_code, answer.json()["code"]) == (404, "preview_refused")
    assert "pixels" in answer.json()["description"]


def test_preview_of_a_server_that_fails_is_asked_for_again(shown, file_server):
    _picture(file_server.folder / "thumb.jpg")
    file_server.faults["/thumb.jpg"] = [503]
    path = shown()
    assert Client().get(path).status_code == 502
    assert Client().get(path).status_code == 200


def test_preview_of_a_private_item_is_for_who_sees_it(shown, file_server, collection, api):
    _picture(file_server.folder / "thumb.jpg")
    Collection.objects.filter(pk=collection.pk).update(visibility="private")
    path = shown()
    assert Client().get(path).status_code == 404
    assert not file_server.requests
    answer = api.get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("private")
    assert Client().get(path).status_code == 404


def test_preview_without_a_gate_is_not_fetched(shown, file_server, settings):
    settings.OUTER_FIREWALL = False
    answer = Client().get(shown())
    assert (answer.status_code, answer.json()["code"]) == (403, "gate_missing")
    assert not file_server.requests


def test_preview_of_an_ingested_item_is_its_own_thumbnail(scene):
    answer = Client().get(f"/stac/collections/{scene.collection_id}/items/{scene.item_id}/preview.webp")
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).format == "WEBP"


def test_item_links_to_the_preview_of_a_picture_elsewhere(scene):
    document = Client().get(f"/stac/collections/{scene.collection_id}/items/{scene.item_id}").json()
    (own,) = (each["href"] for each in document["links"] if each["rel"] == "preview")
    assert own.endswith("/data/thumbnail.webp")
    scene.assets["thumbnail"]["href"] = "https://example.org/thumb.jpg"
    scene.save()
    document = Client().get(f"/stac/collections/{scene.collection_id}/items/{scene.item_id}").json()
    (link,) = (each["href"] for each in document["links"] if each["rel"] == "preview")
    assert link.endswith(f"/items/{scene.item_id}/preview.webp")
