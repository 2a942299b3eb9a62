"""Finding collections by place, time, words and conditions."""

from .query import CollectionQuery, parse_collection_query
from .schemas import collection_queryables_document, collection_sortables_document
from .searching import CollectionPage, search_collections

__all__ = [
    "CollectionPage",
    "CollectionQuery",
    "collection_queryables_document",
    "collection_sortables_document",
    "parse_collection_query",
    "search_collections",
]
