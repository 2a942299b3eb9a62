"""What collections can be filtered and sorted by, as JSON Schema."""

from catalog.stac.collection_search.ordering import COLUMNS
from catalog.stac.core.documents import Document
from catalog.stac.search.schemas import MOMENT, schema_document

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
