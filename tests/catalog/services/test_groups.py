"""Groups beside users as members of collections, and what goes with an account or a group."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import IntegrityError, transaction

from catalog.errors import Conflict, InvalidInput, NotAllowed, NotFound
from catalog.models import Collection, IngestJob, Item, Membership, Search
from catalog.services.access.imagery import find_imagery
from catalog.services.access.members import (
    Member,
    change_members,
    list_members,
    remove_member,
    set_member,
)
from catalog.services.access.permissions import get_owned_collection
from catalog.services.access.users import remove_groups, remove_users, set_groups, write_group, write_user
from catalog.services.searches.registering import register_search
from tests.catalog.factories import ItemFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hidden(collection) -> Collection:
    collection.visibility = Collection.Visibility.PRIVATE
    collection.save()
    return collection


@pytest.fixture
def team(db) -> Group:
    del db
    return Group.objects.create(name="radiology")


@pytest.fixture
def mate(team) -> User:
    mate = UserFactory()
    mate.groups.add(team)
    return mate


@pytest.mark.parametrize(("role", "rights"), [(None, "---"), ("viewer", "v--"), ("editor", "ve-"), ("owner", "veo")])
def test_group_gives_its_users_what_its_role_allows(hidden, team, mate, role, rights):
    stranger = UserFactory()
    if role:
        change_members(hidden.pk, roles={Member(group_id=team.pk): role})
    for user, expected in ((mate, rights), (stranger, "---")):
        rules = (Collection.objects.visible_to, Collection.objects.editable_by, Collection.objects.owned_by)
        found = [rule(user).filter(pk=hidden.pk).exists() for rule in rules]
        assert "".join(c if has else "-" for c, has in zip("veo", found, strict=True)) == expected
        item = ItemFactory(collection=hidden)
        assert Item.objects.visible_to(user).filter(pk=item.pk).exists() is found[0]
        assert Item.objects.editable_by(user).filter(pk=item.pk).exists() is found[1]
        job = IngestJob.objects.create(collection=hidden)
        assert IngestJob.objects.visible_to(user).filter(pk=job.pk).exists() is found[1]


def test_user_and_group_of_one_collection_list_it_once_with_the_greater_role(hidden, team, mate):
    MembershipFactory(collection=hidden, user=mate, role="viewer")
    change_members(hidden.pk, roles={Member(group_id=team.pk): "owner"})
    assert list(Collection.objects.visible_to(mate)) == [hidden]
    assert get_owned_collection(user=mate, collection_id=hidden.pk) == hidden


def test_inactive_or_anonymous_readers_are_in_no_group(hidden, team):
    from django.contrib.auth.models import AnonymousUser

    change_members(hidden.pk, roles={Member(group_id=team.pk): "owner"})
    assert not Collection.objects.owned_by(AnonymousUser()).exists()
    assert not Collection.objects.visible_to(AnonymousUser()).exists()


def test_tiles_follow_who_is_in_a_group_at_once(
    scene, team, user, django_capture_on_commit_callbacks, django_assert_num_queries
):
    del django_assert_num_queries
    Collection.objects.update(visibility="private")
    mate = UserFactory()

    def sees() -> bool:
        try:
            find_imagery(user=lambda: User.objects.get(pk=mate.pk), collection_id="scenes", item_id="scene")
        except NotFound:
            return False
        return True

    def do(work) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            work()

    cache.clear()
    assert scene.item_id == "scene"
    assert not sees()
    do(lambda: set_member(user=user, collection_id="scenes", group=team.name, role="viewer"))
    assert not sees()
    do(lambda: set_groups(mate, groups=[team]))
    assert sees()
    do(lambda: write_user(mate, groups=[]))
    assert not sees()
    do(lambda: write_user(mate, groups=[team], permissions=[]))
    assert sees()
    do(lambda: remove_groups([team]))
    assert not sees()


def test_database_takes_a_member_who_is_a_user_or_a_group_once(hidden, team, user):
    Membership.objects.create(collection=hidden, group=team)
    for wrong in ({"user": user, "group": team}, {}, {"group": team}, {"user": user}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(collection=hidden, **wrong)


def test_members_are_listed_users_first_and_taken_out(hidden, team, user):
    set_member(user=user, collection_id=hidden.pk, group=team.name, role="editor")
    viewer = UserFactory(username="aaa")
    set_member(user=user, collection_id=hidden.pk, username="aaa", role="viewer")
    found = list_members(user=user, collection_id=hidden.pk)
    assert [each.user or each.group for each in found] == [viewer, user, team]
    remove_member(user=user, collection_id=hidden.pk, group=team.name)
    remove_member(user=user, collection_id=hidden.pk, username="aaa")
    assert [each.user for each in found.all()] == [user]
    with pytest.raises(NotFound):
        remove_member(user=user, collection_id=hidden.pk, group=team.name)
    with pytest.raises(NotAllowed):
        list_members(user=MembershipFactory(collection=hidden, role="editor").user, collection_id=hidden.pk)


@pytest.mark.parametrize(
    "who", [{}, {"username": "a", "group": "b"}, {"group": "none"}, {"group": "\0"}, {"username": "\0"}]
)
def test_member_who_is_nobody_refuses(hidden, user, who):
    for call in (lambda: set_member(user=user, collection_id=hidden.pk, role="viewer", **who),):
        with pytest.raises(InvalidInput):
            call()


def test_group_is_no_last_owner(hidden, team, user):
    set_member(user=user, collection_id=hidden.pk, group=team.name, role="owner")
    with pytest.raises(Conflict):
        remove_member(user=user, collection_id=hidden.pk, username=user.username)
    remove_member(user=user, collection_id=hidden.pk, group=team.name)


def test_account_of_a_last_owner_stays_until_it_is_handed_over(hidden, user):
    other = MembershipFactory(collection=hidden, role="viewer").user
    with pytest.raises(Conflict, match="scenes"):
        remove_users([user])
    change_members(hidden.pk, roles={Member(user_id=other.pk): "owner"})
    with pytest.raises(Conflict, match="scenes"):
        remove_users([user, other])
    search = register_search(user=user, body={"ids": ["a"]}, metadata={})
    shared = register_search(user=user, body={"ids": ["b"]}, metadata={})
    register_search(user=other, body={"ids": ["b"]}, metadata={})
    remove_users([user])
    assert list(hidden.memberships.values_list("user", flat=True)) == [other.pk]
    assert list(Search.objects.all()) == [shared]
    assert search.pk


def test_group_is_written_with_its_permissions(team):
    write_group(team, permissions=[])
    team.name = "cardiology"
    write_group(team)
    assert Group.objects.get().name == "cardiology"
