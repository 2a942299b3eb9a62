"""STAC documents as other catalogs have them, for tests that bring them in."""

import json
from pathlib import Path
from typing import Any

# Around the scene of `tests.catalog.imagery`.
BOX = [15.0, 45.1, 15.07, 45.15]
COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def item(item_id: str, *, href: str = "./scene.tif", collection: str | None = "theirs", **members: Any) -> Any:
    west, south, east, north = BOX
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    document = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": item_id,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": BOX,
        "properties": {"datetime": "2024-05-01T10:30:00Z", "eo:cloud_cover": 12},
        "links": [],
        "assets": {
            "visual": {"href": href, "type": COG, "roles": ["visual"], "title": "As it looks"},
            "metadata": {"href": "./mtl.xml", "type": "application/xml", "roles": ["metadata"]},
        },
    }
    if collection:
        document["collection"] = collection
        document["links"] = [{"rel": "collection", "href": "./collection.json"}]
    return document | members


def collection_of(links: list[Any], *, collection_id: str = "theirs", **members: Any) -> Any:
    return {
        "type": "Collection",
        "stac_version": "1.0.0",
        "id": collection_id,
        "title": "Theirs",
        "description": "What somebody else collected.",
        "license": "CC-BY-4.0",
        "extent": {"spatial": {"bbox": [BOX]}, "temporal": {"interval": [["2024-01-01T00:00:00Z", None]]}},
        "renders": {"looks": {"title": "Looks", "assets": ["visual"]}},
        "item_assets": {"visual": {"type": COG, "roles": ["visual"]}},
        "links": links,
    } | members


def catalog_of(links: list[Any], **members: Any) -> Any:
    return {"type": "Catalog", "stac_version": "1.0.0", "id": "root", "description": "x", "links": links} | members


def link(rel: str, href: str, **members: Any) -> Any:
    return {"rel": rel, "href": href, **members}


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
