"""Storages: whom they are for, what they are opened with, and what becomes of work when keys end."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from osgeo import gdal

from catalog.errors import CatalogError, CredentialsRefused, InvalidInput, SourceRefused
from catalog.models import ChecksumFile, IngestSource, Item, Storage
from catalog.remote.admission import admit, gdal_location
from catalog.remote.places import reading_for
from catalog.remote.probing import describe
from catalog.services.files.storing import gdal_path
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from catalog.services.storages.editing import (
    change_storage,
    check_storage,
    create_storage,
    gdal_takes_paths,
    remove_storages,
)
from catalog.services.storages.known import as_place, forget_places, gdal_options
from catalog.services.storages.secrets import decrypt, encrypt
from tests.catalog.factories import ChecksumFileFactory, CollectionFactory, UserFactory
from tests.catalog.imagery import write_scene
from tests.services.s3_front import run_front

KEYS = {"access_key_id": "archive-key", "secret_access_key": "archive-secret"}


@pytest.fixture
def staff(db):
    del db
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_storage"))
    return user


@pytest.fixture
def image(tmp_path) -> bytes:
    write_scene(tmp_path / "image.tif", size=64)
    return (tmp_path / "image.tif").read_bytes()


@pytest.fixture
def front(bucket, object_store, settings, image):
    """Yield a server that lets the archive's key in alone, and has an image; the site's own buckets lie elsewhere."""
    bucket.put_object(Bucket="imagery", Key="archive/a.tif", Body=image)
    settings.INGEST_BUCKETS = ["public-*"]
    with run_front(object_store.endpoint) as front:
        front.keys = {"archive-key"}
        yield front


@pytest.fixture
def storage(staff, front, collection) -> Storage:
    return make(staff, endpoint=front.url, credentials=KEYS, collections=[collection.pk])


def make(user, href="s3://imagery/archive/", **values) -> Storage:
    return create_storage(user=user, href=href, values={"name": "Archive", **values})


def ingest(user, collection, href="s3://imagery/archive/a.tif") -> IngestSource:
    job = create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(href=href)])
    process_source(job.sources.get().pk)
    return job.sources.get()


def test_bucket_is_read_by_its_storage_alone(user, collection, storage, front):
    done = ingest(user, collection)
    assert (done.state, done.error_code) == ("succeeded", "")
    assert front.headers
    assert all("archive-key" in each["Authorization"] for each in front.headers)
    # By GDAL, which is given the same keys for this path.
    assert front.asked["GET /imagery/archive/a.tif"]
    answer = Client().get("/tiles/scenes/a/data/tiles/14/8875/5884.webp")
    assert answer.status_code == 200
    storage.delete()
    forget_places()
    assert ingest(user, collection, "s3://imagery/archive/b.tif").error_code == "source_refused"


def test_storage_is_for_the_collections_it_names(user, collection, storage, staff):
    other = CollectionFactory()
    other.memberships.create(user=user, role="owner")
    refused = ingest(user, other)
    assert (refused.state, refused.error_code) == ("failed", "storage_not_allowed")
    change_storage(storage, user=staff, values={"is_open": True})
    assert ingest(user, other).state == "succeeded"
    change_storage(storage, user=staff, values={"is_open": False})
    with pytest.raises(SourceRefused):
        admit("s3://imagery/archive/a.tif")
    with reading_for(collection.pk):
        assert admit("s3://imagery/archive/a.tif")
        with pytest.raises(SourceRefused):
            admit("s3://imagery/archives/a.tif")
        with pytest.raises(SourceRefused):
            admit("s3://imagery/archive/../a.tif")


def test_keys_that_end_pause_the_ingest_until_they_are_mended(user, api, collection, storage, staff, front):
    front.keys = {"new-key"}
    paused = ingest(user, collection)
    assert (paused.state, paused.error_code) == ("queued", "credentials_refused")
    assert "ExpiredToken" in paused.error_description
    assert "Archive" in paused.error_description
    assert paused.not_before
    body = api.get(f"/api/ingests/{paused.job_id}/").json()
    assert body["state"] == "paused"
    assert body["paused"]["code"] == "credentials_refused"
    assert "Archive" in body["paused"]["description"]
    assert paused.retries == 0
    change_storage(storage, user=staff, values={"credentials": {**KEYS, "access_key_id": "new-key"}})
    process_source(paused.pk)
    paused.refresh_from_db()
    assert (paused.state, paused.error_code, paused.error_description) == ("succeeded", "", "")
    done = api.get(f"/api/ingests/{paused.job_id}/").json()
    assert (done["state"], done["paused"]) == ("finished", None)


def test_check_says_whether_the_store_lets_us_in(storage, front):
    check_storage(storage)
    front.keys = {"other"}
    with pytest.raises(CredentialsRefused, match="Archive"):
        check_storage(storage)


def test_secrets_are_kept_encrypted_and_come_back_nowhere(storage, staff, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM catalog_storage")
        kept = cursor.fetchone()[0]
    assert kept
    assert "archive" not in kept
    assert decrypt(kept) == KEYS
    client = Client()
    client.force_login(staff)
    for path in (f"/api/storages/{storage.pk}/", "/api/storages/"):
        content = client.get(path).content
        assert b"archive-secret" not in content
        assert b"archive-key" not in content
        assert b"has_credentials" in content
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    with pytest.raises(CatalogError, match="SECRET_KEY"):
        decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert decrypt(kept) == KEYS


def test_credentials_of_variables_go_before(staff, monkeypatch):
    monkeypatch.setenv("ARCHIVE_ACCESS_KEY_ID", "from-variable")
    made = make(staff, credentials=KEYS, credentials_env="ARCHIVE")
    found = as_place(made).credentials
    assert found == {**KEYS, "access_key_id": "from-variable"}
    changed = change_storage(made, user=staff, values={"credentials": {}, "events_secret": "s" * 16})
    assert as_place(changed).credentials == {"access_key_id": "from-variable"}
    assert "events_secret" in decrypt(changed.secrets)


def test_requester_pays_and_anonymous_are_said_with_each_request(collection, staff, front, bucket):
    made = make(staff, endpoint=front.url, credentials=KEYS, requester_pays=True, collections=[collection.pk])
    with reading_for(collection.pk):
        describe("s3://imagery/archive/a.tif")
        assert front.headers[0]["x-amz-request-payer"] == "requester"
        front.clear()
        front.keys = {""}
        bucket.put_object_acl(Bucket="imagery", Key="archive/a.tif", ACL="public-read")
        values = {"anonymous": True, "credentials": {}, "requester_pays": False}
        change_storage(made, user=staff, values=values)
        describe("s3://imagery/archive/a.tif")
        assert "Authorization" not in front.headers[0]
        assert gdal.GetPathSpecificOption("/vsis3/imagery/archive/a.tif", "AWS_NO_SIGN_REQUEST") == "YES"


@pytest.mark.parametrize(
    ("href", "values", "expected"),
    [
        (
            "s3://a/b/",
            {"credentials": KEYS, "endpoint": "https://s3.example.org", "region": "x", "requester_pays": True},
            {
                "AWS_ACCESS_KEY_ID": "archive-key", "AWS_SECRET_ACCESS_KEY": "archive-secret", "AWS_REGION": "x",
                "AWS_REQUEST_PAYER": "requester", "AWS_NO_SIGN_REQUEST": "NO", "AWS_S3_ENDPOINT": "s3.example.org",
                "AWS_HTTPS": "YES", "AWS_VIRTUAL_HOSTING": "FALSE",
            },
        ),
        ("gs://a/", {"anonymous": True}, {"GS_NO_SIGN_REQUEST": "YES"}),
        (
            "gs://a/b",
            {"credentials": KEYS},
            {"GS_ACCESS_KEY_ID": "archive-key", "GS_SECRET_ACCESS_KEY": "archive-secret"},
        ),
        (
            "az://container/",
            {"credentials": {"account": "acme", "token": "sv=1"}},
            {"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_SAS_TOKEN": "sv=1"},
        ),
        (
            "https://example.org/a/",
            {"credentials": {"username": "u", "password": "p"}},
            {"GDAL_HTTP_USERPWD": "u:p", "GDAL_HTTP_AUTH": "BASIC"},
        ),
    ],
)  # fmt: skip
def test_gdal_is_told_what_opens_a_place(staff, href, values, expected, monkeypatch):
    monkeypatch.setattr("catalog.services.storages.editing.gdal_takes_paths", lambda: True)
    made = make(staff, href, **values)
    assert gdal_options(as_place(made)) == expected
    name, value = next(iter(expected.items()))
    path = gdal_location(f"{made.href}x.tif")
    assert gdal.GetPathSpecificOption(path, name) == value
    remove_storages([made])
    gdal_location("s3://anything/at.all")
    assert gdal.GetPathSpecificOption(path, name) != value


@pytest.mark.parametrize(
    "values",
    [
        {"href": "ftp://a/"}, {"href": "/etc/"}, {"href": "s3:///a"}, {"href": "s3://a/../b"},
        {"href": "https://u:p@example.org/"}, {"href": "s3://a/", "credentials_env": "path to"},
        {"href": "s3://a/", "credentials": {"colour": "red"}}, {"href": "s3://a/", "requests": 0},
        {"href": "s3://a/", "connections": 5000}, {"href": "gs://a/", "endpoint": "https://example.org"},
        {"href": "s3://a/", "sas_url": "https://example.org/"}, {"href": "s3://a/", "collections": ["nothing"]},
    ],
)  # fmt: skip
def test_storage_that_makes_no_sense_is_refused(staff, values):
    with pytest.raises(InvalidInput):
        make(staff, **values)
    assert not Storage.objects.exists()


class _Guarded(BaseHTTPRequestHandler):
    """Hands an image out to whoever has the password, or the token in the query; and tokens to all."""

    protocol_version = "HTTP/1.1"
    image = b""
    token = "sig=first"
    asked: list[str]

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.asked.append(f"{self.command} {self.path}")
        if path == "/token":
            self._send(200, json.dumps({"token": self.token, "msft:expiry": "2100-01-01T00:00:00Z"}).encode())
        elif path.startswith("/basic/") and self.headers.get("Authorization") != "Basic dTpw":
            self._send(401, b"")
        elif path.startswith("/sas/") and query != self.token:
            self._send(403, b"")
        elif path.endswith("/a.tif"):
            self._send_image()
        else:
            self._send(404, b"")

    do_HEAD = do_GET  # noqa: N815

    def _send_image(self):
        first, last = 0, len(self.image) - 1
        if wanted := self.headers.get("Range"):
            first, _, end = wanted.removeprefix("bytes=").partition("-")
            first, last = int(first), min(int(end or last), last)
        body = self.image[first : last + 1]
        headers = {"Content-Range": f"bytes {first}-{last}/{len(self.image)}", "Accept-Ranges": "bytes", "ETag": '"1"'}
        self._send(206 if wanted else 200, body, headers)

    def _send(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def guarded(image):
    handler = type("Handler", (_Guarded,), {"image": image, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        handler.url = f"http://127.0.0.1:{server.server_port}"
        yield handler
        server.shutdown()
        thread.join()
        gdal.VSICurlClearCache()


def test_web_server_is_asked_with_its_storages_password(user, collection, staff, guarded, settings, monkeypatch):
    settings.INGEST_HOSTS = ["nobody.example"]
    monkeypatch.setattr("catalog.services.storages.editing.gdal_takes_paths", lambda: True)
    credentials = {"username": "u", "password": "p"}
    made = make(staff, f"{guarded.url}/basic/", credentials=credentials, collections=[collection.pk])
    with reading_for(collection.pk):
        assert describe(f"{guarded.url}/basic/a.tif").etag == '"1"'
        change_storage(made, user=staff, values={"credentials": {**credentials, "password": "wrong"}})
        assert ingest(user, collection, f"{guarded.url}/basic/a.tif").error_code == "credentials_refused"
        assert ingest(user, collection, f"{guarded.url}/other/a.tif").error_code == "source_refused"


@pytest.mark.skipif(gdal_takes_paths(), reason="this GDAL takes them")
def test_password_that_gdal_would_not_send_is_refused(staff):
    with pytest.raises(InvalidInput) as refused:
        make(staff, "https://example.org/a/", credentials={"username": "u"})
    assert refused.value.code == "gdal_too_old"


def test_addresses_are_signed_by_the_storages_token(user, collection, staff, guarded):
    make(staff, f"{guarded.url}/sas/", sas_url=f"{guarded.url}/token", collections=[collection.pk])
    done = ingest(user, collection, f"{guarded.url}/sas/a.tif")
    assert (done.state, done.error_description) == ("succeeded", "")
    file = ChecksumFile.objects.get(name="a.tif")
    assert file.url == f"{guarded.url}/sas/a.tif"
    assert "sig=" not in str(Item.objects.get().assets)
    assert gdal_path(file).endswith("a.tif?sig=first")
    assert guarded.asked.count("GET /token") == 1
    # The token ended sooner than it said: another is asked for, the next time.
    guarded.token = "sig=second"
    guarded.asked.clear()
    with reading_for(collection.pk):
        with pytest.raises(CredentialsRefused):
            describe(file.url)
        assert describe(file.url).size


def test_pace_of_a_storage_is_kept(staff, front, collection, monkeypatch):
    make(staff, endpoint=front.url, credentials=KEYS, requests=10, collections=[collection.pk])
    slept = []
    monkeypatch.setattr("catalog.remote.places.time.sleep", slept.append)
    with reading_for(collection.pk):
        for _ in range(3):
            describe("s3://imagery/archive/a.tif")
        assert max(slept) > 0.05


def test_thread_that_read_for_a_collection_reads_for_nobody_afterwards(staff, front, collection):
    make(staff, endpoint=front.url, credentials=KEYS, collections=[collection.pk])
    with suppress(RuntimeError), reading_for(collection.pk):
        assert admit("s3://imagery/archive/a.tif")
        raise RuntimeError
    with pytest.raises(SourceRefused):
        admit("s3://imagery/archive/a.tif")


def test_cipher_of_nothing_is_nothing():
    assert encrypt({}) == ""
    assert decrypt("") == {}


def test_file_of_a_storage_that_is_gone_has_a_location_still(collection):
    file = ChecksumFileFactory(collection=collection, url="s3://imagery/archive/a.tif")
    assert gdal_path(file) == "/vsis3/imagery/archive/a.tif"
