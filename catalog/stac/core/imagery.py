"""Links of an item to the tiles of its assets, so that map clients find them without knowing this site."""

from collections.abc import Iterator
from urllib.parse import urlencode

from catalog.models import Item
from catalog.services.collections.renders import Renders
from catalog.services.items.assets import visual_assets
from catalog.stac.core.links import JSON, Link, Site, link

# https://github.com/stac-extensions/web-map-links
WEB_MAP_LINKS = "https://stac-extensions.github.io/web-map-links/v1.2.0/schema.json"


def imagery_links(item: Item, *, site: Site) -> Iterator[Link]:
    """`preview` of the default asset, then `tilejson` and `xyz` of each.

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
    """`tilejson` and `xyz` of each rendering whose assets this item has."""
    prefix = site.item_imagery(item.collection_id, item.item_id)
    for name, render in renders.items():
        if not all(key in item.asset_files for key in render["assets"]):
            continue
        query, title = f"?{urlencode({'render': name})}", render.get("title") or name
        yield link("tilejson", f"{prefix}/tilejson.json{query}", JSON, title=title)
        if item.geometry is not None:
            yield link("xyz", f"{prefix}/tiles/{{z}}/{{x}}/{{y}}.webp{query}", "image/webp", title=title)
