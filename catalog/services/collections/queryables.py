"""Keep what editors say of properties that items of a collection can be found by."""

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema_rs
import orjson
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.errors import InvalidDocument
from catalog.models import Collection
from catalog.services.access.permissions import get_editable_collection
from catalog.services.audit import Action, record
from catalog.services.collections.versions import mark_changed

Schemas = dict[str, Any]
# Columns, whose type is given.
FIXED = frozenset({"id", "collection", "geometry", "datetime", "start_datetime", "end_datetime"})
MAX_NAME_CHARACTERS = 256
# Every reader of queryables gets them all.
MAX_DEFINITIONS = 500
MAX_BYTES = 256 * 1024


def replace_queryables(*, user: User | AnonymousUser, collection_id: str, definitions: Mapping[str, Any]) -> Collection:
    """Define properties of the collection's items, each by a JSON Schema, in place of what was defined before."""
    get_editable_collection(user=user, collection_id=collection_id)
    check_queryables(definitions)
    with transaction.atomic():
        collection = Collection.objects.select_for_update().get(pk=collection_id)
        if collection.queryables != definitions:
            Collection.objects.filter(pk=collection_id).update(
                queryables=definitions, version=F("version") + 1, updated=timezone.now()
            )
            record(
                Action.COLLECTION_CHANGED,
                target=collection_id,
                collection_id=collection_id,
                user=user,
                fields=["queryables"],
            )
            mark_changed(collection_id)
    collection.refresh_from_db()
    return collection


def merged_queryables(definitions: Iterable[Mapping[str, Any]]) -> Schemas:
    """Return what several collections define alike; where they differ, only what their schemas share."""
    merged: Schemas = {}
    for each in definitions:
        for name, schema in each.items():
            before = merged.setdefault(name, schema)
            merged[name] = {key: value for key, value in before.items() if key in schema and schema[key] == value}
    return merged


def check_queryables(definitions: Mapping[str, Any]) -> None:
    """Raise InvalidDocument for what are no JSON Schemas by the name of a property, or too many of them."""
    if len(definitions) > MAX_DEFINITIONS:
        raise InvalidDocument(f"properties: has more than {MAX_DEFINITIONS} members.")
    text = orjson.dumps(definitions)
    if len(text) > MAX_BYTES or b"\\u0000" in text:
        raise InvalidDocument(f"properties: has NUL characters, or more than {MAX_BYTES} bytes.")
    for name, schema in definitions.items():
        path = f"properties.{name[:40]}"
        if not name or len(name) > MAX_NAME_CHARACTERS:
            raise InvalidDocument(f"{path}: a name has 1 to {MAX_NAME_CHARACTERS} characters.")
        if name in FIXED:
            raise InvalidDocument(f"{path}: is the same for all items, and can't be defined otherwise.")
        if not isinstance(schema, dict):
            raise InvalidDocument(f"{path}: give a JSON Schema, which is an object.")
        try:
            jsonschema_rs.meta.validate(schema)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise InvalidDocument(f"{path}: is no JSON Schema: {str(error)[:200]}") from None
