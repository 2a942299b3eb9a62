"""`/api/watches/` as clients meet it."""

import pytest

from catalog.models import AuditEntry, Item, Watch
from catalog.services.watches.crawling import process_crawl

pytestmark = pytest.mark.usefixtures("bucket", "collection")
BODY = {"collection": "scenes", "href": "s3://imagery/2024/"}


@pytest.fixture(autouse=True)
def _broker_away(monkeypatch):
    monkeypatch.setattr("catalog.services.ingest.jobs._send", lambda *_: None)


def test_watch_is_made_crawled_changed_and_deleted(api, bucket):
    bucket.put_object(Bucket="imagery", Key="2024/a.tif", Body=b"x")
    given = {"include": "*.tif", "exclude": ["old/*"], "delete": "remove", "interval": 3600}
    made = api.post("/api/watches/", {**BODY, **given, "options": {"scenes": False}})
    assert made.status_code == 201, made.content
    body = made.json()
    assert made["Location"] == body["links"]["self"]
    assert body["include"] == ["*.tif"]
    assert (body["delete"], body["interval"], body["options"]) == ("remove", 3600, {"scenes": False})
    assert body["last_crawl"]["state"] == "running"
    assert body["next_crawl"]
    process_crawl(Watch.objects.get().crawls.get().pk)
    found = api.get(body["links"]["self"]).json()["last_crawl"]
    assert (found["state"], found["error"], found["pages"]) == ("finished", None, 1)
    assert found["counts"] == {"listed": 1, "skipped": 0, "unchanged": 0, "new": 1, "changed": 0, "gone": 0}
    assert api.get(found["ingest"]).json()["total"] == 1
    assert len(api.get(f"/api/ingests/?watch={body['id']}").json()["results"]) == 1
    again = api.post(body["links"]["crawl"])
    assert (again.status_code, again.json()["state"]) == (202, "running")
    assert api.post(body["links"]["crawl"]).json()["code"] == "crawl_running"
    process_crawl(again.json()["id"])
    assert [each["counts"]["unchanged"] for each in api.get(body["links"]["crawls"]).json()["results"]] == [1, 0]
    changed = api.patch(body["links"]["self"], {"interval": None, "enabled": False})
    assert (changed.json()["interval"], changed.json()["next_crawl"]) == (None, None)
    assert changed.json()["include"] == ["*.tif"]
    assert [each["id"] for each in api.get("/api/watches/").json()["results"]] == [body["id"]]
    assert api.delete(body["links"]["self"]).status_code == 204
    assert api.get(body["links"]["self"]).json()["code"] == "watch_not_found"
    recorded = AuditEntry.objects.filter(action__startswith="watch.").order_by("pk").values_list("action", flat=True)
    assert list(recorded) == ["watch.made", "watch.changed", "watch.deleted"]
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"href": "file:///etc/"}, "source_refused"),
        ({"href": "s3://imagery/../x/"}, "source_refused"),
        ({"collection": "nothing"}, "collection_not_found"),
        ({"interval": 5}, "invalid_input"),
        ({"interval": "often"}, "invalid_input"),
        ({"delete": "burn"}, "invalid_input"),
        ({"since": "yesterday"}, "invalid_input"),
        ({"options": {"scenes": {"pattern": "x"}}}, "invalid_input"),
        ({"include": [5, {}]}, "invalid_input"),
        ({"include": ["*"] * 60}, "invalid_input"),
        ({"href": ""}, "invalid_input"),
    ],
)
def test_watch_that_makes_no_sense_is_refused(api, given, code):
    answer = api.post("/api/watches/", {**BODY, **given})
    assert answer.status_code in {400, 404}, answer.content
    assert answer.json()["code"] == code
    assert answer.json()["description"]
    assert not Watch.objects.exists()


def test_place_is_watched_once_for_a_collection(api):
    assert api.post("/api/watches/", BODY).status_code == 201
    again = api.post("/api/watches/", BODY)
    assert (again.status_code, again.json()["code"]) == (409, "watch_exists")
