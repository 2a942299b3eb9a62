import pytest
from django.core.files.storage import default_storage


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
