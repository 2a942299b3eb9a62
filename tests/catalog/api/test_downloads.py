"""Files as clients open them: by name, in parts, from buckets."""

import hashlib

import pytest
import requests
from rest_framework.test import APIClient

from catalog.models import ChecksumFile
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.factories import ChecksumFileFactory, CollectionFactory
from tests.catalog.imagery import write_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def asset(scene, api) -> tuple[str, bytes]:
    """Return where the scene's document says its file is, and what the file holds."""
    href = api.get(f"/stac/collections/{scene.collection_id}/items/{scene.item_id}").json()["assets"]["data"]["href"]
    file = ChecksumFile.objects.get(pk=scene.asset_files["data"])
    with file.blob.open("rb") as stream:
        return href.removeprefix("http://testserver"), stream.read()


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_asset_ends_in_the_name_of_its_file(asset, client):
    href, content = asset
    assert href.endswith("/scene.tif")
    answer = client.get(href)
    assert (answer.status_code, answer["Content-Length"], answer["Accept-Ranges"]) == (200, str(len(content)), "bytes")
    assert body(answer) == content


@pytest.mark.parametrize(
    ("wanted", "first", "last"), [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-50", -50, None)]
)
def test_asset_in_parts(asset, client, wanted, first, last):
    href, content = asset
    answer = client.get(href, headers={"Range": wanted})
    part = content[first:][: None if last is None else last - first + 1]
    assert (answer.status_code, answer["Content-Length"]) == (206, str(len(part)))
    start = first % len(content)
    assert answer["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{len(content)}"
    assert body(answer) == part


def test_asset_beyond_its_end_is_not_satisfiable(asset, client):
    href, content = asset
    answer = client.get(href, headers={"Range": f"bytes={len(content)}-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(content)}")
    assert answer.json()["code"] == "range_not_satisfiable"
    assert f"scene.tif has {len(content):,} bytes" in answer.json()["description"]


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "pages=1-2", "bytes=x"])
def test_asset_with_a_range_that_is_not_known_comes_whole(asset, client, wanted):
    href, content = asset
    answer = client.get(href, headers={"Range": wanted})
    assert (answer.status_code, body(answer)) == (200, content)


def test_asset_is_asked_for_by_its_version(asset, client):
    href, content = asset
    head = client.head(href)
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(len(content)), b"")
    etag = head["ETag"]
    assert client.get(href, headers={"If-None-Match": etag}).status_code == 304
    kept = client.get(href, headers={"Range": "bytes=0-9", "If-Range": etag})
    other = client.get(href, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (kept.status_code, other.status_code) == (206, 200)
    body(kept)
    body(other)


def test_asset_by_another_name_is_not_there(asset, client):
    href, _ = asset
    assert client.get(href.replace("scene.tif", "other.tif")).json()["code"] == "file_not_found"
    old = client.get(href.replace("scene.tif", "download/"))
    assert old.status_code == 200
    body(old)


def test_asset_is_read_from_pages_elsewhere(asset, client):
    href, _ = asset
    answer = client.head(href, headers={"Origin": "https://maps.example.org"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    preflight = client.options(href, headers={"Origin": "https://maps.example.org", **asked})
    assert "range" in preflight["Access-Control-Allow-Headers"]


def test_asset_in_a_bucket_has_an_address_of_this_site_too(bucket, user, collection, api, tmp_path):
    write_scene(tmp_path / "a b.tif")
    content = (tmp_path / "a b.tif").read_bytes()
    bucket.put_object(Bucket="imagery", Key="2024/a b.tif", Body=content)
    spec = SourceSpec(href="s3://imagery/2024/a b.tif")
    job = create_job(user=user, collection_id=collection.pk, sources=[spec])
    process_source(job.sources.get().pk)
    address = f"/stac/collections/{collection.pk}/items/a b"
    document = api.get(address).json()
    data = document["assets"]["data"]
    assert data["href"] == "s3://imagery/2024/a b.tif"
    href = data["alternate"]["https"]["href"]
    assert href.startswith("http://testserver/api/files/")
    assert href.endswith("/a%20b.tif")
    path = href.removeprefix("http://testserver")
    head = api.head(path)
    assert (head.status_code, head["Content-Length"]) == (200, str(len(content)))
    redirect = api.get(path)
    assert redirect.status_code == 302
    found = requests.get(redirect["Location"], headers={"Range": "bytes=0-9"}, timeout=10)
    assert (found.status_code, found.content) == (206, content[:10])
    # Written back as it was read, it is what it was.
    answer = api.put(address, document, format="json")
    assert answer.status_code == 204, answer.json()
    assert api.get(address).json()["assets"]["data"]["alternate"] == data["alternate"]


def test_file_in_a_private_collections_bucket_is_for_its_members(bucket):
    del bucket
    collection = CollectionFactory(visibility="private")
    file = ChecksumFileFactory(collection=collection, url="s3://imagery/a.tif", name="a.tif", blob="")
    assert APIClient().get(f"/api/files/{file.pk}/a.tif").status_code == 404


def test_upload_that_lies_in_a_bucket_is_sent_in_parts(bucket, object_store, settings, api):
    bucket.create_bucket(Bucket="uploads")
    options = {
        "bucket_name": "uploads",
        "location": "files",
        "endpoint_url": object_store.endpoint,
        "addressing_style": "path",
        "access_key": object_store.environment["AWS_ACCESS_KEY_ID"],
        "secret_key": object_store.environment["AWS_SECRET_ACCESS_KEY"],
        "region_name": "us-east-1",
    }
    storage = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": storage}
    content = hashlib.sha256(b"a").digest() * 100
    made = api.post("/api/files/?name=a.tif", content, content_type="application/octet-stream")
    assert made.status_code == 201, made.json()
    href = made.json()["href"].removeprefix("http://testserver")
    answer = api.get(href, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, body(answer)) == (206, content[10:20])
    assert body(api.get(href)) == content
