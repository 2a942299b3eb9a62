"""Bring in what STAC documents of other catalogs hold, and follow where they lead, one source for each document."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Sum

from catalog.documents.reading import parse_line
from catalog.documents.traversal import Kind, Link, Links, kind_of, links_of, own_address
from catalog.errors import CatalogError, InvalidDocument, InvalidInput
from catalog.models import ChecksumFile, IngestSource, Item
from catalog.remote.probing import fetch_object_part
from catalog.services.ingest.children import add_children
from catalog.services.ingest.placing import ACCEPT, FETCH_SECONDS, Found, Outcome, Placing, read_document, remarks_of

# Documents of items that are asked for at a time: few enough for one server.
CONNECTIONS = 8
MAX_HREF = 2048
# Bytes of a file of lines that are one source: some thousand items.
PART_BYTES = 8 * 2**20
# Columns of a source that say what came of its items.
NOTED = ("items_written", "items_refused", "remarks", "digest")
Remark = dict[str, Any]


def load_stac_source(source: IngestSource) -> int | None:
    """Read the source's document, write what it holds, and add a source for each document that it links to.

    Returns the key of the item that the document is; None where it is another.
    Raises what reading it does, InvalidDocument for what is no STAC, and the first item's error where none was good.
    """
    if is_of_lines(source.href):
        _load_lines(source)
        return None
    document, base = _document_of(source)
    kind = kind_of(document)
    assert isinstance(document, dict)
    placing = Placing(source.job)
    source.remarks = []
    collection_id = str(source.details.get("collection", ""))
    outcomes: list[Outcome] = []
    if kind == "collection":
        collection_id = placing.adopt(document)
    elif kind == "collections":
        _adopt_all(document["collections"], placing, remarks=source.remarks)
    elif kind in ("item", "items"):
        members = document["features"] if kind == "items" else [document]
        outcomes = placing.write([Found(member, base, collection_id) for member in members])
        _count(source, outcomes)
    _note(source)
    links = links_of(document, kind=kind, base=base, body=source.details.get("body"))
    _follow(source, links, kind=kind, collection_id=collection_id, makes=placing.makes_collections)
    if source.job.options.get("probe"):
        add_children(source, _probes(outcomes))
    _note(source)
    _raise_if_all_failed(outcomes)
    return find_written(outcomes)[0] if kind == "item" else None


def is_of_lines(href: str) -> bool:
    """Tell whether an address is that of a file with a document in each line."""
    return href.partition("#")[0].partition("?")[0].lower().endswith((".ndjson", ".jsonl"))


def _load_lines(source: IngestSource) -> None:
    """Write the items of a part of a file of lines, and add a source for the next part, so that each has its end."""
    href, _, mark = source.href.partition("#bytes=")
    first = int(mark) if mark.isdecimal() else 0
    part = fetch_object_part(href, accept=ACCEPT, first=first, size=PART_BYTES, seconds=FETCH_SECONDS).content
    is_last = len(part) < PART_BYTES
    whole = part if is_last else part[: part.rfind(b"\n") + 1]
    if not whole and not is_last:
        raise InvalidDocument(f"A line has more than {PART_BYTES:,} bytes.", code="too_large")
    placing = Placing(source.job)
    source.remarks = []
    documents = [parse_line(line) for line in whole.splitlines() if line.strip()]
    is_collection = [isinstance(each, dict) and each.get("type") == "Collection" for each in documents]
    bad: list[Remark] = []
    _adopt_all([each for each, is_one in zip(documents, is_collection, strict=True) if is_one], placing, remarks=bad)
    items = [Found(each, href) for each, is_one in zip(documents, is_collection, strict=True) if not is_one]
    outcomes = placing.write(items)
    _count(source, outcomes)
    source.remarks += bad
    _note(source)
    following = Link(f"{href}#bytes={first + len(whole)}")
    if not is_last and _goes_on(source, following, kind="items"):
        add_children(source, [_row(following, source, details={}, is_page=True)])
    if source.job.options.get("probe"):
        add_children(source, _probes(outcomes))
    _raise_if_all_failed(outcomes)


def _raise_if_all_failed(outcomes: Sequence[Outcome]) -> None:
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if errors and len(errors) == len(outcomes):
        text = errors[0].message
        if len(errors) > 1:
            text = f"Not one of {len(errors):,} items was taken. The first: {text}"
        raise InvalidDocument(text, code=errors[0].code)


def load_item_sources(sources: Sequence[IngestSource]) -> list[Outcome]:
    """Read the documents of items, several at a time, and write them as one batch; return what became of each.

    An error is that of reading the document, or of writing it. Of one job all.
    """
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="stac") as threads:
        found = list(threads.map(_read_item, sources))
    good = [each for each in found if isinstance(each, Found)]
    written = iter(Placing(sources[0].job).write(good))
    outcomes = [next(written) if isinstance(each, Found) else Outcome(error=each) for each in found]
    for source, outcome in zip(sources, outcomes, strict=True):
        _count(source, [outcome])
        if sources[0].job.options.get("probe"):
            add_children(source, _probes([outcome]))
    return outcomes


def find_written(outcomes: Sequence[Outcome]) -> list[int | None]:
    """Return the key of the item of each outcome; None where there is none."""
    ids = {outcome.item_id for outcome in outcomes if outcome.error is None}
    collections = {outcome.collection_id for outcome in outcomes}
    rows = Item.objects.filter(collection__in=collections, item_id__in=ids)
    found = {(collection, name): pk for collection, name, pk in rows.values_list("collection_id", "item_id", "pk_id")}
    return [None if each.error else found.get((each.collection_id, each.item_id)) for each in outcomes]


def _read_item(source: IngestSource) -> Found | CatalogError:
    try:
        document, base = read_document(source.href)
        kind = kind_of(document)
    except CatalogError as error:
        return error
    if kind != "item":
        return InvalidDocument(f"document: is a {kind}, where a link said that it is an item.", code="not_an_item")
    return Found(document, base, str(source.details.get("collection", "")))


def _document_of(source: IngestSource) -> tuple[object, str]:
    """Return the source's document and the address that its links are relative to."""
    if not source.href:
        document = source.details.get("document")
        return document, own_address(document)
    return read_document(source.href, body=source.details.get("body"))


def _adopt_all(documents: Sequence[object], placing: Placing, *, remarks: list[Remark]) -> None:
    for document in documents:
        if not isinstance(document, dict) or not placing.makes_collections:
            continue
        try:
            placing.adopt(document)
        except CatalogError as error:
            remarks.append({"code": error.code, "description": error.message, "item": str(document.get("id", ""))})


def _count(source: IngestSource, outcomes: Sequence[Outcome]) -> None:
    source.items_refused = sum(outcome.error is not None for outcome in outcomes)
    source.items_written = len(outcomes) - source.items_refused
    source.remarks = remarks_of(outcomes)
    ids = sorted(f"{outcome.collection_id}/{outcome.item_id}" for outcome in outcomes)
    source.digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:32]


def _note(source: IngestSource) -> None:
    """Keep what is known so far, for as long as the source is this worker's: pages that follow look at it."""
    held = IngestSource.objects.filter(pk=source.pk, lease_token=source.lease_token)
    held.update(**{name: getattr(source, name) for name in NOTED})


def _follow(source: IngestSource, links: Links, *, kind: Kind, collection_id: str, makes: bool) -> None:
    """Add sources for what the document leads to; say so where something is not followed."""
    documents, details = links.documents, {"collection": collection_id} if collection_id and makes else {}
    if documents and source.depth >= settings.INGEST_STAC_MAX_DEPTH:
        text = f"{len(documents):,} links are not followed: they lie {source.depth + 1} deep."
        source.remarks.append({"code": "stac_too_deep", "description": text})
        documents = []
    rows = [_row(link, source, details=details) for link in documents]
    rows += [_row(link, source, kind=IngestSource.Kind.ITEM, details=details) for link in links.items]
    if links.next and _goes_on(source, links.next, kind=kind):
        rows.append(_row(links.next, source, details=details, is_page=True))
    fitting = [row for row in rows if len(row.href) <= MAX_HREF]
    if len(fitting) < len(rows):
        text = f"{len(rows) - len(fitting):,} links of more than {MAX_HREF:,} characters are not followed."
        source.remarks.append({"code": "link_too_long", "description": text})
    add_children(source, fitting)


def _row(
    link: Link,
    source: IngestSource,
    *,
    details: dict[str, str],
    kind: IngestSource.Kind = IngestSource.Kind.STAC,
    is_page: bool = False,
) -> IngestSource:
    """Return the source of a link; pages that are posted for are told apart by what is posted."""
    href, depth = link.href, source.depth + (not is_page)
    if link.body is None:
        return IngestSource(kind=kind, href=href, depth=depth, details=details)
    text = orjson.dumps(link.body, option=orjson.OPT_SORT_KEYS)
    mark = hashlib.sha256(text).hexdigest()[:16]
    address = f"{href.partition('#')[0]}#{mark}"
    return IngestSource(kind=kind, href=address, depth=depth, details={**details, "body": link.body})


def _goes_on(source: IngestSource, link: Link, *, kind: Kind) -> bool:
    """Return whether the next page is worth asking for: not if it was asked for, or if pages come again and again.

    Raises InvalidInput where an ingest gets too large.
    """
    pages = IngestSource.objects.filter(job_id=source.job_id, kind=IngestSource.Kind.STAC)
    if pages.filter(href=_row(link, source, details={}).href).exclude(parent=source).exists():
        text = "The next page is one that was asked for already; what it leads to comes only once."
        source.remarks.append({"code": "stac_pages_loop", "description": text})
        return False
    alike = pages.filter(digest=source.digest, href__startswith=re.split("[?#]", source.href)[0])
    if kind == "items" and alike.exclude(pk=source.pk).exists():
        text = "The page has the items of an earlier one: the API's next pages lead nowhere, and are not followed."
        source.remarks.append({"code": "stac_pages_repeat", "description": text})
        return False
    if kind == "items":
        sums = pages.aggregate(written=Sum("items_written"), refused=Sum("items_refused"))
        if (sums["written"] or 0) + (sums["refused"] or 0) > settings.INGEST_MAX_LISTED:
            raise InvalidInput(f"sources: an ingest has at most {settings.INGEST_MAX_LISTED:,} items.")
    return True


def _probes(outcomes: Sequence[Outcome]) -> Iterator[IngestSource]:
    """Yield a source for each file of items that nobody opened yet."""
    wanted: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.error is None:
            wanted.setdefault(outcome.collection_id, []).append(outcome.item_id)
    for collection_id, ids in wanted.items():
        rows = Item.objects.filter(collection_id=collection_id, item_id__in=ids).values_list("asset_files", flat=True)
        named = {file for files in rows for file in files.values()}
        files = ChecksumFile.objects.filter(pk__in=named, opened=False).exclude(url="").order_by("pk")
        for href in files.values_list("url", flat=True):
            yield IngestSource(kind=IngestSource.Kind.PROBE, href=href)
