import io
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import ApiToken, ChecksumFile, Collection, IngestJob, IngestSource, Item, Membership
from catalog.services.access.tokens import create_token
from catalog.services.collections.versions import collection_version
from catalog.services.files.storing import store_upload
from catalog.services.items.writing import upsert_item
from tests.catalog.factories import (
    ChecksumFileFactory,
    CollectionFactory,
    IngestJobFactory,
    IngestSourceFactory,
    ItemFactory,
    MembershipFactory,
    UserFactory,
)

MODELS = (ApiToken, ChecksumFile, Collection, IngestJob, IngestSource, Item, Membership)


@pytest.fixture
def superuser(db) -> User:
    del db
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def client(superuser) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def _rows(superuser) -> None:
    """One row of each kind, with what is most likely to trip a page."""
    collection = MembershipFactory(user=superuser, collection=CollectionFactory(id="a b/100%"[:3] + "#?é")).collection
    item = ItemFactory(collection=collection, item_id="scene 1?")
    job = IngestJobFactory(collection=collection)
    file = ChecksumFileFactory(collection=collection, siblings=["a.ovr"])
    IngestSourceFactory(job=job, state="failed", error_code="truncated", item=item)
    IngestSourceFactory(job=job, kind="file", href="", file=file)
    create_token(user=superuser, name="script")


def _page(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("model", MODELS)
def test_admin_pages_of_each_model_open(client, model):
    assert client.get(_page(model, "changelist")).status_code == 200
    searched = bool(admin.site.get_model_admin(model).search_fields)
    assert not searched or client.get(_page(model, "changelist"), {"q": "script"}).status_code == 200
    for row in model.objects.all():
        assert client.get(_page(model, "change", row.pk)).status_code == 200
        assert client.get(_page(model, "history", row.pk)).status_code == 200
        assert client.get(_page(model, "delete", row.pk)).status_code == 200
    adds = admin.site.get_model_admin(model) and model in {ApiToken, Collection, Membership}
    assert client.get(_page(model, "add")).status_code == (200 if adds else 403)


@pytest.mark.usefixtures("_rows")
def test_admin_deletes_a_collection_with_all_that_is_in_it(client):
    collection = Collection.objects.exclude(memberships=None).get()
    assert client.post(_page(Collection, "delete", collection.pk), {"post": "yes"}).status_code == 302
    assert not Item.objects.exists()


def test_admin_makes_a_token_that_is_shown_once(client, superuser):
    answer = client.post(_page(ApiToken, "add"), {"user": superuser.pk, "name": "script"}, follow=True)
    assert "gd_" in answer.content.decode()
    assert ApiToken.objects.get().name == "script"


def test_admin_with_a_token_that_has_expired_says_so(client, superuser):
    past = timezone.now() - timedelta(days=1)
    fields = {"user": superuser.pk, "name": "script", "expires_0": past.date(), "expires_1": "10:00:00"}
    answer = client.post(_page(ApiToken, "add"), fields)
    assert answer.status_code == 200
    assert "expires in the future" in answer.content.decode()


def _staff(*codenames):
    staff = UserFactory(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(staff)
    return staff, client


def test_admin_makes_no_token_of_others_for_staff(superuser):
    staff, client = _staff("add_apitoken", "view_apitoken")
    client.post(_page(ApiToken, "add"), {"user": superuser.pk, "name": "stolen"})
    assert not ApiToken.objects.exists()
    client.post(_page(ApiToken, "add"), {"user": staff.pk, "name": "own"})
    assert ApiToken.objects.get().user == staff


@pytest.mark.parametrize(("codename", "state"), [("view", "failed"), ("change", "queued")])
@pytest.mark.parametrize("model", [IngestJob, IngestSource])
@pytest.mark.django_db
def test_admin_retries_for_those_who_may_change(model, codename, state):
    source = IngestSourceFactory(state="failed", error_code="truncated")
    _, client = _staff(*(f"{verb}_{model._meta.model_name}" for verb in {"view", codename}))
    chosen = source.pk if model is IngestSource else source.job_id
    client.post(_page(model, "changelist"), {"action": "retry", "_selected_action": chosen})
    source.refresh_from_db()
    assert source.state == state


COLLECTION_FORM = {
    "license": "other",
    "keywords": "[]",
    "extra": "{}",
    "memberships-TOTAL_FORMS": "0",
    "memberships-INITIAL_FORMS": "0",
}


def test_admin_changes_a_collection_and_not_its_id(client, collection, django_capture_on_commit_callbacks):
    cache.clear()
    fields = {**COLLECTION_FORM, "id": "other", "title": "New", "visibility": "private"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(_page(Collection, "change", collection.pk), fields).status_code == 302
    assert list(Collection.objects.values_list("id", "title", "version")) == [("scenes", "New", 2)]
    assert collection_version("scenes"), "what processes remember of it is forgotten"


def test_admin_adds_a_collection(client):
    assert (
        client.post(_page(Collection, "add"), {**COLLECTION_FORM, "id": "new", "visibility": "public"}).status_code
        == 302
    )
    assert Collection.objects.get().pk == "new"


def test_admin_deletes_a_membership_and_what_is_remembered_of_it(
    client, collection, django_capture_on_commit_callbacks
):
    cache.clear()
    membership = MembershipFactory(collection=collection, role="viewer")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(_page(Membership, "delete", membership.pk), {"post": "yes"})
    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert collection_version(collection.pk)


@pytest.mark.parametrize("action", [True, False])
def test_admin_keeps_the_last_owner_of_a_collection(client, collection, action):
    owner = Membership.objects.get()
    if action:
        fields = {"action": "delete_selected", "_selected_action": owner.pk, "post": "yes"}
        answer = client.post(_page(Membership, "changelist"), fields)
    else:
        answer = client.post(_page(Membership, "delete", owner.pk), {"post": "yes"})
    assert answer.status_code in {200, 403}
    assert Membership.objects.filter(collection=collection, role="owner").exists()


def test_admin_takes_no_role_from_the_last_owner(client, collection):
    owner = Membership.objects.get()
    answer = client.post(_page(Membership, "change", owner.pk), {"role": "viewer"})
    assert "keeps at least one owner" in answer.content.decode()
    client.post(
        _page(Membership, "change", MembershipFactory(collection=collection, role="viewer").pk), {"role": "owner"}
    )
    assert client.post(_page(Membership, "change", owner.pk), {"role": "viewer"}).status_code == 302
    assert sorted(Membership.objects.values_list("role", flat=True)) == ["owner", "viewer"]


def _members_form(*rows):
    """Return the members on a collection's page: each a membership's key, a user's, a role, and whether it goes."""
    fields = {
        "memberships-TOTAL_FORMS": str(len(rows)),
        "memberships-INITIAL_FORMS": str(sum(bool(r[0]) for r in rows)),
    }
    for number, (pk, user, role, goes) in enumerate(rows):
        prefix = f"memberships-{number}"
        fields |= {f"{prefix}-id": pk or "", f"{prefix}-collection": "scenes", f"{prefix}-user": user}
        fields |= {f"{prefix}-role": role} | ({f"{prefix}-DELETE": "on"} if goes else {})
    return {**COLLECTION_FORM, "title": "Same", "visibility": "public", **fields}


def test_admin_hands_a_collection_over_on_its_own_page(client, collection):
    owner, heir = Membership.objects.get(), UserFactory()
    page = _page(Collection, "change", collection.pk)
    refused = client.post(page, _members_form((owner.pk, owner.user_id, "owner", True)))
    assert "keeps at least one owner" in refused.content.decode()
    kept = (owner.pk, owner.user_id, "owner", True)
    assert client.post(page, _members_form(kept, (None, heir.pk, "owner", False))).status_code == 302
    assert list(Membership.objects.values_list("user_id", "role")) == [(heir.pk, "owner")]


def test_admin_refuses_a_collection_whose_parts_are_none(client, collection):
    fields = {**COLLECTION_FORM, "title": "x", "visibility": "public", "extra": '{"renders": 1}', "queryables": "[1]"}
    answer = client.post(_page(Collection, "change", collection.pk), fields)
    assert answer.status_code == 200
    assert {"extra", "queryables"} == set(answer.context["adminform"].form.errors)


def test_admin_deletes_items_and_their_collection_follows(client, collection):
    for number, west in enumerate((0, 50)):
        properties = {"datetime": "2024-05-01T00:00:00Z", "platform": f"p{number}"}
        geometry = {"type": "Point", "coordinates": [west, 0]}
        document = {
            "type": "Feature",
            "stac_version": "1.1.0",
            "id": f"i{number}",
            "geometry": geometry,
            "links": [],
            "bbox": [west, 0, west, 0],
            "properties": properties,
            "assets": {},
        }
        upsert_item(collection_id=collection.pk, document=document)
    chosen = Item.objects.get(item_id="i1").pk
    client.post(_page(Item, "changelist"), {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    collection.refresh_from_db()
    assert collection.bbox == [0, 0, 0, 0]
    assert collection.derived["summaries"]["platform"] == ["p0"]
    client.post(_page(Item, "delete", Item.objects.get().pk), {"post": "yes"})
    collection.refresh_from_db()
    assert collection.bbox is None
    assert not collection.derived


def test_admin_deletes_a_file_with_what_is_stored(client, superuser, django_capture_on_commit_callbacks):
    file = store_upload(user=superuser, name="a.tif", stream=io.BytesIO(b"bytes"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(_page(ChecksumFile, "delete", file.pk), {"post": "yes"})
    assert not ChecksumFile.objects.exists()
    assert not default_storage.exists(file.blob.name)


def test_admin_deletes_a_collection_with_its_stored_files(
    client, superuser, collection, django_capture_on_commit_callbacks
):
    file = store_upload(user=superuser, name="a.tif", stream=io.BytesIO(b"bytes"))
    ChecksumFile.objects.update(collection=collection)
    IngestSourceFactory(job=IngestJobFactory(collection=collection), kind="file", href="", file=file)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(_page(Collection, "delete", collection.pk), {"post": "yes"})
    assert not Collection.objects.exists()
    assert not default_storage.exists(file.blob.name)


def test_admin_deletes_a_source_and_its_job_ends(client):
    job = IngestJobFactory()
    IngestSourceFactory(job=job, state="succeeded")
    client.post(_page(IngestSource, "delete", IngestSourceFactory(job=job).pk), {"post": "yes"})
    job.refresh_from_db()
    assert job.finished
    client.post(_page(IngestJob, "delete", job.pk), {"post": "yes"})
    assert not IngestSource.objects.exists()


def test_admin_keeps_the_account_of_a_last_owner(client, collection, user):
    answer = client.post(_page(User, "delete", user.pk), {"post": "yes"})
    assert "make somebody else its owner" in answer.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": user.pk, "post": "yes"}
    assert "make somebody else its owner" in client.post(_page(User, "changelist"), chosen).content.decode()
    assert User.objects.filter(pk=user.pk).exists()
    MembershipFactory(collection=collection, role="owner")
    assert client.post(_page(User, "delete", user.pk), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=user.pk).exists()


def test_admin_writes_accounts_with_groups_and_passwords(client, collection, django_capture_on_commit_callbacks):
    team = Group.objects.create(name="radiology")
    Membership.objects.create(collection=collection, group=team)
    made = {"username": "new", "password1": "right-horse-battery", "password2": "right-horse-battery"}
    client.post(_page(User, "add"), {**made, "usable_password": "true"})
    new = User.objects.get(username="new")
    assert new.check_password("right-horse-battery")
    cache.clear()
    joined = {"0": "2024-01-01", "1": "10:00:00"}
    fields = {
        "username": "new",
        "is_active": "on",
        "groups": team.pk,
        **{f"date_joined_{k}": v for k, v in joined.items()},
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(_page(User, "change", new.pk), fields).status_code == 302
    assert list(new.groups.all()) == [team]
    assert collection_version(collection.pk), "what processes remember of who sees it is forgotten"
    page = reverse("admin:auth_user_password_change", args=[new.pk])
    changed = {"password1": "other-horse-battery", "password2": "other-horse-battery", "usable_password": "true"}
    assert client.post(page, changed).status_code == 302
    new.refresh_from_db()
    assert new.check_password("other-horse-battery")


def test_admin_writes_and_deletes_groups(client, collection, django_capture_on_commit_callbacks):
    client.post(_page(Group, "add"), {"name": "radiology"})
    team = Group.objects.get()
    client.post(_page(Membership, "add"), {"collection": collection.pk, "group": team.pk, "role": "viewer"})
    assert Membership.objects.filter(group=team, role="viewer").exists()
    page = _page(Membership, "change", Membership.objects.get(group=team).pk)
    assert client.post(page, {"role": "editor"}).status_code == 302
    both = {"collection": collection.pk, "group": team.pk, "user": UserFactory().pk, "role": "viewer"}
    assert client.post(_page(Membership, "add"), both).status_code == 200
    assert client.post(_page(Membership, "add"), {"collection": collection.pk, "role": "viewer"}).status_code == 200
    cache.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(_page(Group, "delete", team.pk), {"post": "yes"})
    assert not Group.objects.exists()
    assert collection_version(collection.pk)
