"""Make and change collections."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from catalog.errors import Conflict, InvalidInput
from catalog.models import Collection, Membership
from catalog.services.access.permissions import get_editable_collection, get_owned_collection
from catalog.services.audit import Action, record
from catalog.services.collections.versions import mark_changed

EDITABLE = frozenset({"title", "description", "license", "keywords", "visibility", "extra"})


def create_collection(*, user: User | None, collection_id: str, **fields: Any) -> Collection:
    """Make a collection whose owner is the user; without one only who runs the site may change it."""
    collection = Collection(id=collection_id, **_editable(fields))
    return insert_collection(collection, owner=user)


def insert_collection(collection: Collection, *, owner: User | None) -> Collection:
    """Write a new collection and who owns it; raise Conflict for an id that is taken."""
    check_collection(collection)
    try:
        with transaction.atomic():
            collection.save(force_insert=True)
            if owner:
                Membership.objects.create(collection=collection, user=owner, role=Membership.Role.OWNER)
            record(
                Action.COLLECTION_MADE,
                target=collection.pk,
                collection_id=collection.pk,
                user=owner,
                visibility=str(collection.visibility),
            )
    except IntegrityError:
        raise Conflict(f"There is a collection {collection.pk!r} already.", code="collection_exists") from None
    return collection


def update_collection(*, user: User, collection_id: str, **fields: Any) -> Collection:
    collection = get_editable_collection(user=user, collection_id=collection_id)
    if fields.get("visibility", collection.visibility) != collection.visibility:
        get_owned_collection(user=user, collection_id=collection_id)
    return change_collection(collection, **_editable(fields))


def change_collection(collection: Collection, **fields: Any) -> Collection:
    """Set fields of a collection, whoever asks for it, and count a version. Raises InvalidInput for bad values."""
    for name, value in fields.items():
        setattr(collection, name, value)
    check_collection(collection)
    with transaction.atomic():
        Collection.objects.filter(pk=collection.pk).update(**fields, version=F("version") + 1, updated=timezone.now())
        record(
            Action.COLLECTION_CHANGED,
            target=collection.pk,
            collection_id=collection.pk,
            fields=sorted(fields),
            visibility=str(fields.get("visibility", "")),
        )
        mark_changed(collection.pk)
    collection.refresh_from_db()
    return collection


def _editable(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(fields.keys() - EDITABLE)
    if unknown:
        raise InvalidInput(f"{unknown[0]}: not a field that can be set; these can: {', '.join(sorted(EDITABLE))}.")
    return fields


def check_collection(collection: Collection) -> None:
    try:
        collection.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        problems = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise InvalidInput(problems) from None
