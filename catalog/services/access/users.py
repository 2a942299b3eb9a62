"""Write and delete accounts and groups; what is remembered of what they see follows."""

from collections.abc import Container, Iterable

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

from catalog.errors import Conflict
from catalog.models import Membership
from catalog.services.access.members import check_owner_stays, members_by_collection
from catalog.services.audit import Action, record
from catalog.services.collections.versions import mark_changed
from catalog.services.searches.registering import owned_searches, remove_search


def write_user(
    user: User, *, groups: Iterable[Group] | None = None, permissions: Iterable[Permission] | None = None
) -> None:
    """Save an account, new or changed, and which groups and permissions it has; None leaves those as they are."""
    with transaction.atomic():
        is_new = user.pk is None
        user.save()
        if groups is not None:
            set_groups(user, groups=groups)
        if permissions is not None:
            user.user_permissions.set(permissions)
        record_account(user, is_new=is_new)


def record_account(user: User, *, is_new: bool) -> None:
    """Record that an account was written, and what it may now."""
    rights = [name for name in ("is_active", "is_staff", "is_superuser") if getattr(user, name)]
    record(Action.ACCOUNT_WRITTEN, target=user.get_username(), rights=rights, is_new=is_new)


def set_groups(user: User, *, groups: Iterable[Group]) -> None:
    """Put a user into these groups and out of all others."""
    before, after = set(user.groups.all()), set(groups)
    if before != after:
        with transaction.atomic():
            user.groups.set(after)
            record(
                Action.ACCOUNT_WRITTEN,
                target=user.get_username(),
                groups=sorted(group.name for group in after) or "none",
            )
            _mark_collections_of(before ^ after)


def follow_groups(user: User, *, names: Container[str], among: Iterable[str]) -> None:
    """Put a user into those of the groups ``among`` that are named, and out of its others; all else stays.

    A group that isn't there yet is made for its first user.
    """
    wanted = set(user.groups.exclude(name__in=set(among)))
    for name in set(among):
        if name in names:
            wanted.add(Group.objects.get_or_create(name=name)[0])
    set_groups(user, groups=wanted)


def write_group(group: Group, *, permissions: Iterable[Permission] | None = None) -> None:
    """Save a group, new or changed, and which permissions it has; None leaves those as they are."""
    with transaction.atomic():
        group.save()
        if permissions is not None:
            group.permissions.set(permissions)
        record(Action.GROUP_WRITTEN, target=group.name)


def check_collections_stay_owned(users: Iterable[User]) -> None:
    """Raise Conflict where a collection would lose its last owner with these users: it has to be handed over first."""
    memberships = Membership.objects.filter(user__in=[user.pk for user in users])
    for collection_id, members in members_by_collection(memberships).items():
        try:
            check_owner_stays(collection_id, roles={}, gone=members)
        except Conflict:
            raise Conflict(
                f"The collection {collection_id!r} would have no owner any more: make somebody else its owner, or "
                "delete it, first.",
                code="last_owner",
            ) from None


def remove_users(users: Iterable[User]) -> None:
    """Delete accounts with their tokens, roles and searches; files and ingests stay, as nobody's.

    Raises Conflict where a collection would lose its last owner.
    """
    gone = list(users)
    with transaction.atomic():
        memberships = Membership.objects.filter(user__in=[user.pk for user in gone])
        collections = members_by_collection(memberships.select_for_update())
        check_collections_stay_owned(gone)
        for user in gone:
            searches = [owned.search for owned in owned_searches(user)]
            record(Action.ACCOUNT_DELETED, target=user.get_username())
            user.delete()
            for search in searches:
                if not search.owners.exists():
                    remove_search(search)
        for collection_id in collections:
            mark_changed(collection_id)


def remove_groups(groups: Iterable[Group]) -> None:
    """Delete groups with their roles in collections; their users stay."""
    gone = list(groups)
    with transaction.atomic():
        _mark_collections_of(gone)
        for group in gone:
            record(Action.GROUP_DELETED, target=group.name)
        Group.objects.filter(pk__in=[group.pk for group in gone]).delete()


def _mark_collections_of(groups: Iterable[Group]) -> None:
    memberships = Membership.objects.filter(group__in=[group.pk for group in groups])
    for collection_id in memberships.values_list("collection_id", flat=True).distinct():
        mark_changed(collection_id)
