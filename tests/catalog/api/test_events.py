"""`POST /api/storages/{id}/events/`: what stores tell, and whom is believed."""

import base64
import hashlib
import hmac
import json

import pytest
from django.test import Client

from catalog.models import IngestSource, Item, WatchedFile
from catalog.services.ingest.sources import process_source
from catalog.services.storages.editing import create_storage
from catalog.services.watches.crawling import process_crawl
from catalog.services.watches.editing import create_watch
from tests.catalog.factories import UserFactory
from tests.catalog.imagery import write_scene

SECRET = "a secret of sixteen or more"


@pytest.fixture
def storage(db, bucket):
    del db, bucket
    staff = UserFactory(is_staff=True, is_superuser=True)
    values = {"name": "Imagery", "is_open": True, "events_secret": SECRET}
    return create_storage(user=staff, href="s3://imagery/", values=values)


@pytest.fixture
def watch(user, collection, storage):
    del storage
    watch = create_watch(user=user, collection_id=collection.pk, href="s3://imagery/2024/")
    process_crawl(watch.crawls.get().pk)
    return watch


@pytest.fixture
def put(bucket, tmp_path):
    """Put an image, and return its ETag as events have it."""

    def run(key: str, *, seed: int = 0) -> str:
        write_scene(tmp_path / "image.tif", size=64, seed=seed)
        body = (tmp_path / "image.tif").read_bytes()
        return bucket.put_object(Bucket="imagery", Key=key, Body=body)["ETag"].strip('"')

    return run


def s3_event(kind: str, key: str, etag: str = "") -> dict:
    found = {"key": key, "size": 5, "eTag": etag, "sequencer": "1"}
    return {"eventName": kind, "eventSource": "aws:s3", "s3": {"bucket": {"name": "imagery"}, "object": found}}


def eventbridge(kind: str, key: str, etag: str = "") -> dict:
    detail = {"bucket": {"name": "imagery"}, "object": {"key": key, "size": 5, "etag": etag}}
    return {"version": "0", "detail-type": kind, "source": "aws.s3", "detail": detail}


def in_sns(document: dict) -> dict:
    return {"Type": "Notification", "MessageId": "1", "TopicArn": "arn", "Message": json.dumps(document)}


def tell(storage, document, *, secret: str = SECRET, headers: dict | None = None):
    body = json.dumps(document)
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    given = {"X-Geodata-Signature": f"sha256={signature}"} if headers is None else headers
    path = f"/api/storages/{storage.pk}/events/"
    return Client().post(path, body, content_type="text/plain; charset=UTF-8", headers=given)


def work_off(watch) -> None:
    for crawl in watch.crawls.filter(finished__isnull=True):
        process_crawl(crawl.pk)
    for pk in IngestSource.objects.filter(state="queued").values_list("pk", flat=True):
        process_source(pk)


@pytest.mark.parametrize("shape", ["s3", "sns", "eventbridge", "eventbridge in sns"])
def test_object_that_came_is_ingested_and_marked_when_it_is_gone(shape, storage, watch, put, bucket):
    def event(kind: str, etag: str = "") -> dict:
        if "eventbridge" in shape:
            found = eventbridge(f"Object {kind}", "2024/a b.tif", etag)
        else:
            name = {"Created": "ObjectCreated:Put", "Deleted": "ObjectRemoved:Delete"}[kind]
            found = {"Records": [s3_event(name, "2024/a+b.tif", etag)]}
        return in_sns(found) if "sns" in shape else found

    came = event("Created", put("2024/a b.tif"))
    told = tell(storage, came)
    assert (told.status_code, told.json()["created"]) == (202, 1), told.content
    # Told twice is as told once, before it was looked at and after.
    assert tell(storage, came).json()["duplicates"] == 1
    work_off(watch)
    assert tell(storage, came).json()["duplicates"] == 1
    assert not watch.crawls.filter(finished__isnull=True).exists()
    assert Item.objects.get().item_id == "a b"
    assert IngestSource.objects.count() == 1
    # The next crawl finds nothing new.
    bucket.delete_object(Bucket="imagery", Key="2024/a b.tif")
    assert tell(storage, event("Deleted")).json()["removed"] == 1
    work_off(watch)
    assert Item.objects.get().properties["deprecated"] is True
    assert tell(storage, event("Deleted")).json()["ignored"] == 1
    assert not WatchedFile.objects.exists()


def test_late_word_of_a_removal_marks_nothing_that_is_there(storage, watch, put):
    tell(storage, {"Records": [s3_event("ObjectCreated:Put", "2024/a.tif", put("2024/a.tif"))]})
    work_off(watch)
    tell(storage, {"Records": [s3_event("ObjectRemoved:Delete", "2024/a.tif")]})
    work_off(watch)
    assert "deprecated" not in Item.objects.get().properties
    assert WatchedFile.objects.get().gone is False


def test_changed_object_is_read_again(storage, watch, put):
    for seed in (0, 7):
        told = tell(storage, {"Records": [s3_event("ObjectCreated:Put", "2024/a.tif", put("2024/a.tif", seed=seed))]})
        assert told.json()["created"] == 1
        work_off(watch)
    assert IngestSource.objects.count() == 2
    assert Item.objects.get().version > 1


@pytest.mark.parametrize(
    "event",
    [
        {"Records": [s3_event("ObjectCreated:Put", "2024/note.txt", "1")]},
        {"Records": [s3_event("ObjectCreated:Put", "2023/a.tif", "1")]},
        {"Records": [s3_event("ObjectRemoved:Delete", "2024/never.tif")]},
        {"Records": [s3_event("ObjectTagging:Put", "2024/a.tif", "1")]},
        {"Records": []},
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "imagery"},
    ],
)
def test_events_that_concern_nothing_are_ignored(storage, watch, event):
    told = tell(storage, event)
    assert told.status_code == 202
    assert told.json()["created"] == told.json()["removed"] == 0
    assert watch.crawls.count() == 1


@pytest.mark.parametrize(
    "event",
    [
        [], "text", 5, None, {}, {"Records": 5}, {"Records": [{}]}, {"Type": "Notification", "Message": "no JSON"},
        {"Type": "Notification"}, {"source": "aws.s3"}, {"Records": [{"eventName": "ObjectCreated:Put", "s3": []}]},
        {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://evil.example/"},
    ],
)  # fmt: skip
def test_events_that_are_none_are_refused(storage, event):
    told = tell(storage, event)
    assert (told.status_code, told.json()["code"]) == (400, "invalid_event"), told.content


def test_events_are_believed_with_the_secret_alone(storage, watch):
    event = {"Records": [s3_event("ObjectCreated:Put", "2024/a.tif", "1")]}
    basic = base64.b64encode(f"sns:{SECRET}".encode()).decode()
    assert tell(storage, event, headers={"Authorization": f"Basic {basic}"}).status_code == 202
    assert tell(storage, event, headers={"X-Api-Key": SECRET}).status_code == 202
    WatchedFile.objects.all().delete()
    for headers in ({}, {"X-Api-Key": "other"}, {"X-Geodata-Signature": "sha256=00"}, {"Authorization": "Basic !"}):
        told = tell(storage, event, headers=headers)
        assert (told.status_code, told.json()["code"]) == (403, "invalid_signature")
    assert tell(storage, event, secret="another").status_code == 403
    # Without a secret nobody is believed, with an empty one either.
    storage.secrets = ""
    storage.save()
    assert tell(storage, event, secret="").status_code == 403
    assert not WatchedFile.objects.exists()
    del watch


def test_subscription_is_confirmed_where_sns_is(storage, monkeypatch):
    asked = []
    monkeypatch.setattr("catalog.services.storages.events.fetch", lambda href, **_: asked.append(href))
    href = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"
    assert tell(storage, {"Type": "SubscriptionConfirmation", "SubscribeURL": href}).status_code == 202
    assert asked == [href]
