"""Queryables and sortables: what items can be filtered and sorted by, as JSON Schema."""

from collections import Counter

import orjson
from django.db.models import QuerySet

from catalog.conf import limits
from catalog.models import Census, Collection, Item
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
# Of each value of `enum`, how many items have it.
COUNTS = "geodata:counts"
# Collections whose counts are added up.
MOST_COUNTED = 200
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
    return dict(sorted((known_schemas(items, collections) | merged_queryables(defined)).items()))


def known_schemas(items: QuerySet[Item], collections: QuerySet[Collection]) -> dict[str, Document]:
    """Return properties as these items have them; of those that are counted also which values there are.

    Numbers have their `minimum` and `maximum`, others all values (`enum`) and how many items have each.
    """
    schemas = property_schemas(items)
    for name, values in _counted_values(collections).items():
        if name not in schemas:
            continue
        # Of a list its members are counted.
        is_list = schemas[name]["type"] == "array" and "enum" in values
        schemas[name] |= {"items": {"enum": values["enum"]}, COUNTS: values[COUNTS]} if is_list else values
    return schemas


def _counted_values(collections: QuerySet[Collection]) -> dict[str, Document]:
    """Return what the items of collections were counted to have; nothing of properties of too many values."""
    counted = Census.objects.filter(collection__in=collections.order_by())
    rows = list(counted.values_list("counts", flat=True)[: MOST_COUNTED + 1])
    if len(rows) > MOST_COUNTED:
        return {}
    numbers: dict[str, Document] = {}
    values: dict[str, Counter[str] | None] = {}
    for counts in rows:
        for name, span in counts.get("ranges", {}).items():
            known = numbers.setdefault(name, {"minimum": span["minimum"], "maximum": span["maximum"]})
            known["minimum"] = min(known["minimum"], span["minimum"])
            known["maximum"] = max(known["maximum"], span["maximum"])
        for name, found in counts.get("values", {}).items():
            before = values.setdefault(name, Counter())
            values[name] = None if found is None or before is None else before + Counter(found)
    return numbers | {name: _enumerated(found) for name, found in values.items() if found}


def _enumerated(found: Counter[str]) -> Document:
    """Return the values, given as JSON, the commonest first."""
    commonest = [(orjson.loads(text), count) for text, count in found.most_common()]
    return {"enum": [value for value, _ in commonest], COUNTS: [count for _, count in commonest]}


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
