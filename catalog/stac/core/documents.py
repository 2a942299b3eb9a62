"""Collections as STAC 1.1.0 documents, and what these share with items'."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from catalog.documents.validation import STRUCTURAL_RELS
from catalog.models import Collection
from catalog.services.collections.editing import WHOLE_WORLD, extent_document, with_derived
from catalog.stac.core.links import GEOJSON, JSON, Link, Site, aggregation_links, link, schema_links

STAC_VERSION = "1.1.0"
RENDERS = "https://stac-extensions.github.io/render/"

Document = dict[str, Any]


def timestamp(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC, ending in Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def collection_document(collection: Collection, *, base: str) -> Document:
    """Return the collection's STAC document. `base` is where the site is reached, without a final slash."""
    site = Site(base)
    extra = with_derived(collection)
    stored_links = extra.pop("links", ())
    document: Document = {
        **extra,
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": extensions(extra.get("stac_extensions", ()), *_render_extension(extra)),
        "id": collection.id,
        "title": collection.title or collection.id,
        # The schema wants at least one character.
        "description": collection.description or collection.title or collection.id,
        "license": collection.license,
        "extent": _extent(collection),
        "links": [*_collection_links(collection, site=site), *foreign_links(stored_links, site=site)],
    }
    if collection.keywords:
        document["keywords"] = collection.keywords
    if "assets" in extra:
        document["assets"] = absolute_assets(extra["assets"], site=site)
    return document


def _collection_links(collection: Collection, *, site: Site) -> list[Link]:
    return [
        link("self", site.collection(collection.id), JSON),
        link("root", site.root, JSON),
        link("parent", site.root, JSON),
        link("items", site.items(collection.id), GEOJSON),
        *schema_links(site.collection(collection.id)),
        *aggregation_links(site.collection(collection.id)),
        link("child", site.period(collection.id, None), JSON, title="By month"),
    ]


def foreign_links(links: Iterable[Link], *, site: Site) -> list[Link]:
    return [{**each, "href": site.absolute(each["href"])} for each in links if each["rel"] not in STRUCTURAL_RELS]


def absolute_assets(assets: dict[str, Document], *, site: Site) -> dict[str, Document]:
    return {key: _absolute_asset(asset, site=site) for key, asset in assets.items()}


def _absolute_asset(asset: Document, *, site: Site) -> Document:
    absolute = {**asset, "href": site.absolute(asset["href"])}
    alternate = asset.get("alternate")
    if isinstance(alternate, dict):
        absolute["alternate"] = {
            name: {**other, "href": site.absolute(other["href"])}
            if isinstance(other, dict) and isinstance(other.get("href"), str)
            else other
            for name, other in alternate.items()
        }
    return absolute


def extensions(stored: Iterable[str], *added: str | None) -> list[str]:
    return list(dict.fromkeys([*stored, *(each for each in added if each)]))


def _render_extension(extra: Document) -> list[str]:
    """Return the extension that says what `renders` are, where none of any version was written."""
    known = any(each.startswith(RENDERS) for each in extra.get("stac_extensions", ()))
    return [f"{RENDERS}v2.0.0/schema.json"] if extra.get("renders") and not known else []


def _extent(collection: Collection) -> Document:
    """Return the extent; an empty collection could hold anything: the whole world, at any time."""
    interval = [timestamp(collection.start_datetime), timestamp(collection.end_datetime)]
    return extent_document(collection, bbox=collection.bbox or WHOLE_WORLD, interval=interval)
