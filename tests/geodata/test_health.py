import threading
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from geodata import needs
from tests.services.processes import wait_until


def test_healthz_process_lives_answers_without_database(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_everything_answers_is_200(client):
    names = ["database", "geometry", "migrations", "redis", "storage", "folders", "disk"]
    assert client.get("/readyz").json() == {"status": "ok", "checked": names}


@pytest.mark.django_db
def test_readyz_redis_gone_is_503_and_names_it(client, settings):
    from geodata.settings.databases import caches

    settings.CACHES = caches("unix:///nowhere/redis.sock")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "code": "NotReady",
        "description": "The site isn't ready for want of: redis.",
        "failed": ["redis"],
        "advice": {
            "redis": "Is the server of REDIS_URL up? Without it tiles are rendered anew and nothing is ingested."
        },
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_storage_refuses_is_503(client, monkeypatch):
    def refuse(name: str) -> bool:
        raise PermissionError(name)

    monkeypatch.setattr(default_storage, "exists", refuse)
    assert client.get("/readyz").json()["failed"] == ["storage"]


def test_healthz_post_is_refused(client):
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_database_lacks_a_migration_is_503_and_says_what_to_do(client, monkeypatch):
    monkeypatch.setattr(needs, "_migrated", [])
    MigrationRecorder(connection).migration_qs.filter(app="catalog").order_by("-name")[0].delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["advice"] == {"migrations": "The database is older than this code: run manage.py migrate."}


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_full_disk_is_503_and_says_what_to_do(client, monkeypatch):
    monkeypatch.setattr(needs.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["failed"]) == (503, ["disk"])
    assert answer.json()["advice"]["disk"].startswith("Less than 256 MiB are free below GEODATA_DATA_DIR")


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_read_only_folder_is_503_and_says_what_to_do(client, monkeypatch):
    # As of a read-only disk: rights would stop nobody who is root.
    monkeypatch.setattr(needs.os, "access", lambda *_: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["failed"]) == (503, ["folders"])
    assert "writable" in answer.json()["advice"]["folders"]


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_bucket_that_hangs_is_waited_for_once(client, monkeypatch):
    monkeypatch.setattr(needs, "STORAGE_SECONDS", 0.01)
    answered = threading.Event()
    monkeypatch.setattr(default_storage, "exists", lambda _: answered.wait(30))
    for _ in range(2):
        assert client.get("/readyz").json()["failed"] == ["storage"]
    [asked] = needs._asking
    answered.set()
    wait_until(asked.done, what="the answer of the storage")


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_database_away_tells_nothing_that_hangs_on_it(client, monkeypatch):
    def refuse(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse)
    assert client.get("/readyz").json()["failed"] == ["database"]
