"""Finding collections by place, time, words and conditions."""

from catalog.stac.collection_search.query import (
    CollectionQuery,
    collection_queryables_document,
    collection_sortables_document,
    parse_collection_query,
)
from catalog.stac.collection_search.searching import CollectionPage, search_collections

__all__ = [
    "CollectionPage",
    "CollectionQuery",
    "collection_queryables_document",
    "collection_sortables_document",
    "parse_collection_query",
    "search_collections",
]
