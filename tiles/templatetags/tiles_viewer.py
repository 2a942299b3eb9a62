"""Show images in templates: ``{% load tiles_viewer %}{% tiles_viewer "/api/pictures/1/tilejson.json" %}``."""

from urllib.parse import urlencode

from django import template

from tiles.geo.grids import WEB_MERCATOR

register = template.Library()


@register.inclusion_tag("tiles/viewer.html")
def tiles_viewer(tilejson: str, title: str = "", *, on_map: bool = False) -> dict[str, str]:
    """Show an image to drag and zoom: in its own pixels or, with ``on_map=True``, in Web Mercator.

    ``tilejson``: the address of its TileJSON.
    """
    if on_map:
        tilejson = _on_map(tilejson)
    return {"src": tilejson, "title": title or "Image viewer"}


@register.inclusion_tag("tiles/globe.html")
def tiles_globe(tilejson: str, title: str = "") -> dict[str, str]:
    """Show an image on a globe. CesiumJS has to lie among the static files as ``cesium/`` (npm's `Build/Cesium`)."""
    return {"src": _on_map(tilejson), "title": title or "Globe"}


def _on_map(tilejson: str) -> str:
    return tilejson + ("&" if "?" in tilejson else "?") + urlencode({"tileMatrixSetId": WEB_MERCATOR})
