"""Items as STAC 1.1.0 documents, whose parts stay as the database has them wherever nothing is added to them.

An `orjson.Fragment` is such a part: JSON that is written out as it is. What answers add are links, and the site's own
address before what lies here.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson

from catalog.documents.imagery_assets import find_picture
from catalog.models import Item
from catalog.querying.fields import FieldSelection
from catalog.querying.item_rows import ItemRow
from catalog.services.collections.renders import Renders
from catalog.services.items.assets import visual_assets
from catalog.stac.core.documents import STAC_VERSION, Document, absolute_assets, extensions, foreign_links, timestamp
from catalog.stac.core.links import GEOJSON, JSON, Link, Site, link, segment

# https://github.com/stac-extensions/web-map-links
WEB_MAP_LINKS = "https://stac-extensions.github.io/web-map-links/v1.2.0/schema.json"
# Collections, and lists of extensions, for which what items share is kept.
KEPT = 4096


def item_document(item: Item, *, base: str, renders: Renders | None = None) -> Document:
    """Return the item's STAC document, all of it read. Costs no query: `collection` is read by its id only.

    `renders` are the collection's, to which it links. `base` is where the site is reached, without a final slash:
    ``Site.of(request).base``.
    """
    document: Document = orjson.loads(orjson.dumps(row_document(ItemRow.of(item), site=Site(base), renders=renders)))
    return document


def row_document(
    row: ItemRow, *, site: Site, renders: Renders | None = None, fields: FieldSelection | None = None
) -> Document:
    """Return the STAC document of a row, or those of its members that ``fields`` selects, for `orjson` to write."""
    opened = fields.opened if fields else frozenset[str]()
    files: Mapping[str, str] = {} if row.asset_files == "{}" else orjson.loads(row.asset_files)
    # A text within begins with a slash: an address of this site, to which its base is added.
    is_own = '"/' in row.assets
    assets = orjson.loads(row.assets) if files or is_own or "assets" in opened else None
    web_map = [*_imagery_links(row, assets or {}, files, site=site)] if files else []
    web_map += _render_links(row, files, renders or {}, site=site)
    extra = {} if row.extra == "{}" else orjson.loads(row.extra)
    document: Document = {
        **extra,
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _extensions(row.stac_extensions, has_web_map=bool(web_map)),
        "id": row.item_id,
        "collection": row.collection_id,
        "geometry": _geometry(row, extra.get("geometry"), is_opened="geometry" in opened),
        "properties": _properties(row, is_opened="properties" in opened),
        "links": _links(row, web_map, site=site),
        "assets": _unread(row.assets) if assets is None else absolute_assets(assets, site=site),
    }
    if row.bbox is not None:
        document["bbox"] = _unread(row.bbox)
    return fields.apply(document) if fields else document


def _unread(text: str) -> Any:
    # PostgreSQL gives a large float as an integer of its many digits, of which the last three at least are zeros.
    # Here numbers of more than 64 bits are floats, as they came in.
    return orjson.Fragment(orjson.dumps(orjson.loads(text)) if "000" in text else text)


def _geometry(row: ItemRow, kept: Any, *, is_opened: bool) -> Any:
    """Return the footprint; ``kept`` is the document's, where the column can't hold all of it."""
    if kept is not None or row.geometry is None:
        return kept
    return orjson.loads(row.geometry) if is_opened else orjson.Fragment(row.geometry)


def _properties(row: ItemRow, *, is_opened: bool) -> Any:
    if is_opened or not _has_datetime(row.properties):
        return {"datetime": timestamp(row.datetime), **orjson.loads(row.properties)}
    return _unread(row.properties)


def _has_datetime(properties: str) -> bool:
    """Return whether the object has the member itself. May miss one that comes after an object within."""
    place = properties.find('"datetime":')
    # Not a member of an object within, nor the end of a longer name.
    return place > 0 and properties.find("{", 1, place) < 0 and properties[place - 1] != "\\"


@lru_cache(KEPT)
def _extensions(stored: str, *, has_web_map: bool) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(extensions(orjson.loads(stored), WEB_MAP_LINKS if has_web_map else None)))


def _links(row: ItemRow, web_map: list[Link], *, site: Site) -> orjson.Fragment:
    before, after = _link_frame(site, row.collection_id)
    text = f"{before}{segment(row.item_id)}{after}"
    added = web_map if row.links == "[]" else [*web_map, *foreign_links(orjson.loads(row.links), site=site)]
    return orjson.Fragment(f"{text},{orjson.dumps(added).decode()[1:]}" if added else f"{text}]")


@lru_cache(KEPT)
def _link_frame(site: Site, collection_id: str) -> tuple[str, str]:
    """Return what stands before and after an item's id in the links that each item of the collection has."""
    collection = site.collection(collection_id)
    links = [
        link("self", f"{site.items(collection_id)}/", GEOJSON),
        link("root", site.root, JSON),
        link("parent", collection, JSON),
        link("collection", collection, JSON),
    ]
    own = orjson.dumps(links[0]["href"]).decode()[:-1]
    before, _, after = orjson.dumps(links).decode()[:-1].partition(own)
    return before + own, after


def _imagery_links(row: ItemRow, assets: Document, files: Mapping[str, str], *, site: Site) -> Iterator[Link]:
    """Yield `preview` of the default asset, then `tilejson` and `xyz` of each.

    Where the document names a picture that lies elsewhere, the preview is that one, as the site hands it out. What has
    no place on Earth gets no `xyz`: its tiles lie in pixel space, which only TileJSON can say.
    """
    item = site.item_imagery(row.collection_id, row.item_id)
    picture = find_picture(assets)
    is_elsewhere = picture is not None and not picture["href"].startswith("/")
    if is_elsewhere:
        href = f"{site.item(row.collection_id, row.item_id)}/preview.webp"
        yield link("preview", href, "image/webp", title="Thumbnail")
    for position, key in enumerate(visual_assets(assets, files=files)):
        prefix = f"{item}/{segment(key)}"
        title = assets[key].get("title") or key
        if position == 0 and not is_elsewhere:
            yield link("preview", f"{prefix}/data/thumbnail.webp", "image/webp", title="Thumbnail")
        yield link("tilejson", f"{prefix}/tilejson.json", JSON, title=title)
        if row.geometry is not None:
            yield link("xyz", f"{prefix}/tiles/{{z}}/{{x}}/{{y}}.webp", "image/webp", title=title)


def _render_links(row: ItemRow, files: Mapping[str, str], renders: Renders, *, site: Site) -> Iterator[Link]:
    """Yield `tilejson` and `xyz` of each rendering whose assets this item has."""
    prefix = site.item_imagery(row.collection_id, row.item_id)
    for name, render in renders.items():
        if not all(key in files for key in render["assets"]):
            continue
        query, title = f"?{urlencode({'render': name})}", render.get("title") or name
        yield link("tilejson", f"{prefix}/tilejson.json{query}", JSON, title=title)
        if row.geometry is not None:
            yield link("xyz", f"{prefix}/tiles/{{z}}/{{x}}/{{y}}.webp{query}", "image/webp", title=title)
