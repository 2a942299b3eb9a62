"""Find what a user may see or change, or say why not."""

from django.contrib.auth.models import AnonymousUser, User

from catalog.errors import NotAllowed, NotFound
from catalog.models import Collection


def get_visible_collection(*, user: User | AnonymousUser, collection_id: str) -> Collection:
    """Raise NotFound for what isn't there and for what the user may not see alike."""
    # PostgreSQL refuses to be asked for a NUL.
    known = "\0" not in collection_id and Collection.objects.visible_to(user).filter(pk=collection_id).first()
    if not known:
        raise NotFound(f"There is no collection {collection_id!r}.", code="collection_not_found")
    return known


def get_editable_collection(*, user: User | AnonymousUser, collection_id: str) -> Collection:
    """Raise NotFound as `get_visible_collection` does, and NotAllowed for what the user may only see."""
    allowed = None if "\0" in collection_id else Collection.objects.editable_by(user).filter(pk=collection_id).first()
    if allowed is None:
        get_visible_collection(user=user, collection_id=collection_id)
        raise NotAllowed(f"You may not change the collection {collection_id!r}: ask one of its owners.")
    return allowed


def get_owned_collection(*, user: User | AnonymousUser, collection_id: str) -> Collection:
    """Raise NotFound as `get_visible_collection` does, and NotAllowed for what the user may not decide on."""
    allowed = None if "\0" in collection_id else Collection.objects.owned_by(user).filter(pk=collection_id).first()
    if allowed is None:
        get_visible_collection(user=user, collection_id=collection_id)
        raise NotAllowed(f"Only owners of the collection {collection_id!r} may do this.")
    return allowed
