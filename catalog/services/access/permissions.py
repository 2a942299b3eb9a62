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
    collection = get_visible_collection(user=user, collection_id=collection_id)
    if not Collection.objects.editable_by(user).filter(pk=collection_id).exists():
        raise NotAllowed(f"You may not change the collection {collection_id!r}: ask one of its owners.")
    return collection


def get_owned_collection(*, user: User | AnonymousUser, collection_id: str) -> Collection:
    collection = get_visible_collection(user=user, collection_id=collection_id)
    if not Collection.objects.owned_by(user).filter(pk=collection_id).exists():
        raise NotAllowed(f"Only owners of the collection {collection_id!r} may do this.")
    return collection
