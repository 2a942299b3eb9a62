from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import ApiToken
from catalog.services.access.tokens import LAST_USED_GRAIN, create_token, find_token
from tests.catalog.factories import CollectionFactory, MembershipFactory, UserFactory


def _bearer(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_token_made_by_the_api_signs_in(api):
    made = api.post("/api/tokens/", {"name": "script"}, format="json").json()
    assert made["secret"].startswith(made["prefix"])
    listed = _bearer(made["secret"]).get("/api/tokens/").json()["results"]
    assert [(token["name"], "secret" in token) for token in listed] == [("script", False)]
    assert made["secret"] not in str(ApiToken.objects.values())


def test_token_made_by_the_command_signs_in(user, capsys):
    call_command("create_token", user.username)
    assert _bearer(capsys.readouterr().out.strip()).get("/api/tokens/").status_code == 200


@pytest.mark.parametrize("days", [0, -1])
def test_token_made_by_the_command_for_no_days_refuses(user, days):
    with pytest.raises(CommandError, match="future"):
        call_command("create_token", user.username, days=days)


def test_token_deleted_expired_or_of_a_deactivated_user_is_refused(api, user):
    made = api.post("/api/tokens/", {"name": "script"}, format="json").json()
    client = _bearer(made["secret"])
    ApiToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/tokens/").status_code == 401
    ApiToken.objects.update(expires=None)
    user.is_active = False
    user.save()
    assert client.get("/api/tokens/").status_code == 401
    user.is_active = True
    user.save()
    assert client.delete(f"/api/tokens/{made['id']}/").status_code == 204
    answer = client.get("/api/tokens/")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_token_expiring_in_the_past_refuses(api):
    answer = api.post("/api/tokens/", {"name": "x", "expires": "2020-01-01T00:00:00Z"}, format="json")
    assert answer.status_code == 400
    assert "expires" in answer.json()["description"]


@pytest.mark.django_db
def test_token_of_others_is_not_found(api):
    other = UserFactory()
    token = ApiToken.objects.create(user=other, name="theirs", digest="x" * 64, prefix="gd_x")
    assert api.delete(f"/api/tokens/{token.pk}/").status_code == 404


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Bearer gd_" + "x" * 5000])
@pytest.mark.django_db
def test_token_that_is_unknown_is_unauthorized(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get("/api/collections/").status_code == 401


def test_collection_is_made_changed_and_shared(api):
    made = api.post("/api/collections/", {"id": "new", "title": "New", "visibility": "private"}, format="json")
    assert made.status_code == 201
    assert APIClient().get("/api/collections/new/").status_code == 404
    assert api.patch("/api/collections/new/", {"visibility": "public"}, format="json").status_code == 200
    assert APIClient().get("/api/collections/new/").json()["title"] == "New"
    friend = UserFactory()
    answer = api.post("/api/collections/new/members/", {"username": friend.username, "role": "editor"}, format="json")
    assert answer.status_code == 201
    assert len(api.get("/api/collections/new/members/").json()) == 2


def test_collection_id_that_is_taken_conflicts(api, collection):
    answer = api.post("/api/collections/", {"id": collection.pk}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "collection_exists")


def test_collection_with_an_unknown_visibility_refuses(api):
    answer = api.post("/api/collections/", {"id": "new", "visibility": "secret"}, format="json")
    assert answer.status_code == 400
    assert "visibility" in answer.json()["description"]


def test_collection_members_are_for_owners(api, user):
    editor = MembershipFactory(user=user, role="editor").collection
    assert api.get(f"/api/collections/{editor.pk}/members/").status_code == 403
    hidden = CollectionFactory(visibility="private")
    assert api.get(f"/api/collections/{hidden.pk}/members/").status_code == 404


def test_token_used_often_notes_its_last_use_seldom(user, django_assert_num_queries):
    token, secret = create_token(user=user, name="script")
    assert find_token(secret=secret) == token
    token.refresh_from_db()
    first = token.last_used
    assert first is not None
    with django_assert_num_queries(1):
        find_token(secret=secret)
    token.refresh_from_db()
    assert token.last_used == first
    for age, is_noted in ((LAST_USED_GRAIN - timedelta(seconds=5), False), (LAST_USED_GRAIN * 1.1, True)):
        before = timezone.now() - age
        ApiToken.objects.update(last_used=before)
        find_token(secret=secret)
        token.refresh_from_db()
        assert (token.last_used > before) == is_noted, age


def test_group_is_made_a_member_and_taken_out(api, collection):
    Group.objects.create(name="radiology")
    members = f"/api/collections/{collection.pk}/members/"
    answer = api.post(members, {"group": "radiology", "role": "editor"}, format="json")
    assert (answer.status_code, answer.json()) == (201, {"group": "radiology", "role": "editor"})
    assert answer.json() in api.get(members).json()
    for wrong in ({"group": "none"}, {"group": "radiology", "username": "x"}, {"role": "viewer"}, {"group": ""}):
        answer = api.post(members, wrong, format="json")
        assert answer.status_code == 400
        assert answer.json()["description"]
    assert api.delete(f"{members}?group=radiology").status_code == 204
    assert api.delete(f"{members}?group=radiology").json()["code"] == "member_not_found"
    assert api.delete(members).status_code == 400
    last = api.delete(f"{members}?username={collection.memberships.get().user}")
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")
