"""Stores and users that the catalog's tests share."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from catalog.models import Collection, Item, Membership
from catalog.remote import buckets as remote
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from geodata.settings.databases import gdal_s3
from tests.catalog.factories import CollectionFactory, UserFactory
from tests.catalog.imagery import ingest_upload, write_scene
from tests.services.processes import free_port
from tiles.sources.gdal_env import configure_gdal


@pytest.fixture
def user(db) -> User:
    del db
    return UserFactory()


@pytest.fixture
def collection(user) -> Collection:
    """Return a public collection that `user` owns."""
    collection = CollectionFactory(id="scenes")
    Membership.objects.create(collection=collection, user=user, role=Membership.Role.OWNER)
    return collection


@pytest.fixture
def scene(collection, user, tmp_path: Path) -> Item:
    """Return the item `scene` of `collection`, of three bands, whose imagery lies in storage."""
    write_scene(tmp_path / "scene.tif")
    return ingest_upload(tmp_path / "scene.tif", user=user, collection=collection)


@pytest.fixture
def api(user) -> APIClient:
    """Return the API as `user` meets it."""
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def bucket(object_store, settings, monkeypatch):
    """Return a client of a real S3 server with an empty bucket `imagery`, which the site and GDAL reach as well."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    settings.AWS_ENDPOINT_URL = object_store.endpoint
    settings.AWS_NO_SIGN_REQUEST = False
    remote.s3_client.cache_clear()
    configure_gdal(
        **gdal_s3(object_store.endpoint, unsigned=False), AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing"
    )
    object_store.client.create_bucket(Bucket="imagery")
    yield object_store.client
    for entry in object_store.client.list_objects_v2(Bucket="imagery").get("Contents", ()):
        object_store.client.delete_object(Bucket="imagery", Key=entry["Key"])
    object_store.client.delete_bucket(Bucket="imagery")
    remote.s3_client.cache_clear()


@pytest.fixture
def bring_in(user, collection, settings):
    """Ask for a job of STAC documents, and do its work; return it."""
    settings.INGEST_RETRY_SECONDS, settings.INGEST_RETRIES = 0.0, 3

    def run(*stac, **options):
        specs = [
            SourceSpec(stac=each) if isinstance(each, str) else SourceSpec(document=json.dumps(each)) for each in stac
        ]
        job = create_job(user=user, collection_id=collection.pk, sources=specs, options=options)
        while waiting := list(job.sources.filter(state="queued").values_list("pk", flat=True)):
            for pk in waiting:
                process_source(pk)
        return job

    return run


@pytest.fixture
def closed_port() -> int:
    """Return a loopback port where nobody listens."""
    return free_port()


@pytest.fixture
def redirecting_server() -> Iterator[Callable[[str], str]]:
    """Give a URL of a server that redirects every request to the location it is told; `""` is itself."""
    target = ""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(302)
            self.send_header("Location", target or self.path)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def point_to(location: str) -> str:
        nonlocal target
        target = location
        return f"http://127.0.0.1:{server.server_port}/a.tif"

    yield point_to
    server.shutdown()
    thread.join()
    server.server_close()
