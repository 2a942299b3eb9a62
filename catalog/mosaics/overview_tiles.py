"""Prepared tiles as readers get them."""

from rest_framework.request import Request

from catalog.models import OverviewTile
from catalog.mosaics.asking import Asked, Spot
from catalog.mosaics.overviews import BASE_ZOOM, SIDE, decode_tile, picture_of
from catalog.services.searches.overviews import audience_key, find_overview, read_overview
from tiles.encoding.formats import PNG, ImageFormat, encode
from tiles.errors import SourceUnreachable
from tiles.geo.grids import WEB_MERCATOR

OF_SIZE = {"tilesize", "buffer"}


def is_prepared(request: Request, asked: Asked, spot: Spot) -> bool:
    """Whether what was prepared is this: a plain tile at a low zoom, of the collections that this reader sees."""
    search = spot.layer.search
    plain = spot.grid.identifier == WEB_MERCATOR and spot.zxy[0] <= BASE_ZOOM and spot.area.width == SIDE
    if not (plain and asked.is_as_registered) or request.query_params.keys() & OF_SIZE:
        return False
    return bool(search.prepared) and search.prepared == audience_key(spot.layer.audience.collections)


def prepared_tile(spot: Spot) -> OverviewTile | None:
    """None where nothing is. All who get it see the same collections."""
    layer = spot.layer
    return find_overview(layer.search, audience=audience_key(layer.audience.collections), zxy=spot.zxy)


def encode_overview(tile: OverviewTile, target: ImageFormat) -> bytes:
    content = there(read_overview(tile))
    if target is PNG:
        return content
    return encode(picture_of(decode_tile(content)), target)


def there(content: bytes | None) -> bytes:
    """Raises SourceUnreachable when a refresh has just replaced it: the next request finds the new one."""
    if content is None:
        raise SourceUnreachable("This tile has just been replaced; ask again")
    return content
