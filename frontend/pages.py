"""What an item's page shows, from its STAC document alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString

from catalog.documents.footprints import flat_bbox
from catalog.models import Collection
from catalog.stac.core.links import Site
from frontend.cards import document_title, thumbnail, web_href
from frontend.markdown import markdown
from frontend.metadata import Document, Group, MetadataEntry, entries, key_facts, metadata_groups
from frontend.wording import box, byte_size, day, day_range

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class AssetRow:
    title: str
    href: str
    # Media type and size.
    meta: str
    downloadable: bool
    # What verification found wrong with its file.
    trouble: str


@dataclass(frozen=True)
class Snippet:
    label: str
    value: str


@dataclass(frozen=True)
class ItemPage:
    title: str
    # HTML.
    description: SafeString
    collection_title: str
    collection_url: str
    explore_url: str
    stac_url: str
    # The page with the globe; "" of what has no place on Earth, or where CesiumJS isn't installed.
    globe_url: str
    thumbnail: str
    # The TileJSON document of the imagery shown first, "" without.
    tilejson: str
    assets: list[AssetRow]
    facts: list[MetadataEntry]
    metadata: list[Group]
    snippets: list[Snippet]


def item_page(
    document: Document, *, collection_title: str, added: datetime, troubles: Mapping[str, str] = EMPTY
) -> ItemPage:
    """Describe the page. ``troubles``: what is wrong with the files of assets, by the assets' keys."""
    collection_id = document["collection"]
    state = urlencode({"v": 1, "in": collection_id, "item": document["id"]})
    return ItemPage(
        title=document_title(document),
        description=markdown(str(document["properties"].get("description") or "")),
        collection_title=collection_title,
        collection_url=reverse("frontend:collection", args=[collection_id]),
        explore_url=f"{reverse('frontend:explore')}?{state}",
        stac_url=link_href(document, "self"),
        globe_url=globe_url(document),
        thumbnail=thumbnail(document),
        tilejson=link_href(document, "tilejson"),
        assets=[asset_row(key, asset, trouble=troubles.get(key, "")) for key, asset in document["assets"].items()],
        facts=key_facts(document, collection_title=collection_title, added=added),
        metadata=metadata_groups(document),
        snippets=snippets(document),
    )


def link_href(document: Document, rel: str) -> str:
    return web_href(next((link["href"] for link in document["links"] if link["rel"] == rel), ""))


def globe_url(document: Document) -> str:
    if not (document.get("geometry") and link_href(document, "tilejson") and settings.STATICFILES_DIRS):
        return ""
    return reverse("frontend:globe", args=[document["collection"], document["id"]])


def asset_row(key: str, asset: Document, *, trouble: str = "") -> AssetRow:
    parts = [short_type(asset.get("type", "")), byte_size(asset.get("file:size")), ", ".join(asset.get("roles", ()))]
    href = str(asset["href"])
    return AssetRow(
        title=str(asset.get("title") or key),
        href=href,
        meta=" · ".join(part for part in parts if part),
        downloadable=bool(web_href(href)),
        trouble=trouble,
    )


def short_type(media_type: str) -> str:
    if "cloud-optimized" in media_type:
        return "Cloud-optimized GeoTIFF"
    return "GeoTIFF" if "application=geotiff" in media_type else media_type.partition(";")[0]


def snippets(document: Document) -> list[Snippet]:
    """Return addresses to paste into other programs."""
    addresses: list[tuple[str, Any]] = [
        ("XYZ tiles, for QGIS and Leaflet", link_href(document, "xyz")),
        ("TileJSON, for OpenLayers and MapLibre", link_href(document, "tilejson")),
        ("STAC item, for pystac and GDAL", link_href(document, "self")),
    ]
    return [Snippet(label, value) for label, value in addresses if value]


@dataclass(frozen=True)
class CollectionPage:
    title: str
    # HTML.
    description: SafeString
    facts: list[MetadataEntry]
    # Whether any of its items lies somewhere on Earth.
    located: bool
    collection_id: str
    # Where its items lie, as JSON.
    bbox: str
    stac_url: str
    explore_url: str
    ingest_url: str
    can_ingest: bool


def collection_page(collection: Collection, *, item_count: int, site: Site, can_ingest: bool) -> CollectionPage:
    query = urlencode({"collection": collection.id})
    return CollectionPage(
        title=collection.title or collection.id,
        description=markdown(collection.description),
        facts=collection_facts(collection, item_count=item_count),
        located=collection.bbox is not None,
        collection_id=collection.id,
        bbox=json.dumps(flat_bbox(collection.bbox)) if collection.bbox else "",
        stac_url=site.collection(collection.id),
        explore_url=f"{reverse('frontend:explore')}?v=1&{query}",
        ingest_url=f"{reverse('frontend:ingest')}?{query}",
        can_ingest=can_ingest,
    )


def collection_facts(collection: Collection, *, item_count: int) -> list[MetadataEntry]:
    return entries(
        ("Items", f"{item_count:,}"),
        ("Dates", day_range(collection.start_datetime, collection.end_datetime)),
        ("Bounds", box(collection.bbox)),
        ("License", collection.license),
        ("Keywords", ", ".join(map(str, collection.keywords))),
        ("Visible to", collection.get_visibility_display().partition(": ")[2]),
        ("Changed", day(collection.updated)),
    )
