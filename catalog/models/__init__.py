"""Define the tables of the catalog."""

from catalog.models.access import ApiToken
from catalog.models.annotation import Annotation
from catalog.models.audit import AuditEntry
from catalog.models.collection import Census, Collection, Membership, TallyRow
from catalog.models.file import ChecksumFile, DroppedObject
from catalog.models.ingest import IngestJob, IngestSource
from catalog.models.item import Item
from catalog.models.search import OverviewTile, Search, SearchOwner
from catalog.models.storage import Storage
from catalog.models.watch import Crawl, Watch, WatchedFile

__all__ = [
    "Annotation",
    "ApiToken",
    "AuditEntry",
    "Census",
    "ChecksumFile",
    "Collection",
    "Crawl",
    "DroppedObject",
    "IngestJob",
    "IngestSource",
    "Item",
    "Membership",
    "OverviewTile",
    "Search",
    "SearchOwner",
    "Storage",
    "TallyRow",
    "Watch",
    "WatchedFile",
]
