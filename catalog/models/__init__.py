"""The tables of the catalog."""

from .access import ApiToken, Membership
from .census import Census
from .collection import Collection
from .file import ChecksumFile
from .ingest import IngestJob, IngestSource
from .item import Item
from .search import OverviewTile, Search, SearchOwner

__all__ = [
    "ApiToken",
    "Census",
    "ChecksumFile",
    "Collection",
    "IngestJob",
    "IngestSource",
    "Item",
    "Membership",
    "OverviewTile",
    "Search",
    "SearchOwner",
]
