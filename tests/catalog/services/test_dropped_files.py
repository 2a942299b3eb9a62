"""Files of deleted items and removed assets: gone with them, unless others of the collection's items have them."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import ChecksumFile, Collection, IngestSource, Item
from catalog.services.ingest.imagery import write_imagery_item
from catalog.services.items.bulk import write_items
from catalog.services.items.editing import delete_item, patch_item, stored_document
from tests.catalog.factories import ChecksumFileFactory, IngestJobFactory, ItemFactory, MembershipFactory, UserFactory
from tests.catalog.imagery import ingest_upload, write_scene


@pytest.fixture
def item(collection, user, tmp_path, django_capture_on_commit_callbacks) -> Item:
    write_scene(tmp_path / "a.tif")
    with django_capture_on_commit_callbacks(execute=True):
        return ingest_upload(tmp_path / "a.tif", user=user, collection=collection)


def download(file: object, client: Client | None = None) -> int:
    answer = (client or Client()).get(f"/api/files/{file}/download/")
    # Closing the answer would close the test's connection to the database, too.
    if answer.streaming:
        answer.getvalue()
    return answer.status_code


def test_files_of_a_deleted_item_are_gone_for_readers(item, django_capture_on_commit_callbacks):
    thumbnail, data = (ChecksumFile.objects.get(pk=item.asset_files[key]) for key in ("thumbnail", "data"))
    job = IngestJobFactory(collection=item.collection)
    IngestSource.objects.create(job=job, kind=IngestSource.Kind.FILE, file=data)
    assert download(thumbnail.pk) == 200
    with django_capture_on_commit_callbacks(execute=True):
        delete_item(user=UserFactory(is_superuser=True), collection_id=item.collection_id, item_id=item.item_id)
    assert download(thumbnail.pk) == download(data.pk) == 404
    assert not thumbnail.blob.storage.exists(thumbnail.blob.name)
    # The upload is its owner's again.
    assert ChecksumFile.objects.filter(pk=data.pk, collection=None, owner=data.owner).exists()


@pytest.mark.parametrize("way", ["patch", "bulk"])
def test_files_of_a_removed_asset_are_gone(item, way):
    if way == "patch":
        patch = {"assets": {"thumbnail": None}}
        user = UserFactory(is_superuser=True)
        patch_item(user=user, collection_id=item.collection_id, item_id=item.item_id, patch=patch)
    else:
        document = stored_document(item)
        del document["assets"]["thumbnail"]
        assert write_items(collection_id=item.collection_id, documents=[document], replace=True).updated
    assert download(item.asset_files["thumbnail"]) == 404
    assert download(item.asset_files["data"]) == 200


def test_file_of_two_items_stays_with_the_other(collection, file_server):
    write_scene(file_server.folder / "a.tif")
    file = ChecksumFileFactory(collection=collection, url=f"{file_server.url}/a.tif", name="a.tif")
    first, second = (write_imagery_item(file, options={"item_id": name}) for name in ("first", "second"))
    user = UserFactory(is_superuser=True)
    delete_item(user=user, collection_id=collection.pk, item_id=first.item_id)
    assert ChecksumFile.objects.filter(pk=file.pk, collection=collection).exists()
    delete_item(user=user, collection_id=collection.pk, item_id=second.item_id)
    assert not ChecksumFile.objects.filter(pk=file.pk).exists()


def test_file_that_is_another_items_under_another_key_stays(item, django_capture_on_commit_callbacks):
    """An item that came in as a document calls `visual` what a plain ingest calls `data`."""
    data = item.asset_files["data"]
    other = ItemFactory(collection=item.collection, asset_files={"visual": data})
    with django_capture_on_commit_callbacks(execute=True):
        delete_item(user=UserFactory(is_superuser=True), collection_id=item.collection_id, item_id=item.item_id)
    assert ChecksumFile.objects.filter(pk=data, collection=item.collection).exists()
    assert not ChecksumFile.objects.filter(pk=item.asset_files["thumbnail"]).exists()
    delete_item(user=UserFactory(is_superuser=True), collection_id=other.collection_id, item_id=other.item_id)
    assert not ChecksumFile.objects.filter(pk=data, collection=item.collection).exists()


def test_original_that_may_name_a_patient_is_downloaded_by_editors(item):
    ChecksumFile.objects.filter(pk=item.asset_files["data"]).update(personal=True, owner=None)
    viewer, editor = APIClient(), APIClient()
    viewer.force_authenticate(MembershipFactory(collection=item.collection, role="viewer").user)
    editor.force_authenticate(MembershipFactory(collection=item.collection, role="editor").user)
    path = f"/api/files/{item.asset_files['data']}/download/"
    for client in (Client(), viewer):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "personal_data")
    assert download(item.asset_files["data"], editor) == 200
    assert Client().get(f"/tiles/{item.collection_id}/{item.item_id}/data/thumbnail.webp").status_code == 200
    assert Collection.objects.get(pk=item.collection_id).visibility == "public"
