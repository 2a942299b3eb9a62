"""Parameters of searches and what the OpenAPI document says of them: in a query string, and in a body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.stac.core.documents import Document

Schema = dict[str, Any]
STRING: Schema = {"type": "string"}
STRINGS: Schema = {"type": "array", "items": STRING}
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@dataclass(frozen=True)
class Parameter:
    """`body` is the schema of the same member of a body, where it is another, and `body_example` what it is there."""

    description: str
    schema: Schema
    example: Any
    body: Schema | None = None
    body_example: Any = None

    @property
    def is_list(self) -> bool:
        return self.schema.get("type") == "array"

    def body_schema(self) -> Document:
        example = self.example if self.body is None else self.body_example
        return {**(self.body or self.schema), "description": self.description, "example": example}


def _choice(*names: str) -> Schema:
    return {"type": "string", "enum": list(names)}


FILTERS: dict[str, Parameter] = {
    "collections": Parameter("Ids of collections.", STRINGS, ["sentinel-2-l2a", "naip"]),
    "ids": Parameter("Ids of items.", STRINGS, ["S2A_33UWP_20240501_0_L2A"]),
    "bbox": Parameter(
        "west,south,east,north in degrees, or with heights. West > east crosses the antimeridian.",
        {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
        [-125, 30, -100, 45],
    ),
    "intersects": Parameter(
        "A GeoJSON geometry; in a query string as JSON. Not together with bbox.",
        STRING,
        '{"type": "Point", "coordinates": [13.4, 52.5]}',
        body={"type": "object", "required": ["type"], "properties": {"type": STRING}},
        body_example={"type": "Point", "coordinates": [13.4, 52.5]},
    ),
    "datetime": Parameter(
        "An RFC 3339 instant or interval: start/end, where .. leaves an end open.", STRING, "2024-01-01T00:00:00Z/.."
    ),
    "q": Parameter(
        'Free text. Words are alternatives; AND, parentheses, +word, -word and "a phrase" narrow it. Terms between '
        "commas, or in a list, are phrases, of which one is enough.",
        STRING,
        'snow AND ("sentinel 2" OR landsat) -night',
        body={"oneOf": [STRING, STRINGS]},
        body_example=["snow", "sentinel 2"],
    ),
    "filter": Parameter(
        "A CQL2 filter.",
        STRING,
        "\"eo:cloud_cover\" < 10 AND platform = 'sentinel-2a'",
        body={"oneOf": [{"type": "object"}, STRING]},
        body_example={"op": "<", "args": [{"property": "eo:cloud_cover"}, 10]},
    ),
    "filter-lang": Parameter("The language of the filter.", _choice("cql2-text", "cql2-json"), "cql2-text"),
    "filter-crs": Parameter("Longitude and latitude in WGS 84: no other.", _choice(CRS84), CRS84),
    "query": Parameter(
        "Properties and what they are compared with; in a query string as JSON.",
        STRING,
        '{"eo:cloud_cover": {"lt": 10}}',
        body={"type": "object", "additionalProperties": {"type": "object"}},
        body_example={"eo:cloud_cover": {"lt": 10}},
    ),
}
SORTBY = Parameter(
    "Members to sort by; - before one turns it round.",
    STRING,
    "-datetime,id",
    body={
        "type": "array",
        "items": {
            "type": "object",
            "required": ["field"],
            "properties": {"field": STRING, "direction": _choice("asc", "desc")},
        },
    },
    body_example=[{"field": "datetime", "direction": "desc"}],
)
FIELDS = Parameter(
    "Members to include, and with - before them to leave out.",
    STRING,
    "id,properties.datetime,-assets",
    body={"type": "object", "properties": {"include": STRINGS, "exclude": STRINGS}},
    body_example={"include": ["id", "properties.datetime"]},
)
LIMIT = Parameter("How many a page has; more than the site's most is lowered.", {"type": "integer", "minimum": 1}, 10)
TOKEN = Parameter("Of a `next` or `prev` link.", STRING, None)
SEARCH_PARAMETERS = {**FILTERS, "sortby": SORTBY, "fields": FIELDS, "limit": LIMIT, "token": TOKEN}

_OF_COLLECTIONS = ("bbox", "datetime", "filter-lang", "filter-crs")
COLLECTION_PARAMETERS = {
    "ids": Parameter("Ids of collections.", STRINGS, ["sentinel-2-l2a", "naip"]),
    **{name: FILTERS[name] for name in _OF_COLLECTIONS},
    "q": Parameter(f"{FILTERS['q'].description} Of ids, titles, descriptions and keywords.", STRING, "snow,coral reef"),
    "filter": Parameter("A CQL2 filter on members of collections.", STRING, "license = 'CC-BY-4.0'"),
    "query": Parameter("Members and what they are compared with, as JSON.", STRING, '{"license": {"eq": "CC-BY-4.0"}}'),
    "sortby": Parameter(SORTBY.description, STRING, "-title"),
    "fields": Parameter(FIELDS.description, STRING, "title,extent.spatial"),
    "limit": LIMIT,
    "token": TOKEN,
}

_PRECISION = "Of {name}: {meaning}."
_GEOHASH: Schema = {"type": "integer", "minimum": 1, "maximum": 12}
_GEOTILE: Schema = {"type": "integer", "minimum": 0, "maximum": 29}
AGGREGATION_PARAMETERS = {
    "aggregations": Parameter(
        "What to compute; `aggregations` lists what there is.", STRINGS, ["total_count", "datetime_frequency"]
    ),
    "datetime_frequency_interval": Parameter(
        "Of datetime_frequency; without it the interval fits the items' span.",
        _choice("year", "quarter", "month", "week", "day", "hour", "minute", "second"),
        "month",
    ),
    **{
        f"{place}_{kind}_grid_frequency_precision": Parameter(
            _PRECISION.format(name=f"{place}_{kind}_grid_frequency", meaning=meaning), schema, example
        )
        for place in ("centroid", "geometry")
        for kind, schema, meaning, example in (
            ("geohash", _GEOHASH, "characters of a geohash", 3),
            ("geotile", _GEOTILE, "the tiles' zoom", 5),
        )
    },
    **FILTERS,
}


def body_schema(parameters: Mapping[str, Parameter]) -> Document:
    properties = {name: parameter.body_schema() for name, parameter in parameters.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}
