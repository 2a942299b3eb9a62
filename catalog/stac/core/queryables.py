"""Queryables and sortables: what items can be filtered and sorted by, as JSON Schema."""

from django.db.models import QuerySet

from catalog.conf import limits
from catalog.models import Collection, Item
from catalog.querying.sorting import SORTABLE_COLUMNS
from catalog.services.collections.queryables import merged_queryables
from catalog.stac.core.documents import Document

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
MOMENT = {"type": "string", "format": "date-time"}
CORE: dict[str, Document] = {
    "id": {"title": "Item id", "type": "string"},
    "collection": {"title": "Collection id", "type": "string"},
    "geometry": {"title": "Footprint", "$ref": "https://geojson.org/schema/Geometry.json"},
    "datetime": {"title": "Time of acquisition", **MOMENT},
    "start_datetime": {"title": "Start of acquisition", **MOMENT},
    "end_datetime": {"title": "End of acquisition", **MOMENT},
}
JSON_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
SCALARS = {"string", "number", "integer"}


def queryables_document(items: QuerySet[Item], collections: QuerySet[Collection], *, href: str) -> Document:
    return schema_document(CORE | described_schemas(items, collections), href=href, title="Queryables")


def sortables_document(items: QuerySet[Item], collections: QuerySet[Collection], *, href: str) -> Document:
    scalar = {name: schema for name, schema in described_schemas(items, collections).items() if _is_scalar(schema)}
    return schema_document({name: CORE[name] for name in SORTABLE_COLUMNS} | scalar, href=href, title="Sortables")


def _is_scalar(schema: Document) -> bool:
    kinds = schema.get("type")
    return bool(kinds) and set(kinds if isinstance(kinds, list) else [kinds]) <= SCALARS


def described_schemas(items: QuerySet[Item], collections: QuerySet[Collection]) -> dict[str, Document]:
    """Return properties as editors of these collections define them, and others as these items have them."""
    defined = collections.exclude(queryables={}).order_by("pk").values_list("queryables", flat=True)
    return dict(sorted((property_schemas(items) | merged_queryables(defined)).items()))


def schema_document(properties: dict[str, Document], *, href: str, title: str) -> Document:
    """Return the JSON Schema, at ``href``, of a document that has these properties."""
    return {
        "$schema": JSON_SCHEMA,
        "$id": href,
        "type": "object",
        "title": title,
        "properties": properties,
        # Other names are allowed, and match nothing where they are not there.
        "additionalProperties": True,
    }


def property_schemas(items: QuerySet[Item]) -> dict[str, Document]:
    """Return the types of the properties that the newest items have."""
    newest = items.order_by("-pk_id").values_list("properties", flat=True)[: limits().schema_sample_items]
    types: dict[str, set[str]] = {}
    for properties in newest:
        for name, value in properties.items():
            if name not in CORE and value is not None:
                types.setdefault(name, set()).add(JSON_TYPES[type(value)])
    return {name: {"title": name, **_type(found)} for name, found in sorted(types.items())}


def _type(found: set[str]) -> Document:
    return {"type": next(iter(found))} if len(found) == 1 else {"type": sorted(found)}
