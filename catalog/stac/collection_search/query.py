"""A search of collections as the client asked it."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.contrib.gis.geos import GEOSGeometry
from django.http import QueryDict

from catalog.conf import limits
from catalog.errors import InvalidParameter
from catalog.querying.conditions import filter_document, parse_conditions
from catalog.querying.datetimes import Interval, parse_interval
from catalog.querying.fields import FieldSelection, parse_fields
from catalog.querying.free_text import Term, parse_q
from catalog.querying.geometry import parse_bbox
from catalog.querying.query import parse_identifiers, parse_whole_number
from catalog.querying.sorting import SortKey, parse_sortby
from catalog.stac.collection_search.ordering import COLUMNS, Position, read_token
from catalog.stac.core.documents import Document
from catalog.stac.core.queryables import MOMENT, schema_document

KNOWN = (
    *("bbox", "datetime", "ids", "q", "filter", "filter-lang", "filter-crs", "query"),
    *("sortby", "fields", "limit", "token"),
)
# A valid collection's least.
DEFAULT_FIELDS = ("title", "description", "keywords", "license", "extent", "links")


@dataclass(frozen=True)
class CollectionQuery:
    """None is: not asked for. `conditions` are expressions, all of which must hold."""

    ids: tuple[str, ...] | None = None
    areas: tuple[GEOSGeometry, ...] | None = None
    interval: Interval | None = None
    text: Term | None = None
    conditions: tuple[Any, ...] = ()
    sort: tuple[SortKey, ...] = ()
    fields: FieldSelection | None = None
    limit: int = 1000
    after: Position | None = None


def parse_collection_query(params: QueryDict) -> CollectionQuery:
    given = {name: ",".join(values) for name, values in params.lists()}
    for name in given:
        if name not in KNOWN:
            raise InvalidParameter(name, f"not known here; allowed are {', '.join(KNOWN)}")
    given = {name: text for name, text in given.items() if text or name == "fields"}
    sort = parse_sortby(given["sortby"], name="sortby") if "sortby" in given else ()
    return CollectionQuery(
        ids=parse_identifiers(given["ids"].split(","), name="ids") if "ids" in given else None,
        areas=parse_bbox(given["bbox"].split(",")) if "bbox" in given else None,
        interval=parse_interval(given["datetime"]) if "datetime" in given else None,
        text=parse_q(given["q"]) if "q" in given else None,
        conditions=_parse_conditions(given),
        sort=sort,
        fields=parse_fields(given["fields"], name="fields", default=DEFAULT_FIELDS) if "fields" in given else None,
        limit=_parse_limit(given.get("limit")),
        after=read_token(given["token"], sort=sort) if "token" in given else None,
    )


def _parse_limit(text: str | None) -> int:
    most = limits().max_page_collections
    return most if text is None else parse_whole_number(text, name="limit", most=most)


def _parse_conditions(given: dict[str, str]) -> tuple[Any, ...]:
    conditions: dict[str, Any] = {"filter-crs": given["filter-crs"]} if "filter-crs" in given else {}
    if "filter" in given:
        conditions["filter"] = filter_document(given["filter"], language=given.get("filter-lang"))
        _rename_extent(conditions["filter"])
    if "query" in given:
        try:
            conditions["query"] = orjson.loads(given["query"])
        except orjson.JSONDecodeError as error:
            raise InvalidParameter("query", f"not JSON: {error}") from error
    return parse_conditions(conditions)


def _rename_extent(document: Any) -> None:
    """Rename what collections call `extent` in a filter: it is compared as a geometry."""
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("property") == "extent":
                node["property"] = "geometry"
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


QUERYABLES: dict[str, Document] = {
    "id": {"title": "Collection id", "type": "string"},
    "title": {"title": "Title", "type": "string"},
    "description": {"title": "Description", "type": "string"},
    "license": {"title": "License", "type": "string"},
    "keywords": {"title": "Keywords", "type": "array", "items": {"type": "string"}},
    "geometry": {"title": "Spatial extent", "$ref": "https://geojson.org/schema/Geometry.json"},
    "start_datetime": {"title": "Start of the temporal extent; null if open", **MOMENT},
    "end_datetime": {"title": "End of the temporal extent; null if open", **MOMENT},
}


def collection_queryables_document(*, href: str) -> Document:
    return schema_document(QUERYABLES, href=href, title="Queryables of collections")


def collection_sortables_document(*, href: str) -> Document:
    return schema_document({name: QUERYABLES[name] for name in COLUMNS}, href=href, title="Sortables of collections")
