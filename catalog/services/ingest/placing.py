"""Put STAC items into the collections where they belong, make those that are wanted, and write them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from catalog.documents.identifiers import RULE, is_identifier
from catalog.documents.mending import MENDING_RINGS
from catalog.documents.traversal import absolute_item, kind_of, linked, parsed
from catalog.errors import CatalogError, InvalidDocument, NotAllowed
from catalog.models import Collection, IngestJob
from catalog.remote.places import reading_for
from catalog.remote.probing import fetch_object
from catalog.services.access.permissions import get_editable_collection
from catalog.services.collections.editing import DESCRIPTION_OF_MADE, adopt_collection
from catalog.services.collections.lifecycle import create_collection
from catalog.services.items.bulk import write_items
from catalog.services.items.showing import Showing

# What documents are asked for as. Servers compress them if they can.
ACCEPT = "application/geo+json, application/json;q=0.9, application/x-ndjson;q=0.8, */*;q=0.5"
# Remarks of one source that are kept, and seconds of one document's way.
MOST_REMARKS = 50
FETCH_SECONDS = 120.0


@dataclass(frozen=True)
class Found:
    """Hold an item's document with the address that it was found at, and the collection of those that name none."""

    document: object
    base: str = ""
    collection_id: str = ""


@dataclass
class Outcome:
    """Say what became of one item: where it was written, or why not; and what was mended or can't be seen."""

    collection_id: str = ""
    item_id: str = ""
    error: CatalogError | None = None
    remarks: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Placing:
    """Write items for whoever asked for a job, into its collection, or, as its options say, into their own."""

    job: IngestJob
    _known: dict[str, CatalogError | None] = field(default_factory=dict)

    @property
    def makes_collections(self) -> bool:
        """Return whether items go to the collections that they name, which are made."""
        return bool(self.job.options.get("create_collections"))

    def adopt(self, document: dict[str, Any]) -> str:
        """Write a collection's document, unless one of its id has one already; return its id.

        Without the option nothing is written: its items go to the job's collection.
        """
        if not self.makes_collections:
            return str(self.job.collection_id)
        if self.job.owner is None:
            raise NotAllowed("Who asked for this ingest is gone.")
        collection = adopt_collection(user=self.job.owner, document=document)
        self._known[collection.pk] = None
        return str(collection.pk)

    def write(self, found: Sequence[Found]) -> list[Outcome]:
        """Write items; return what became of each, in their order."""
        outcomes = [Outcome() for _ in found]
        by_collection: dict[str, list[int]] = {}
        documents: list[object] = []
        for each, outcome in zip(found, outcomes, strict=True):
            document = absolute_item(each.document, base=each.base)
            try:
                placed, outcome.collection_id = self._placed(document, each)
            except CatalogError as error:
                outcome.error = error
                placed = document
            else:
                by_collection.setdefault(outcome.collection_id, []).append(len(documents))
            documents.append(placed)
            outcome.item_id = _identifier(document)
        for collection_id, positions in by_collection.items():
            self._write(collection_id, [documents[each] for each in positions], [outcomes[each] for each in positions])
        return outcomes

    def _write(self, collection_id: str, documents: list[object], outcomes: list[Outcome]) -> None:
        # Storages are for collections: for that of the items, whosever job it is.
        with reading_for(collection_id):
            report = write_items(
                collection_id=collection_id,
                documents=documents,
                replace=True,
                handling=MENDING_RINGS,
                showing=Showing(self.job.owner),
            )
        for note in report.mended:
            outcomes[note.position].remarks.append(("mended", note.description))
        for note in report.unshown:
            outcomes[note.position].remarks.append(("asset_not_admitted", note.description))
        for refusal in report.refused:
            outcomes[refusal.position].error = InvalidDocument(refusal.description, code=refusal.code)

    def _placed(self, document: object, found: Found) -> tuple[object, str]:
        """Return the item as one of the collection that it goes to, and that collection's id."""
        target = str(self.job.collection_id)
        if not isinstance(document, dict):
            return document, target
        if self.makes_collections:
            named = document.get("collection") or found.collection_id or target
            if not isinstance(named, str) or not is_identifier(named):
                raise InvalidDocument(f"collection: is not the id of one. {RULE}")
            target = named
            self._ensure(target, document, base=found.base)
        return {**document, "collection": target}, target

    def _ensure(self, collection_id: str, item: dict[str, Any], *, base: str) -> None:
        """Have the collection there that an item names, made of its own document if that can be read."""
        if collection_id not in self._known:
            try:
                self._make(collection_id, item, base=base)
                self._known[collection_id] = None
            except CatalogError as error:
                self._known[collection_id] = error
        known = self._known[collection_id]
        if known is not None:
            raise known

    def _make(self, collection_id: str, item: dict[str, Any], *, base: str) -> None:
        user = self.job.owner
        if user is None:
            raise NotAllowed("Who asked for this ingest is gone.")
        if Collection.objects.filter(pk=collection_id).exists():
            get_editable_collection(user=user, collection_id=collection_id)
            return
        document = _collection_of(item, base=base)
        if document.get("id") == collection_id:
            adopt_collection(user=user, document=document)
        else:
            create_collection(user=user, collection_id=collection_id, description=DESCRIPTION_OF_MADE)


def _identifier(document: object) -> str:
    """Return an item's id as it can be told and kept, whatever is in its place."""
    found = document.get("id", "") if isinstance(document, dict) else ""
    return "".join(filter(str.isprintable, str(found)))[:256]


def _collection_of(item: dict[str, Any], *, base: str) -> dict[str, Any]:
    """Read the collection's document that an item links to; an empty one where there is none to be had."""
    href = linked(item, "collection", base=base)
    try:
        document = read_document(href)[0] if href else {}
        return document if isinstance(document, dict) and kind_of(document) == "collection" else {}
    except CatalogError:
        return {}


def read_document(href: str, *, body: Any = None) -> tuple[object, str]:
    """Fetch a STAC document; return it and where it was found. Raises what `fetch_object` does, InvalidDocument."""
    fetched = fetch_object(
        href, accept=ACCEPT, most_bytes=settings.INGEST_STAC_MAX_BYTES, seconds=FETCH_SECONDS, body=body
    )
    return parsed(fetched.content, name=href), fetched.href


def remarks_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return what is to be said of items, alike sentences once: the first item and how many more."""
    counted: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], str] = {}
    for outcome in outcomes:
        told = [*outcome.remarks]
        if outcome.error:
            told.append((outcome.error.code, outcome.error.message))
        for code, text in told:
            each = (code, text.replace("\0", " ")[:500])
            counted[each] += 1
            first.setdefault(each, outcome.item_id)
    # What was refused, before what was mended.
    kept = sorted(counted, key=lambda each: each[0] in {"mended", "asset_not_admitted"})
    remarks = [
        {"code": code, "description": text, "item": first[code, text], "items": counted[code, text]}
        for code, text in kept[:MOST_REMARKS]
    ]
    if len(kept) > MOST_REMARKS:
        remarks.append({"code": "more", "description": f"{len(kept) - MOST_REMARKS:,} more remarks are not kept."})
    return remarks
