import errno
import hashlib
import io
from datetime import timedelta

import pytest
import requests
from django.test import TestCase
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import ChecksumFile
from catalog.services.files.deleting import remove_unused_uploads
from geodata.settings.databases import storage
from tests.catalog.factories import ChecksumFileFactory, CollectionFactory

CONTENT = b"II*\0" + bytes(5000)


def _send(api, content=CONTENT, query="?name=scene.tif", **headers):
    headers["CONTENT_LENGTH"] = str(len(content))
    return api.generic("POST", f"/api/files/{query}", content, content_type="application/octet-stream", **headers)


def test_post_file_as_body_is_stored(api):
    answer = _send(api)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["name"], body["size"]) == ("scene.tif", len(CONTENT))
    assert body["checksum"] == "1220" + hashlib.sha256(CONTENT).hexdigest()
    download = api.get(body["href"])
    assert b"".join(download.streaming_content) == CONTENT
    assert download["Content-Disposition"] == 'attachment; filename="scene.tif"'
    assert download["Content-Type"] == "application/octet-stream"
    again = api.get(body["href"], headers={"If-None-Match": download["ETag"]})
    assert (again.status_code, again["ETag"]) == (304, download["ETag"])


def test_post_file_as_form_is_stored(api):
    part = io.BytesIO(CONTENT)
    part.name = "scene.tif"
    answer = api.post("/api/files/", {"file": part}, format="multipart")
    assert (answer.status_code, answer.json()["size"]) == (201, len(CONTENT))


def test_post_file_named_by_header_is_stored(api):
    assert _send(api, query="", HTTP_X_FILENAME="K%C3%B6ln.tif").json()["name"] == "Koln.tif"


@pytest.mark.parametrize(
    ("content", "query", "status", "code"),
    [
        (CONTENT, "", 400, "invalid_input"),
        (CONTENT, "?name=..", 400, "invalid_input"),
        (b"", "?name=a.tif", 400, "upload_empty"),
        (CONTENT * 3, "?name=a.tif", 413, "too_large"),
    ],
)
def test_post_file_that_is_bad_says_why(api, settings, content, query, status, code):
    settings.UPLOAD_MAX_BYTES = 2 * len(CONTENT)
    answer = _send(api, content, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not ChecksumFile.objects.exists()


def test_post_file_on_a_full_disk_asks_to_come_again(api, monkeypatch):
    def is_full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.filesystem.FileSystemStorage._save", is_full)
    answer = _send(api)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "5")
    assert not ChecksumFile.objects.exists()


def test_post_form_without_file_refuses(api):
    answer = api.post("/api/files/", {"name": "a.tif"}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.django_db
def test_post_file_without_signing_in_is_unauthorized():
    assert _send(APIClient()).status_code == 401


def test_get_file_of_others_is_not_found(api):
    mine = _send(api).json()
    stranger = APIClient()
    assert stranger.get(mine["href"]).status_code == 404
    assert stranger.get(f"/api/files/{mine['id']}/").json()["code"] == "file_not_found"


def test_get_file_follows_its_collection(api):
    secret = ChecksumFileFactory(collection=CollectionFactory(visibility="private"))
    public = ChecksumFileFactory()
    assert api.get(f"/api/files/{secret.pk}/").status_code == 404
    assert api.get(f"/api/files/{public.pk}/").status_code == 200
    assert api.get(f"/api/files/{public.pk}/download/")["Location"] == public.url


def test_uploads_beyond_the_quota_are_refused_by_what_they_announce(api, settings):
    settings.UPLOAD_QUOTA_BYTES = 2 * len(CONTENT)
    first = _send(api).json()
    assert _send(api).status_code == 201
    answer = _send(api)
    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    # What a collection has taken is no longer waiting.
    ChecksumFile.objects.filter(pk=first["id"]).update(collection=CollectionFactory())
    assert _send(api).status_code == 201


def test_upload_that_is_coming_counts_and_is_not_seen(api, user, settings):
    coming = ChecksumFile(owner=user, name="a.tif", size=len(CONTENT), blob="aa/a.tif")
    coming.save()
    assert api.get(f"/api/files/{coming.pk}/").status_code == 404
    settings.UPLOAD_QUOTA_BYTES = len(CONTENT)
    assert _send(api).status_code == 413


def test_uploads_that_nobody_ingests_are_removed(api, settings):
    old, new = (ChecksumFile.objects.get(pk=_send(api, CONTENT + each).json()["id"]) for each in (b"1", b"2"))
    ChecksumFile.objects.filter(pk=old.pk).update(
        created=timezone.now() - timedelta(hours=settings.UPLOAD_UNUSED_HOURS, minutes=1)
    )
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert remove_unused_uploads() == 1
    assert list(ChecksumFile.objects.values_list("pk", flat=True)) == [new.pk]
    assert not old.blob.storage.exists(old.blob.name)
    assert new.blob.storage.exists(new.blob.name)


def test_download_by_nginx_names_the_file_to_the_server_in_front(api, settings):
    body = _send(api).json()
    settings.DOWNLOADS = "nginx"
    answer = api.get(body["href"])
    assert answer["X-Accel-Redirect"] == f"/stored/{ChecksumFile.objects.get(pk=body['id']).blob.name}"
    assert answer["Content-Disposition"] == 'attachment; filename="scene.tif"'
    assert answer["Cache-Control"].startswith("private")
    assert answer.content == b""


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("way", ["nginx", "presigned"])
def test_download_from_a_bucket_is_signed_for_it(api, settings, object_store, way):
    place = f"s3://imagery/files?endpoint_url={object_store.endpoint}"
    settings.STORAGES = {**settings.STORAGES, "default": storage(place)}
    body = _send(api).json()
    settings.DOWNLOADS = way
    answer = api.get(body["href"])
    url = (
        answer["Location"]
        if way == "presigned"
        else answer["X-Accel-Redirect"].replace("/stored", object_store.endpoint, 1)
    )
    assert url.startswith(f"{object_store.endpoint}/imagery/files/")
    got = requests.get(url, timeout=30)
    assert (got.status_code, got.content) == (200, CONTENT)
    assert got.headers["Content-Disposition"] == 'attachment; filename="scene.tif"'
    assert got.headers["Content-Type"] == "application/octet-stream"
