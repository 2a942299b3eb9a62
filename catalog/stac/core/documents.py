"""Rows of the catalog as STAC 1.1.0 documents."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from catalog.documents.footprints import footprint_document
from catalog.documents.validation import STRUCTURAL_RELS
from catalog.models import Collection, Item
from catalog.services.collections.editing import WHOLE_WORLD, extent_document, with_derived
from catalog.services.collections.renders import Renders
from catalog.services.items.assets import visual_assets
from catalog.stac.core.links import GEOJSON, JSON, Link, Site, aggregation_links, link, schema_links

STAC_VERSION = "1.1.0"
RENDERS = "https://stac-extensions.github.io/render/"

Document = dict[str, Any]


def timestamp(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC, ending in Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def item_document(item: Item, *, base: str, renders: Renders | None = None) -> Document:
    """Return the item's STAC document. Costs no query: `collection` is read by its id only.

    `renders` are the collection's, to which it links. `base` is where the site is reached, without a final slash:
    ``Site.of(request).base``.
    """
    site = Site(base)
    web_map = [*imagery_links(item, site=site), *render_links(item, renders or {}, site=site)]
    document: Document = {
        **item.extra,
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _extensions(item.stac_extensions, WEB_MAP_LINKS if web_map else None),
        "id": item.item_id,
        "collection": item.collection_id,
        "geometry": footprint_document(item.geometry, extra=item.extra),
        "properties": {"datetime": timestamp(item.datetime), **item.properties},
        "links": [*_item_links(item, site=site), *web_map, *_foreign(item.links, site=site)],
        "assets": _absolute_assets(item.assets, site=site),
    }
    if item.bbox is not None:
        document["bbox"] = item.bbox
    return document


def collection_document(collection: Collection, *, base: str) -> Document:
    """Return the collection's STAC document; `base` as in `item_document`."""
    site = Site(base)
    extra = with_derived(collection)
    stored_links = extra.pop("links", ())
    document: Document = {
        **extra,
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": _extensions(extra.get("stac_extensions", ()), *_render_extension(extra)),
        "id": collection.id,
        "title": collection.title or collection.id,
        # The schema wants at least one character.
        "description": collection.description or collection.title or collection.id,
        "license": collection.license,
        "extent": _extent(collection),
        "links": [*_collection_links(collection, site=site), *_foreign(stored_links, site=site)],
    }
    if collection.keywords:
        document["keywords"] = collection.keywords
    if "assets" in extra:
        document["assets"] = _absolute_assets(extra["assets"], site=site)
    return document


def _item_links(item: Item, *, site: Site) -> list[Link]:
    collection = site.collection(item.collection_id)
    return [
        link("self", site.item(item.collection_id, item.item_id), GEOJSON),
        link("root", site.root, JSON),
        link("parent", collection, JSON),
        link("collection", collection, JSON),
    ]


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


def _foreign(links: Iterable[Link], *, site: Site) -> list[Link]:
    return [{**each, "href": site.absolute(each["href"])} for each in links if each["rel"] not in STRUCTURAL_RELS]


def _absolute_assets(assets: dict[str, Document], *, site: Site) -> dict[str, Document]:
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


def _extensions(stored: Iterable[str], *added: str | None) -> list[str]:
    return list(dict.fromkeys([*stored, *(each for each in added if each)]))


def _render_extension(extra: Document) -> list[str]:
    """Return the extension that says what `renders` are, where none of any version was written."""
    known = any(each.startswith(RENDERS) for each in extra.get("stac_extensions", ()))
    return [f"{RENDERS}v2.0.0/schema.json"] if extra.get("renders") and not known else []


def _extent(collection: Collection) -> Document:
    """Return the extent; an empty collection could hold anything: the whole world, at any time."""
    interval = [timestamp(collection.start_datetime), timestamp(collection.end_datetime)]
    return extent_document(collection, bbox=collection.bbox or WHOLE_WORLD, interval=interval)


# https://github.com/stac-extensions/web-map-links
WEB_MAP_LINKS = "https://stac-extensions.github.io/web-map-links/v1.2.0/schema.json"


def imagery_links(item: Item, *, site: Site) -> Iterator[Link]:
    """Yield `preview` of the default asset, then `tilejson` and `xyz` of each.

    What has no place on Earth gets no `xyz`: its tiles lie in pixel space, which only TileJSON can say.
    """
    for position, key in enumerate(visual_assets(item)):
        prefix = site.imagery(item.collection_id, item.item_id, key)
        title = item.assets[key].get("title") or key
        if position == 0:
            yield link("preview", f"{prefix}/data/thumbnail.webp", "image/webp", title="Thumbnail")
        yield link("tilejson", f"{prefix}/tilejson.json", JSON, title=title)
        if item.geometry is not None:
            yield link("xyz", f"{prefix}/tiles/{{z}}/{{x}}/{{y}}.webp", "image/webp", title=title)


def render_links(item: Item, renders: Renders, *, site: Site) -> Iterator[Link]:
    """Yield `tilejson` and `xyz` of each rendering whose assets this item has."""
    prefix = site.item_imagery(item.collection_id, item.item_id)
    for name, render in renders.items():
        if not all(key in item.asset_files for key in render["assets"]):
            continue
        query, title = f"?{urlencode({'render': name})}", render.get("title") or name
        yield link("tilejson", f"{prefix}/tilejson.json{query}", JSON, title=title)
        if item.geometry is not None:
            yield link("xyz", f"{prefix}/tiles/{{z}}/{{x}}/{{y}}.webp{query}", "image/webp", title=title)
