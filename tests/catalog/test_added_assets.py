"""PATCH of an item with another asset: which are shown, and whose files are taken."""

import io

import pytest
from django.test import Client

from catalog.models import ChecksumFile, Item
from catalog.services.files.storing import store_upload
from tests.catalog.factories import UserFactory
from tests.catalog.imagery import write_scene

ITEM = "/stac/collections/scenes/items/scene"
TILE = "/tiles/scenes/scene/{}/tiles/12/2218/1470.webp"


@pytest.fixture
def client(user, scene) -> Client:
    del scene
    client = Client()
    client.force_login(user)
    return client


def add(client, key: str, href: str, **more):
    asset = {"href": href, "type": "image/tiff", "roles": ["data"], **more}
    return client.patch(ITEM, {"assets": {key: asset}}, content_type="application/merge-patch+json")


@pytest.fixture
def upload(tmp_path):
    def run(owner) -> ChecksumFile:
        write_scene(tmp_path / "ndvi.tif", seed=3)
        return store_upload(user=owner, name="ndvi.tif", stream=io.BytesIO((tmp_path / "ndvi.tif").read_bytes()))

    return run


def test_upload_of_the_editors_becomes_an_asset(client, user, upload):
    file = upload(user)
    answer = add(client, "ndvi", f"/api/files/{file.pk}/ndvi.tif")
    assert answer.status_code == 204, answer.content
    item = Item.objects.get()
    assert item.asset_files["ndvi"] == str(file.pk)
    assert item.asset_files["data"]
    shown = client.get(TILE.format("ndvi"))
    assert shown.status_code == 200, shown.content[-1500:]
    file.refresh_from_db()
    assert file.collection_id == "scenes"


def test_address_that_is_read_here_becomes_an_asset(client, file_server, tmp_path):
    write_scene(file_server.folder / "ndvi.tif", seed=3)
    assert add(client, "ndvi", f"{file_server.url}/ndvi.tif").status_code == 204
    assert not file_server.requests
    assert client.get(TILE.format("ndvi")).status_code == 200
    file = ChecksumFile.objects.get(url=f"{file_server.url}/ndvi.tif")
    assert file.opened is False
    # The same again changes nothing.
    version = Item.objects.get().version
    assert add(client, "ndvi", f"{file_server.url}/ndvi.tif").status_code == 204
    assert Item.objects.get().version == version
    assert (
        client.patch(ITEM, {"assets": {"ndvi": None}}, content_type="application/merge-patch+json").status_code == 204
    )
    assert "ndvi" not in Item.objects.get().asset_files
    del tmp_path


@pytest.mark.parametrize(
    "href", ["http://169.254.169.254/a.tif", "file:///etc/passwd", "/vsimem/a.tif", "s3://b/../a.tif"]
)
def test_address_that_is_not_read_here_stays_a_document(client, href):
    assert add(client, "ndvi", href).status_code in {204, 400}
    assert "ndvi" not in Item.objects.get().asset_files


def test_uploads_of_others_are_not_taken(client, upload):
    file = upload(UserFactory())
    assert add(client, "ndvi", f"/api/files/{file.pk}/ndvi.tif").status_code == 204
    assert "ndvi" not in Item.objects.get().asset_files
    file.refresh_from_db()
    assert file.collection_id is None
