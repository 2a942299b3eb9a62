"""Read and set members of a collection, as its owners may."""

from collections.abc import Collection as Container
from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet

from catalog.errors import Conflict, InvalidInput
from catalog.models import Membership
from catalog.services.access.permissions import get_owned_collection
from catalog.services.collections.versions import mark_changed

# The key of a user, and the role that they have or shall have.
Roles = Mapping[int, str]


def list_members(*, user: User | AnonymousUser, collection_id: str) -> QuerySet[Membership]:
    """Return the members of a collection that the user owns, by name."""
    collection = get_owned_collection(user=user, collection_id=collection_id)
    return collection.memberships.select_related("user").order_by("user__username")


def set_member(*, user: User, collection_id: str, username: str, role: str) -> Membership:
    """Give somebody a role in a collection that the user owns. Raises Conflict for the last owner's."""
    collection = get_owned_collection(user=user, collection_id=collection_id)
    member = User.objects.filter(username=username, is_active=True).first()
    if member is None:
        raise InvalidInput(f"username: there is no user {username!r}.", code="user_not_found")
    change_members(collection_id, roles={member.pk: role})
    return Membership.objects.select_related("user").get(collection=collection, user=member)


def change_members(collection_id: str, *, roles: Roles, gone: Container[int] = ()) -> None:
    """Give these users their roles and take theirs from those who are gone, whoever asks for it.

    Raises Conflict where the collection had an owner and would have none.
    """
    with transaction.atomic():
        present = Membership.objects.filter(collection_id=collection_id)
        list(present.select_for_update())
        check_owner_stays(collection_id, roles=roles, gone=gone)
        present.filter(user__in=set(gone) - roles.keys()).delete()
        for user_id, role in roles.items():
            Membership.objects.update_or_create(collection_id=collection_id, user_id=user_id, defaults={"role": role})
        mark_changed(collection_id)


def check_owner_stays(collection_id: str, *, roles: Roles, gone: Container[int] = ()) -> None:
    """Raise Conflict where a collection that has an owner would have none after these changes of its members."""
    before = dict(Membership.objects.filter(collection_id=collection_id).values_list("user_id", "role"))
    after = {user_id: role for user_id, role in before.items() if user_id not in gone} | dict(roles)
    if Membership.Role.OWNER in before.values() and Membership.Role.OWNER not in after.values():
        raise Conflict("A collection keeps at least one owner.", code="last_owner")
