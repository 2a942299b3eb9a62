"""What is told of a layer's images: where they lie, their bands, the statistics that stretch them."""

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.mosaics import openapi
from catalog.mosaics.asking import Asked, parse_request
from catalog.mosaics.extent import layer_bounds, layer_zooms
from catalog.mosaics.views import MosaicView
from tiles.conf import tiles_settings
from tiles.errors import OutsideBounds
from tiles.geo.grids import web_mercator
from tiles.mosaics.references import ask_reference
from tiles.mosaics.resolving import placed, pooled
from tiles.regions.description import describe, describe_bands, describe_statistics
from tiles.rest import parameters as p
from tiles.sources.protocol import Source
from tiles.sources.registry import open_source

# Of an image's description, what is the same in all of a layer that is made of one kind of images.
OF_ALL = ("count", "dtype", "crs")


class MetadataView(MosaicView):
    @openapi.of_search("metadata", "Place, zooms and bands of a search", *openapi.ITEMS_SHOWN)
    def get(self, request: Request, search_id: str) -> Response:
        """`count`, `dtype` and `crs` are those of the image that has been in the layer longest."""
        asked = parse_request(request, search_id)
        first = _ask_first(asked, describe)
        minzoom, maxzoom = layer_zooms(asked.layer, web_mercator())
        known = {name: first[name] for name in OF_ALL if name in first}
        bounds = list(layer_bounds(asked.layer))
        return Response({"name": asked.layer.title, "bounds": bounds, "minzoom": minzoom, "maxzoom": maxzoom, **known})


class BandsView(MosaicView):
    @openapi.of_search("bands", "Bands of a search", *openapi.ITEMS_SHOWN)
    def get(self, request: Request, search_id: str) -> Response:
        """Of the image that has been in the layer longest; of several assets, of the first one's."""
        return Response(_ask_first(parse_request(request, search_id), describe_bands))


class StoredStatisticsView(MosaicView):
    @openapi.of_search("stored_statistics", "Statistics that stretch a search's images", *openapi.ITEMS_SHOWN, p.BIDX)
    def get(self, request: Request, search_id: str) -> Response:
        """Stored at ingest, of the 64 images that have been in the layer longest, as if they were one."""
        asked = parse_request(request, search_id)
        members = asked.layer.whole.members
        if not members:
            raise OutsideBounds("The layer has no images")
        source = open_source(pooled([member.sources for member in members])[0])
        return Response(describe_statistics(source, asked.style.indexes))


def _ask_first(asked: Asked, question: Callable[[Source], Any]) -> Any:
    return ask_reference(
        asked.layer.members, lambda sources: question(placed(sources[0])), limits=tiles_settings().limits
    )
