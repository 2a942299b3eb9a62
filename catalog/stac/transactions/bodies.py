"""What the OpenAPI document says of documents that are written: their shape, in less detail than STAC's schemas."""

from typing import Any

Schema = dict[str, Any]
STRING: Schema = {"type": "string"}
IDENTIFIER: Schema = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[A-Za-z0-9_.:-]+$"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
BBOX: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
POSITION: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}
POINT: Schema = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {"type": {"type": "string", "enum": ["Point"]}, "coordinates": POSITION},
}
POLYGON: Schema = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"type": "string", "enum": ["Polygon"]},
        "coordinates": {"type": "array", "items": {"type": "array", "items": POSITION, "minItems": 4}},
    },
}
OTHER_GEOMETRY: Schema = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {
            "type": "string",
            "enum": ["MultiPoint", "LineString", "MultiLineString", "MultiPolygon", "GeometryCollection"],
        }
    },
}
LINKS: Schema = {
    "type": "array",
    "items": {"type": "object", "required": ["rel", "href"], "properties": {"rel": STRING, "href": STRING}},
}
ASSETS: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["href"],
        "properties": {
            **dict.fromkeys(("href", "title", "type"), STRING),
            "roles": {"type": "array", "items": STRING},
        },
    },
}
SHARED: Schema = {
    "stac_version": {"type": "string", "enum": ["1.1.0", "1.0.0"]},
    "stac_extensions": {"type": "array", "items": STRING},
    "id": IDENTIFIER,
    "links": LINKS,
}
ITEM: Schema = {
    "type": "object",
    "required": ["type", "stac_version", "id", "geometry", "properties", "links", "assets"],
    "properties": {
        **SHARED,
        "type": {"type": "string", "enum": ["Feature"]},
        "collection": STRING,
        "geometry": {"anyOf": [POINT, POLYGON, OTHER_GEOMETRY], "nullable": True},
        "bbox": BBOX,
        "properties": {
            "type": "object",
            "required": ["datetime"],
            "properties": {
                "datetime": {**MOMENT, "nullable": True},
                **dict.fromkeys(("start_datetime", "end_datetime", "created", "updated"), MOMENT),
            },
        },
        "assets": ASSETS,
    },
}
COLLECTION: Schema = {
    "type": "object",
    "required": ["type", "stac_version", "id", "description", "license", "extent", "links"],
    "properties": {
        **SHARED,
        "type": {"type": "string", "enum": ["Collection"]},
        **dict.fromkeys(("title", "description", "license"), STRING),
        "keywords": {"type": "array", "items": STRING},
        "extent": {
            "type": "object",
            "required": ["spatial", "temporal"],
            "properties": {
                "spatial": {
                    "type": "object",
                    "required": ["bbox"],
                    "properties": {"bbox": {"type": "array", "items": BBOX, "minItems": 1}},
                },
                "temporal": {
                    "type": "object",
                    "required": ["interval"],
                    "properties": {
                        "interval": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "type": "array",
                                "items": {**MOMENT, "nullable": True},
                                "minItems": 2,
                                "maxItems": 2,
                            },
                        }
                    },
                },
            },
        },
        "summaries": {"type": "object"},
        "assets": ASSETS,
        "item_assets": {"type": "object", "additionalProperties": {"type": "object"}},
    },
}
ITEM_COLLECTION: Schema = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": ITEM, "minItems": 1},
    },
}
ITEMS_BY_ID: Schema = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "items": {"type": "object", "additionalProperties": ITEM, "minProperties": 1},
        "method": {"type": "string", "enum": ["insert", "upsert"], "default": "insert"},
    },
}


def part_of(document: Schema) -> Schema:
    """Return the schema of a JSON Merge Patch of such a document."""
    return {**{name: value for name, value in document.items() if name != "required"}, "minProperties": 1}


def one_of(*documents: Schema) -> Schema:
    return {"oneOf": list(documents)}


QUERYABLES: Schema = {
    "type": "object",
    "required": ["properties"],
    "properties": {"properties": {"type": "object", "additionalProperties": {"type": "object"}}},
    "example": {"properties": {"eo:cloud_cover": {"title": "Clouds", "type": "number", "minimum": 0, "maximum": 100}}},
}
