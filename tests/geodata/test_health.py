import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from geodata import health


def test_healthz_process_lives_answers_without_database(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_site")
def test_readyz_everything_answers_is_200(client):
    assert client.get("/readyz").json() == {"status": "ok", "checked": ["database", "redis", "storage"]}


@pytest.mark.django_db
def test_readyz_redis_gone_is_503_and_names_it(client, settings):
    from geodata.settings.databases import caches

    settings.CACHES = caches("unix:///nowhere/redis.sock")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "code": "NotReady",
        "description": "These do not answer: redis.",
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
    monkeypatch.setattr(health, "_migrated", [])
    MigrationRecorder(connection).migration_qs.filter(app="catalog").order_by("-name")[0].delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["advice"] == {"migrations": "The database is older than this code: run manage.py migrate."}
