"""What may pass is tried again and never called damage; what is damaged is told at once."""

import errno
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.db import OperationalError
from django.utils import timezone
from osgeo import gdal

from catalog.models import ChecksumFile, IngestSource, Item
from catalog.services.ingest.jobs import create_job, redispatch_lost_sources, retry_sources
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.imagery import write_scene
from tiles.sources.gdal_env import DEFAULTS

pytestmark = pytest.mark.django_db
State = IngestSource.State
STORAGE_FAILS: Any = {"ResponseMetadata": {"HTTPStatusCode": 500}}


@pytest.fixture
def ingested(user, collection, file_server):
    """Return a function that has a worker look at a remote file, once or again, and gives its source."""

    def ingest(name: str = "a.tif") -> IngestSource:
        source = IngestSource.objects.filter(href__endswith=f"/{name}").first()
        if source is None:
            spec = SourceSpec(href=f"{file_server.url}/{name}")
            source = create_job(user=user, collection_id=collection.pk, sources=[spec]).sources.get()
        IngestSource.objects.update(not_before=None)
        process_source(source.pk)
        source.refresh_from_db()
        return source

    return ingest


@pytest.fixture
def asked_once() -> Iterator[None]:
    """Have GDAL ask a store that fails no second time, before which it would wait."""
    gdal.SetConfigOption("GDAL_HTTP_MAX_RETRY", "0")
    yield
    gdal.SetConfigOption("GDAL_HTTP_MAX_RETRY", DEFAULTS["GDAL_HTTP_MAX_RETRY"])


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize("fault", [503, 429, 500, 0], ids=["503", "429", "500", "reset"])
def test_store_that_fails_while_it_is_read_is_tried_again(ingested, file_server, fault):
    write_scene(file_server.folder / "a.tif", size=512)
    file_server.faults["GET /a.tif"] = [fault] * 60
    source = ingested()
    assert source.state == State.QUEUED, source.error_description
    assert source.not_before > timezone.now()
    assert source.retries == 1
    file_server.faults.clear()
    assert ingested().state == State.SUCCEEDED
    assert Item.objects.get().assets["data"]["bands"]


def test_store_that_resets_now_and_then_loses_nothing(ingested, file_server):
    write_scene(file_server.folder / "a.tif", size=512)
    file_server.faults["GET /a.tif"] = [0]
    assert ingested().state in {State.SUCCEEDED, State.QUEUED}
    assert ingested().state == State.SUCCEEDED


@pytest.mark.parametrize("fault", [503, 429, 0])
def test_mask_that_fails_for_a_moment_is_not_lost(ingested, file_server, fault):
    write_scene(file_server.folder / "a.tif")
    (file_server.folder / "a.tif.msk").write_bytes(b"x")
    file_server.faults["HEAD /a.tif.msk"] = [fault]
    assert ingested().state == State.QUEUED
    ingested()
    assert ChecksumFile.objects.get(name="a.tif").siblings == ["a.tif.msk"]


def test_damage_is_told_at_once(ingested, file_server):
    write_scene(file_server.folder / "a.tif", size=512)
    content = (file_server.folder / "a.tif").read_bytes()
    (file_server.folder / "a.tif").write_bytes(content[: len(content) // 2])
    source = ingested()
    assert (source.state, source.error_code) == (State.FAILED, "truncated")


def test_store_that_stays_away_fails_at_last(ingested, file_server, settings):
    settings.INGEST_RETRIES = 2
    file_server.faults["/a.tif"] = [503] * 60
    assert [ingested().state for _ in range(3)] == [State.QUEUED, State.QUEUED, State.FAILED]
    source = ingested()
    assert source.error_code == "source_unreachable"
    file_server.faults.clear()
    write_scene(file_server.folder / "a.tif")
    retry_sources(IngestSource.objects.all())
    assert ingested().state == State.SUCCEEDED


@pytest.mark.parametrize(
    "trouble",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OperationalError("database is locked"),
        ClientError(STORAGE_FAILS, "PutObject"),
        EndpointConnectionError(endpoint_url="https://storage.example.org"),
    ],
    ids=repr,
)
def test_our_own_trouble_fails_no_source(ingested, file_server, monkeypatch, settings, trouble):
    settings.INGEST_RETRIES = 0
    write_scene(file_server.folder / "a.tif")

    def fail(**_: object) -> None:
        raise trouble

    with monkeypatch.context() as patched:
        patched.setattr("catalog.services.ingest.imagery.store_blob", fail)
        assert ingested().state == State.QUEUED
    assert ingested().state == State.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_source_whose_item_is_deleted_meanwhile_is_cancelled(ingested, file_server, monkeypatch):
    write_scene(file_server.folder / "a.tif")
    gone = Item(pk=987654321)
    monkeypatch.setattr("catalog.services.ingest.sources.write_imagery_item", lambda *_, **__: gone)
    assert ingested().state == State.CANCELLED


def test_source_waits_for_its_time(ingested, file_server, monkeypatch):
    sent = []
    monkeypatch.setattr("catalog.services.ingest.jobs._send", lambda _, pk: sent.append(pk))
    monkeypatch.setattr("catalog.services.ingest.jobs._queue_is_empty", lambda: True)
    file_server.faults["/a.tif"] = [503] * 60
    source = ingested()
    process_source(source.pk)
    source.refresh_from_db()
    assert source.retries == 1
    redispatch_lost_sources()
    assert sent == []
    IngestSource.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    redispatch_lost_sources()
    assert sent == [source.pk]
