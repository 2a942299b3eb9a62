"""Load collections and items from files, for whoever runs the site, who may do anything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib.auth.models import User

from catalog.documents.mending import MENDING_RINGS, Handling, Mending
from catalog.errors import CatalogError, InvalidDocument, NotFound
from catalog.models import Collection
from catalog.services.collections.editing import DESCRIPTION_OF_MADE, write_collection
from catalog.services.collections.lifecycle import create_collection
from catalog.services.items.bulk import BATCH_ITEMS, BulkReport, collecting_later, write_items
from catalog.services.items.showing import Showing


@dataclass
class LoadReport:
    """Count how many documents became what; what was refused goes to whoever iterates."""

    collections: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Remark:
    """Say which document could not be loaded and why, or, where `is_loaded`, what was mended in it or can't be seen."""

    document_id: str
    code: str
    description: str
    is_loaded: bool = False


@dataclass
class Loader:
    """Load documents that may come in any order and from several files.

    `default_collection` is where items go that name none; `creates` makes the collections that are not there,
    with `owner`. `handling` is of what is not quite valid. With `showing` imagery that may be read can be seen.
    """

    owner: User | None = None
    default_collection: str = ""
    creates: bool = False
    handling: Handling = MENDING_RINGS
    showing: Showing | None = None
    report: LoadReport = field(default_factory=LoadReport)
    _seen: dict[str, set[str]] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def load(self, documents: Iterable[object]) -> Iterator[Remark]:
        """Write them in batches; yield those that can't be, and what was mended in others."""
        waiting = iter(documents)
        while batch := _next(waiting):
            items: dict[str, list[Any]] = {}
            for document in batch:
                mending = Mending(self.handling)
                try:
                    self._sort(document, items=items, mending=mending)
                except CatalogError as error:
                    yield self._lose(document, error)
                else:
                    # Of a collection; items are written later.
                    yield from (_mended(_identifier(document), note) for note in mending.notes)
            for collection_id, members in items.items():
                yield from self._write(collection_id, members)

    def _sort(self, document: object, *, items: dict[str, list[Any]], mending: Mending) -> None:
        """Write a collection at once; put an item to the others of its collection."""
        if not isinstance(document, dict):
            raise InvalidDocument("document: is not a JSON object.")
        if is_collection(document):
            collection = write_collection(document=document, owner=self.owner, mending=mending)
            self._known.add(collection.pk)
            self.report.collections += 1
            return
        collection_id = document.get("collection") or self.default_collection
        if not isinstance(collection_id, str) or not collection_id:
            raise InvalidDocument("collection: the item names none, and none was given for such.")
        self._ensure(collection_id)
        items.setdefault(collection_id, []).append(document)

    def _ensure(self, collection_id: str) -> None:
        if collection_id in self._known:
            return
        if not Collection.objects.filter(pk=collection_id).exists():
            if not self.creates:
                raise NotFound(f"There is no collection {collection_id!r}.", code="collection_not_found")
            create_collection(user=self.owner, collection_id=collection_id, description=DESCRIPTION_OF_MADE)
        self._known.add(collection_id)

    def _write(self, collection_id: str, documents: list[Any]) -> Iterator[Remark]:
        seen = self._seen.setdefault(collection_id, set())
        done: BulkReport = write_items(
            collection_id=collection_id,
            documents=documents,
            replace=True,
            seen=seen,
            handling=self.handling,
            showing=self.showing,
        )
        self.report.created += len(done.created)
        self.report.updated += len(done.updated)
        self.report.unchanged += len(done.unchanged)
        self.report.refused += len(done.refused)
        for note in done.mended:
            yield _mended(f"{collection_id}/{note.item_id}", note.description)
        for note in done.unshown:
            yield Remark(f"{collection_id}/{note.item_id}", "asset_not_admitted", note.description, is_loaded=True)
        for refusal in done.refused:
            yield Remark(f"{collection_id}/{refusal.item_id}", refusal.code, refusal.description)

    def _lose(self, document: object, error: CatalogError) -> Remark:
        self.report.refused += 1
        return Remark(_identifier(document), error.code, error.message)


def _next(documents: Iterator[object]) -> list[object]:
    with collecting_later():
        return list(islice(documents, BATCH_ITEMS))


def _identifier(document: object) -> str:
    return str(document.get("id") if isinstance(document, dict) else document)[:256]


def _mended(document_id: str, description: str) -> Remark:
    return Remark(document_id, "mended", description, is_loaded=True)


def is_collection(document: dict[str, Any]) -> bool:
    """Return whether it is a collection. Old ones have no `type`; a Catalog is taken for a bad collection."""
    kind = document.get("type")
    return kind in ("Collection", "Catalog") or (kind is None and "geometry" not in document)
