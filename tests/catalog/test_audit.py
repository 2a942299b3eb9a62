"""What is recorded of changes: who, what, when and from where, for good."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import AuditEntry, Collection, Item
from catalog.services.access.tokens import create_token
from catalog.services.audit import Action, prune_audit, record
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from catalog.tasks import prune_audit_task
from tests.catalog.factories import UserFactory
from tests.catalog.imagery import write_scene

pytestmark = pytest.mark.django_db


def item_document(item_id: str, **members: Any) -> dict[str, Any]:
    return {
        "type": "Feature", "stac_version": "1.1.0", "id": item_id, "geometry": None, "links": [], "assets": {},
        "properties": {"datetime": "2024-05-01T00:00:00Z"}, "collection": "new", **members,
    }  # fmt: skip


@pytest.fixture
def program(user) -> APIClient:
    """Return a client that signs in by a token, from an address that is told apart."""
    client = APIClient(REMOTE_ADDR="192.0.2.7")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(user=user, name='script')[1]}")
    AuditEntry.objects.all().prune(before=timezone.now() + timedelta(days=1))
    return client


def _last(count: int = 1) -> list[tuple[str, str, str]]:
    return [(e.action, e.target, e.collection_id) for e in AuditEntry.objects.order_by("-pk")[:count]][::-1]


def test_changes_by_the_apis_say_who_and_from_where(program, user):
    Group.objects.create(name="radiology")
    friend = UserFactory(username="friend")
    stac, api = "/stac/collections/new", "/api/collections/new"
    asset = {"a": {"href": "https://example.org/a.tif"}}
    steps = [
        ("post", "/api/collections/", {"id": "new"}, ("collection.made", "new", "new")),
        ("patch", f"{api}/", {"title": "New"}, ("collection.changed", "new", "new")),
        ("post", f"{api}/members/", {"username": "friend", "role": "editor"}, ("members.changed", "new", "new")),
        ("post", f"{api}/members/", {"group": "radiology"}, ("members.changed", "new", "new")),
        ("delete", f"{api}/members/?group=radiology", None, ("members.changed", "new", "new")),
        ("post", f"{stac}/items", item_document("a"), ("item.made", "a", "new")),
        ("put", f"{stac}/items/a", item_document("a", assets=asset), ("item.changed", "a", "new")),
        ("patch", f"{stac}/items/a", {"properties": {"title": "A"}}, ("item.changed", "a", "new")),
        ("delete", f"{stac}/items/a", None, ("items.deleted", "a", "new")),
        ("patch", stac, {"title": "Newer"}, ("collection.changed", "new", "new")),
        ("put", f"{stac}/queryables", {"properties": {"x": {"type": "string"}}}, ("collection.changed", "new", "new")),
        ("post", "/api/signatures/", {"collection": "new"}, ("signature.made", "new", "new")),
        ("post", f"{api}/revoke-signatures/", {}, ("signatures.revoked", "new", "new")),
        ("post", "/api/tokens/", {"name": "other"}, ("token.made", None, "")),
        ("post", "/tiles/searches/", {"collections": ["new"]}, ("search.registered", None, "")),
        ("delete", stac, None, ("collection.deleted", "new", "new")),
    ]
    for number, (method, path, body, expected) in enumerate(steps, start=1):
        answer = getattr(program, method)(path, body, format="json")
        assert answer.status_code < 300, (path, answer.content)
        assert AuditEntry.objects.count() == number, (path, _last(3))
        action, target, collection_id = _last()[0]
        assert (action, collection_id) == (expected[0], expected[2]), path
        assert expected[1] in {None, target}, path
    for entry in AuditEntry.objects.all():
        assert (entry.user_id, entry.who, entry.way, entry.address) == (user.pk, user.username, "web", "192.0.2.7")
        assert entry.token.startswith("gd_")
    assert friend.username in str(AuditEntry.objects.filter(action="members.changed").values_list("detail"))
    assert AuditEntry.objects.filter(detail__assets=["a"]).get().target == "a"


def test_questions_and_refusals_record_nothing(program, collection):
    stranger = APIClient()
    for client in (program, stranger):
        client.get("/api/collections/")
        client.post("/stac/search", {}, format="json")
    stranger.post("/api/collections/", {"id": "new"}, format="json")
    program.post("/api/collections/", {"id": collection.pk}, format="json")
    program.patch("/api/collections/none/", {"title": "x"}, format="json")
    assert not AuditEntry.objects.exists()


def test_uploads_ingests_and_what_workers_write_are_recorded(program, user, collection, tmp_path):
    write_scene(tmp_path / "scene.tif")
    with (tmp_path / "scene.tif").open("rb") as stream:
        stored = program.post(
            "/api/files/?name=scene.tif", stream.read(), content_type="application/octet-stream"
        ).json()
    assert _last() == [("file.stored", "scene.tif", "")]
    job = create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(file=UUID(stored["id"]))])
    process_source(job.sources.get().pk)
    assert _last(2) == [("ingest.asked", str(job.pk), "scenes"), ("item.made", "scene", "scenes")]
    written = AuditEntry.objects.order_by("-pk")[0]
    assert (written.who, written.way, written.address) == (user.username, "command", None)
    count = AuditEntry.objects.count()
    process_source(job.sources.get().pk)
    assert AuditEntry.objects.count() == count, "nothing was changed"


def test_bulk_is_recorded_once_with_the_ids(program, collection):
    items = {name: item_document(name, collection="scenes") for name in ("a", "b")}
    answer = program.post(
        f"/stac/collections/{collection.pk}/bulk_items", {"items": items, "method": "insert"}, format="json"
    )
    assert answer.status_code < 300, answer.content
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("items.written", {"made": ["a", "b"]})


def test_changes_in_the_admin_are_recorded(collection):
    admin = UserFactory(username="root", is_staff=True, is_superuser=True)
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(admin)
    item = Item.objects.create(
        collection=collection, item_id="a", start_datetime=timezone.now(), end_datetime=timezone.now()
    )
    chosen = {"action": "delete_selected", "_selected_action": item.pk, "post": "yes"}
    client.post(reverse("admin:catalog_item_changelist"), chosen)
    client.post(reverse("admin:auth_group_add"), {"name": "radiology"})
    client.post(reverse("admin:catalog_collection_delete", args=["scenes"]), {"post": "yes"})
    assert not Collection.objects.exists()
    assert [action for action, _, _ in _last(3)] == ["items.deleted", "group.written", "collection.deleted"]
    assert {(e.who, e.address, e.way) for e in AuditEntry.objects.all()} == {("root", "192.0.2.9", "web")}


def test_record_is_looked_at_and_filtered_and_neither_changed_nor_deleted(client):
    root = UserFactory(username="root", is_staff=True, is_superuser=True)
    record(Action.COLLECTION_MADE, target="scenes", collection_id="scenes", user=root)
    record(Action.TOKEN_MADE, target="x" * 600, user=root)
    entry = AuditEntry.objects.get(collection_id="scenes")
    client.force_login(root)
    pages = {page: reverse(f"admin:catalog_auditentry_{page}", args=[entry.pk]) for page in ("change", "delete")}
    listed = reverse("admin:catalog_auditentry_changelist")
    found = client.get(listed, {"action__exact": "collection.made", "q": "root"})
    assert found.context["cl"].result_count == 1
    assert client.get(listed, {"q": "scenes"}).status_code == 200
    assert client.get(pages["change"]).status_code == 200
    assert client.post(pages["change"], {"who": "nobody"}).status_code == 403
    assert client.post(pages["delete"], {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:catalog_auditentry_add")).status_code == 403
    entry.who = "nobody"
    for change in (
        entry.save,
        entry.delete,
        lambda: AuditEntry.objects.update(who="nobody"),
        AuditEntry.objects.all().delete,
    ):
        with pytest.raises(TypeError):
            change()
    assert AuditEntry.objects.filter(who="root").count() == 2


@pytest.mark.parametrize(("days", "kept"), [(30, 1), (0, 2), (500, 2)])
def test_record_is_pruned_by_a_setting(settings, days, kept):
    settings.AUDIT_DAYS = days
    record(Action.TOKEN_MADE)
    AuditEntry(action=Action.TOKEN_MADE, way="web", when=timezone.now() - timedelta(days=31)).save()
    assert prune_audit() == 2 - kept
    prune_audit_task()
    assert AuditEntry.objects.count() == kept


def test_upload_that_breaks_off_is_not_recorded(program):
    answer = program.post("/api/files/?name=a.tif", io.BytesIO(b"").read(), content_type="application/octet-stream")
    assert answer.status_code == 400
    assert not AuditEntry.objects.exists()
