"""STAC documents as clients send them."""

from typing import Any

POLYGON = {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]]}


def item(item_id: str = "scene-1", **members: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [],
        "id": item_id,
        "geometry": POLYGON,
        "bbox": [10, 50, 11, 51],
        "properties": {"datetime": "2024-05-01T10:00:00Z", "eo:cloud_cover": 12.5},
        "links": [],
        "assets": {"image": {"href": "https://example.org/scene.tif", "roles": ["data"]}},
        **members,
    }


def collection(collection_id: str = "fresh", **members: Any) -> dict[str, Any]:
    return {
        "type": "Collection",
        "stac_version": "1.1.0",
        "id": collection_id,
        "title": "Fresh scenes",
        "description": "Scenes that just came in",
        "license": "CC-BY-4.0",
        "extent": {
            "spatial": {"bbox": [[10, 50, 11, 51]]},
            "temporal": {"interval": [["2024-01-01T00:00:00Z", None]]},
        },
        "links": [],
        **members,
    }
