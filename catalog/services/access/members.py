"""Members of a collection: read and set by its owners."""

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet

from catalog.errors import Conflict, InvalidInput
from catalog.models import Membership
from catalog.services.access.permissions import get_owned_collection
from catalog.services.collections.versions import mark_changed


def list_members(*, user: User | AnonymousUser, collection_id: str) -> QuerySet[Membership]:
    collection = get_owned_collection(user=user, collection_id=collection_id)
    return collection.memberships.select_related("user").order_by("user__username")


def set_member(*, user: User, collection_id: str, username: str, role: str) -> Membership:
    """Give a user a role in the collection; the last owner stays one."""
    collection = get_owned_collection(user=user, collection_id=collection_id)
    member = User.objects.filter(username=username, is_active=True).first()
    if member is None:
        raise InvalidInput(f"username: there is no user {username!r}.", code="user_not_found")
    with transaction.atomic():
        owners = set(
            collection.memberships.select_for_update().filter(role=Membership.Role.OWNER).values_list("user", flat=True)
        )
        if owners == {member.pk} and role != Membership.Role.OWNER:
            raise Conflict("A collection keeps at least one owner.", code="last_owner")
        membership, _ = Membership.objects.update_or_create(collection=collection, user=member, defaults={"role": role})
        mark_changed(collection_id)
    return membership
