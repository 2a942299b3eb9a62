"""Read and set members of a collection, users and groups, as its owners may."""

from collections.abc import Collection as Container
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import transaction
from django.db.models import F, Q, QuerySet

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Membership
from catalog.services.access.permissions import get_owned_collection
from catalog.services.audit import Action, record
from catalog.services.collections.versions import mark_changed


@dataclass(frozen=True, slots=True)
class Member:
    """Name who has a role, by primary key: a user, or all of a group."""

    user_id: int | None = None
    group_id: int | None = None


# What members have or shall have.
Roles = Mapping[Member, str]


def list_members(*, user: User | AnonymousUser, collection_id: str) -> QuerySet[Membership]:
    """Return the members of a collection that the user owns: users by name, then groups."""
    collection = get_owned_collection(user=user, collection_id=collection_id)
    members = collection.memberships.select_related("user", "group")
    return members.order_by(F("user__username").asc(nulls_last=True), "group__name")


def set_member(*, user: User, collection_id: str, role: str, username: str = "", group: str = "") -> Membership:
    """Give somebody, or a group, a role in a collection that the user owns. Raises Conflict for the last owner's."""
    collection = get_owned_collection(user=user, collection_id=collection_id)
    member = find_member(username=username, group=group)
    change_members(collection_id, roles={member: role})
    return collection.memberships.select_related("user", "group").get(is_of(member))


def remove_member(*, user: User, collection_id: str, username: str = "", group: str = "") -> None:
    """Take their role from a member of a collection that the user owns. Raises Conflict for the last owner's."""
    collection = get_owned_collection(user=user, collection_id=collection_id)
    member = find_member(username=username, group=group)
    if not collection.memberships.filter(is_of(member)).exists():
        raise NotFound(f"{username or group} is no member of {collection_id!r}.", code="member_not_found")
    change_members(collection_id, roles={}, gone={member})


def find_member(*, username: str = "", group: str = "") -> Member:
    """Return the user, or the group, of that name. Raises InvalidInput for neither, for both and for unknown ones."""
    if bool(username) == bool(group):
        raise InvalidInput("username: give the name of a user, or as group that of a group.")
    if username:
        # PostgreSQL refuses to be asked for a NUL.
        found = None if "\0" in username else User.objects.filter(username=username, is_active=True).first()
        if found is None:
            raise InvalidInput(f"username: there is no user {username!r}.", code="user_not_found")
        return Member(user_id=found.pk)
    named = None if "\0" in group else Group.objects.filter(name=group).first()
    if named is None:
        raise InvalidInput(f"group: there is no group {group!r}.", code="group_not_found")
    return Member(group_id=named.pk)


def change_members(collection_id: str, *, roles: Roles, gone: Container[Member] = ()) -> None:
    """Give these members their roles and take theirs from those who are gone, whoever asks for it.

    Raises Conflict where the collection had an owner and would have none.
    """
    with transaction.atomic():
        present = Membership.objects.filter(collection_id=collection_id)
        list(present.select_for_update())
        check_owner_stays(collection_id, roles=roles, gone=gone)
        for member in gone:
            if member not in roles:
                present.filter(is_of(member)).delete()
        for member, role in roles.items():
            if not present.filter(is_of(member)).update(role=role):
                Membership.objects.create(
                    collection_id=collection_id, user_id=member.user_id, group_id=member.group_id, role=role
                )
        record(
            Action.MEMBERS_CHANGED,
            target=collection_id,
            collection_id=collection_id,
            given={_name(member): str(role) for member, role in roles.items()},
            taken=[_name(member) for member in gone],
        )
        mark_changed(collection_id)


def check_owner_stays(collection_id: str, *, roles: Roles, gone: Container[Member] = ()) -> None:
    """Raise Conflict where a collection that has an owner would have none after these changes of its members.

    Groups don't count: who is in them is decided elsewhere, and may be nobody tomorrow.
    """
    users = Membership.objects.filter(collection_id=collection_id, user__isnull=False)
    before = {Member(user_id=user_id): role for user_id, role in users.values_list("user_id", "role")}
    after = {member: role for member, role in before.items() if member not in gone} | {
        member: role for member, role in roles.items() if member.user_id is not None
    }
    if Membership.Role.OWNER in before.values() and Membership.Role.OWNER not in after.values():
        raise Conflict("A collection keeps at least one owner who is a user.", code="last_owner")


def members_by_collection(memberships: Iterable[Membership]) -> dict[str, set[Member]]:
    """Return who the memberships are of, under the ids of their collections."""
    found: dict[str, set[Member]] = {}
    for membership in memberships:
        member = Member(user_id=membership.user_id, group_id=membership.group_id)
        found.setdefault(membership.collection_id, set()).add(member)
    return found


def _name(member: Member) -> str:
    """Return what people know the member by."""
    if member.user_id is not None:
        return str(User.objects.filter(pk=member.user_id).values_list("username", flat=True).first())
    return f"group {Group.objects.filter(pk=member.group_id or 0).values_list('name', flat=True).first()}"


def is_of(member: Member) -> Q:
    """Return the condition that a membership is this user's or group's."""
    return Q(user_id=member.user_id, group_id=member.group_id)
