"""Prepared tiles as readers get them."""

import numpy as np

from catalog.models import OverviewTile
from catalog.services.overviews import audience_key, read_overview
from tiles.encode import PNG, ImageFormat, encode
from tiles.errors import SourceUnreachable
from tiles.grids import WEB_MERCATOR
from tiles.painting import Picture

from .asking import Spot
from .overviews import BASE_ZOOM, SIDE, decode_tile


def is_prepared(spot: Spot) -> bool:
    """Whether what was prepared is this: a plain tile at a low zoom, of the collections that this reader sees."""
    search = spot.layer.search
    plain = spot.grid.identifier == WEB_MERCATOR and spot.zxy[0] <= BASE_ZOOM and spot.area.width == SIDE
    return plain and bool(search.prepared) and search.prepared == audience_key(spot.layer.audience.collections)


def encode_overview(tile: OverviewTile, target: ImageFormat) -> bytes:
    """Raises SourceUnreachable when a refresh has just replaced it: the next request finds the new one."""
    content = read_overview(tile)
    if content is None:
        raise SourceUnreachable("This tile has just been replaced; ask again")
    if target is PNG:
        return content
    pixels = decode_tile(content)
    return encode(Picture(np.ascontiguousarray(pixels[:, :, :3]), np.ascontiguousarray(pixels[:, :, 3])), target)
