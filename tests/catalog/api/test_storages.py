"""`/api/storages/` and its pages in the admin."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from catalog.models import AuditEntry, Storage
from catalog.services.storages.secrets import decrypt
from tests.catalog.factories import UserFactory

BODY = {
    "name": "Archive",
    "href": "s3://archive/2024",
    "credentials": {"access_key_id": "AKIA", "secret_access_key": "x"},
}


@pytest.fixture
def superuser(db):
    del db
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def staff_api(superuser) -> APIClient:
    client = APIClient()
    client.force_authenticate(superuser)
    return client


def test_storage_is_made_changed_and_deleted(staff_api, collection):
    made = staff_api.post("/api/storages/", {**BODY, "collections": ["scenes"], "requests": 5, "connections": 4})
    assert made.status_code == 201, made.content
    body = made.json()
    assert made["Location"] == body["links"]["self"]
    assert (body["href"], body["collections"], body["has_credentials"]) == ("s3://archive/2024/", ["scenes"], True)
    assert not {"credentials", "secrets", "events_secret"} & body.keys()
    changed = staff_api.patch(body["links"]["self"], {"region": "eu-west-1", "href": "s3://other/", "collections": []})
    assert (changed.json()["region"], changed.json()["collections"]) == ("eu-west-1", [])
    # Where it is stays, and so does what nothing was said of.
    assert changed.json()["href"] == "s3://archive/2024/"
    assert decrypt(Storage.objects.get().secrets) == BODY["credentials"]
    again = staff_api.post("/api/storages/", BODY)
    assert (again.status_code, again.json()["code"]) == (409, "storage_exists")
    wrong = staff_api.post("/api/storages/", {**BODY, "href": "file:///etc/"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_input")
    assert staff_api.delete(body["links"]["self"]).status_code == 204
    entries = AuditEntry.objects.filter(action__startswith="storage.")
    assert [entry.action for entry in entries.order_by("pk")] == ["storage.made", "storage.changed", "storage.deleted"]
    assert "AKIA" not in str(list(entries.values()))
    del collection


def test_editors_see_what_they_may_ingest_from_and_nothing_of_how(staff_api, api, collection):
    del collection
    made = staff_api.post("/api/storages/", {**BODY, "collections": ["scenes"]}).json()
    found = api.get("/api/storages/").json()["results"]
    assert [set(each) for each in found] == [{"id", "name", "href", "requester_pays", "is_open", "links"}]
    refused = api.patch(made["links"]["self"], {"region": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert api.post("/api/storages/", BODY).status_code == 403
    stranger = APIClient()
    stranger.force_authenticate(UserFactory())
    assert stranger.get("/api/storages/").json()["results"] == []
    assert stranger.get(made["links"]["self"]).json()["code"] == "storage_not_found"


def test_check_says_whether_the_store_answers(staff_api, collection, bucket):
    del collection
    bucket.put_object(Bucket="imagery", Key="a.tif", Body=b"x")
    made = staff_api.post("/api/storages/", {"name": "Imagery", "href": "s3://imagery/", "is_open": True}).json()
    assert staff_api.post(made["links"]["check"]).json() == {"ok": True, "error": None}
    none = staff_api.post("/api/storages/", {"name": "None", "href": "s3://no-bucket/", "is_open": True}).json()
    assert staff_api.post(none["links"]["check"]).json()["error"]["code"] == "source_not_found"


def test_admin_writes_secrets_and_shows_none(superuser, collection):
    client = Client()
    client.force_login(superuser)
    given = {"name": "Archive", "href": "s3://archive", "access_key_id": "AKIA", "secret_access_key": "hidden-secret"}
    add = reverse("admin:catalog_storage_add")
    assert client.get(add).status_code == 200
    answer = client.post(add, {**given, "collections": [collection.pk]})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    storage = Storage.objects.get()
    assert decrypt(storage.secrets) == {"access_key_id": "AKIA", "secret_access_key": "hidden-secret"}
    assert [each.pk for each in storage.collections.all()] == [collection.pk]
    change = reverse("admin:catalog_storage_change", args=[storage.pk])
    page = client.get(change).content
    assert b"hidden-secret" not in page
    assert b"AKIA" not in page
    assert client.post(change, {"name": "Renamed", "requests": "2"}).status_code == 302
    storage.refresh_from_db()
    assert (storage.name, storage.href, storage.requests) == ("Renamed", "s3://archive/", 2.0)
    assert decrypt(storage.secrets)["access_key_id"] == "AKIA"
    assert client.post(change, {"name": "Renamed", "forget_credentials": "on"}).status_code == 302
    storage.refresh_from_db()
    assert storage.secrets == ""
    listing = reverse("admin:catalog_storage_changelist")
    client.post(listing, {"action": "delete_selected", "_selected_action": [storage.pk], "post": "yes"})
    assert not Storage.objects.exists()
