"""Tell what a STAC document of another catalog is, and where its links lead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urljoin, urlsplit

import orjson

from catalog.errors import InvalidDocument

Document = dict[str, Any]
Kind = Literal["item", "items", "collection", "collections", "catalog", "api"]
# Versions whose documents are brought to the present one.
KNOWN_VERSIONS = ("0.", "1.")
# Items of a page that an API is asked for: few round trips, and a page that is written in a second or two.
PAGE_ITEMS = 250
NUL = b"\\u0000"
REMOTE = ("http://", "https://", "s3://")


@dataclass(frozen=True)
class Link:
    """Hold where a link leads: an absolute address, and of a page that is asked for by POST its body."""

    href: str
    body: Document | None = None


@dataclass(frozen=True)
class Links:
    """Hold what a document leads to: other documents to follow, single items, and the next page of the same."""

    documents: list[Link] = field(default_factory=list)
    items: list[Link] = field(default_factory=list)
    next: Link | None = None


def kind_of(document: object) -> Kind:
    """Tell what a document is. Raises InvalidDocument (`not_stac`, `stac_version_unknown`) for what is none of STAC's.

    An `api` is the landing page of one that can search.
    """
    if not isinstance(document, dict):
        raise InvalidDocument("document: is not a JSON object.", code="not_stac")
    if isinstance(document.get("features"), list):
        return "items"
    if isinstance(document.get("collections"), list):
        return "collections"
    kind = document.get("type")
    version = document.get("stac_version")
    if version is None and kind not in ("Catalog", "Collection"):
        raise InvalidDocument("document: has neither features nor a stac_version; it is not of STAC.", code="not_stac")
    if not isinstance(version, str) or not version.startswith(KNOWN_VERSIONS):
        raise InvalidDocument(
            f"stac_version: {version!r} is not known here; versions 0.6 to 1.1 are.", code="stac_version_unknown"
        )
    if kind == "Feature":
        return "item"
    if kind == "Collection" or (kind is None and "extent" in document):
        return "collection"
    # Catalogs of old versions have no type.
    return "api" if _search(document) and "conformsTo" in document else "catalog"


def links_of(document: Document, *, kind: Kind, base: str, body: Document | None = None) -> Links:
    """Return where a document leads.

    Args:
        document: the document.
        kind: what `kind_of` says it is.
        base: the address that its links are relative to; empty where there is none.
        body: what was posted for it, which a link that merges adds to.
    """
    found = list(_resolved(document, base=base))
    if kind == "item":
        return Links()
    if kind == "items":
        return Links(next=_next(found, body=body))
    if kind == "collections":
        members = [each for each in document["collections"] if isinstance(each, dict)]
        return Links(
            documents=[link for each in members for link in _items_or_self(each, base=base)],
            next=_next(found, body=None),
        )
    if kind == "api":
        return Links(documents=[_of_page_size(Link(str(_search(document, found))))])
    if kind == "collection" and (of_api := [each for rel, each, _ in found if rel == "items"]):
        return Links(documents=[_of_page_size(of_api[0])])
    return Links(
        documents=[each for rel, each, _ in found if rel == "child"],
        items=[each for rel, each, _ in found if rel == "item"],
        next=_next(found, body=None),
    )


def linked(document: Document, rel: str, *, base: str) -> str:
    """Return the address of a document's first link of a relation; empty where there is none."""
    return next((each.href for found, each, _ in _resolved(document, base=base) if found == rel), "")


def own_address(document: object) -> str:
    """Return where a document says that it lies, if that is a whole address; else an empty text."""
    return linked(document, "self", base="") if isinstance(document, dict) else ""


def absolute_item(item: object, *, base: str) -> object:
    """Return an item whose relative addresses, of links and assets, are absolute: it won't lie where it lay."""
    if not isinstance(item, dict) or not base:
        return item
    changed: Document = dict(item)
    if isinstance(item.get("assets"), dict):
        changed["assets"] = {key: _absolute(asset, base=base) for key, asset in item["assets"].items()}
    if isinstance(item.get("links"), list):
        changed["links"] = [_absolute(link, base=base) for link in item["links"]]
    return changed


def _absolute(part: Any, *, base: str) -> Any:
    href = part.get("href") if isinstance(part, dict) else None
    if not isinstance(href, str) or urlsplit_scheme(href):
        return part
    return {**part, "href": joined(base, href)}


def urlsplit_scheme(href: str) -> str:
    """Return the scheme of an address; empty for a relative one, or for what is no address at all."""
    try:
        return urlsplit(href).scheme
    except ValueError:
        return ""


def joined(base: str, href: str) -> str:
    """Resolve an address against another; in a bucket as on the web."""
    try:
        if base.startswith("s3://"):
            # The standard library resolves what it knows to be hierarchical, and buckets are unknown to it.
            resolved = urljoin(f"http{base.removeprefix('s3')}", href)
            return f"s3{resolved.removeprefix('http')}" if not urlsplit_scheme(href) else href
        return urljoin(base, href)
    except ValueError:
        return href


def _resolved(document: Document, *, base: str) -> Iterator[tuple[str, Link, Mapping[str, Any]]]:
    """Yield relation, target and link of a document's links that lead to an absolute address."""
    links = document.get("links")
    for link in links if isinstance(links, list) else ():
        rel, href = (link.get(name) for name in ("rel", "href")) if isinstance(link, dict) else (None, None)
        if not isinstance(rel, str) or not isinstance(href, str) or not href:
            continue
        target = joined(base, href) if base else href
        if target.startswith(REMOTE) and target.isprintable():
            yield rel, Link(target), link


def _search(document: Document, found: list[tuple[str, Link, Mapping[str, Any]]] | None = None) -> str:
    """Return the address of an API's search by GET; empty where it has none."""
    pairs = _resolved(document, base="") if found is None else found
    addresses = [
        each.href for rel, each, link in pairs if rel == "search" and str(link.get("method", "GET")).upper() == "GET"
    ]
    return addresses[0] if addresses else ""


def _items_or_self(collection: Document, *, base: str) -> list[Link]:
    """Return where the items of a collection are: its pages, or else its own document, which links to them."""
    found = list(_resolved(collection, base=base))
    pages = [_of_page_size(each) for rel, each, _ in found if rel == "items"]
    return pages[:1] or [each for rel, each, _ in found if rel == "self"][:1]


def _of_page_size(link: Link) -> Link:
    """Ask for pages that are neither tiny nor huge, unless the address says how large."""
    parts = urlsplit(link.href)
    if "limit=" in parts.query:
        return link
    query = "&".join(filter(None, (parts.query, urlencode({"limit": PAGE_ITEMS}))))
    return Link(parts._replace(query=query).geturl())


def _next(found: list[tuple[str, Link, Mapping[str, Any]]], *, body: Document | None) -> Link | None:
    """Return the next page: by GET, or by POST with a body, which may only add to the one before."""
    for rel, each, link in found:
        if rel != "next":
            continue
        if str(link.get("method", "GET")).upper() != "POST":
            return each
        own = link.get("body")
        given: Document = own if isinstance(own, dict) else {}
        whole = {**(body or {}), **given} if link.get("merge") else given
        # No database keeps a NUL, and no search has one.
        return None if NUL in orjson.dumps(whole) else Link(each.href, whole)
    return None


def parsed(content: bytes, *, name: str) -> object:
    """Return the document of a JSON text. Raises InvalidDocument (`not_json`)."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidDocument(f"{name} is not JSON: {error}.", code="not_json") from None
