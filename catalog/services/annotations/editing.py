"""Make, change and delete what people draw on imagery, as the collection lets them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.documents.features import Drawing, check_properties, read_drawing
from catalog.documents.merge_patch import merge_patch
from catalog.errors import Conflict, InvalidDocument, NotAllowed, NotFound
from catalog.models import Annotation, Collection, Item
from catalog.models.annotation import COLOR
from catalog.models.collection import ANNOTATING_ROLES
from catalog.services.audit import Action, record
from catalog.services.items.writing import get_visible_item

# Of one item: a page of them is drawn at once.
MAX_ANNOTATIONS = 20_000


def create_annotations(*, user: User, collection_id: str, item_id: str, features: Sequence[Any]) -> list[Annotation]:
    """Add GeoJSON features to an item, all of them or none.

    Raises NotFound, NotAllowed for who only sees, InvalidDocument naming the feature, and Conflict beyond
    `MAX_ANNOTATIONS`.
    """
    item = get_visible_item(user=user, collection_id=collection_id, item_id=item_id)
    if not Collection.objects.editable_by(user, roles=ANNOTATING_ROLES).filter(pk=collection_id).exists():
        raise NotAllowed(f"Annotators and editors of the collection {collection_id!r} draw on its imagery.")
    in_pixels = item.geometry is None
    drawings = [read_drawing(each, in_pixels=in_pixels, name=f"features.{n}") for n, each in enumerate(features)]
    space = Annotation.Space.PIXELS if in_pixels else Annotation.Space.DEGREES
    rows = [_filled(Annotation(item=item, owner=user, space=space), drawing) for drawing in drawings]
    with transaction.atomic():
        # One request after the other, so that several at once don't go beyond the limit.
        Item.objects.select_for_update().get(pk=item.pk)
        if Annotation.objects.filter(item=item).count() + len(rows) > MAX_ANNOTATIONS:
            raise Conflict(f"An item has at most {MAX_ANNOTATIONS:,} annotations.", code="too_many_annotations")
        made = Annotation.objects.bulk_create(rows)
        record(
            Action.ANNOTATIONS_MADE,
            target=item_id,
            collection_id=collection_id,
            user=user,
            ids=[str(a.pk) for a in made],
        )
    return made


def change_annotation(annotation: Annotation, *, user: User, feature: Any) -> Annotation:
    """Change what a feature says of one: its geometry, its properties, or both; null removes another property.

    Raises NotAllowed, InvalidDocument.
    """
    _require_editable(annotation, user=user)
    drawing = read_drawing(feature, in_pixels=annotation.space == Annotation.Space.PIXELS, whole=False)
    with transaction.atomic():
        locked = Annotation.objects.select_for_update().get(pk=annotation.pk)
        if drawing.properties is not None:
            merged = merge_patch(locked.properties, drawing.properties)
            drawing = replace(drawing, properties=check_properties(merged, name="properties"))
        _filled(locked, drawing).save()
        item = locked.item
        record(
            Action.ANNOTATION_CHANGED,
            target=item.item_id,
            collection_id=item.collection_id,
            user=user,
            ids=[str(locked.pk)],
        )
    return locked


def delete_annotation(annotation: Annotation, *, user: User) -> None:
    """Delete one's own, or, as an editor of the collection, any. Raises NotAllowed."""
    _require_editable(annotation, user=user)
    remove_annotations([annotation], user=user)


def remove_annotations(annotations: Iterable[Annotation], *, user: User | None = None) -> None:
    """Delete annotations, whoever asks for it."""
    for annotation in annotations:
        with transaction.atomic():
            item, pk = annotation.item, str(annotation.pk)
            annotation.delete()
            record(
                Action.ANNOTATIONS_DELETED, target=item.item_id, collection_id=item.collection_id, user=user, ids=[pk]
            )


def get_visible_annotation(*, user: User | AnonymousUser, annotation_id: UUID) -> Annotation:
    """Return one that the user sees. Raises NotFound."""
    rows = Annotation.objects.visible_to(user).select_related("item", "owner")
    annotation = rows.filter(pk=annotation_id).first()
    if annotation is None:
        raise NotFound(f"There is no annotation {annotation_id}.", code="annotation_not_found")
    return annotation


def _require_editable(annotation: Annotation, *, user: User) -> None:
    if not Annotation.objects.editable_by(user).filter(pk=annotation.pk).exists():
        raise NotAllowed("Who drew an annotation changes it, and editors of its collection.")


def _filled(row: Annotation, drawing: Drawing) -> Annotation:
    if drawing.bbox is not None:
        row.geometry = drawing.geometry
        row.west, row.south, row.east, row.north = drawing.bbox
    for name, text in drawing.texts.items():
        setattr(row, name, text)
    if drawing.properties is not None:
        row.properties = drawing.properties
    try:
        COLOR(row.color)
    except ValidationError:
        raise InvalidDocument("properties.color: give a color as #rrggbb.") from None
    return row
