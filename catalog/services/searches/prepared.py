"""Read what workers prepared of a search: its tiles at low zooms, and previews made of them."""

import math

import cv2
import numpy as np

from catalog.models import OverviewTile
from catalog.services.searches.mosaic import SearchMosaic
from catalog.services.searches.overviews import audience_key, find_overview, read_overview
from catalog.services.searches.refreshing import BASE_ZOOM, SIDE, decode_tile, picture_of, unweighed
from tiles.encoding.formats import PNG, ImageFormat
from tiles.errors import SourceUnreachable
from tiles.geo.crs import transform_box
from tiles.geo.grids import MERCATOR_EDGE, WGS84, Box, TileArea, web_mercator
from tiles.regions.area import Size, sized_area
from tiles.regions.output import RegionRequest, Rendered, placed_frame

# Pixels of the longer side beyond which the tiles of a preview would take too much memory.
MAX_SIDE = 1024


def is_prepared(mosaic: SearchMosaic) -> bool:
    """Return whether what was prepared is of the collections that this reader sees."""
    prepared = mosaic.search.prepared
    return bool(prepared) and prepared == audience_key(mosaic.audience.collections)


def find_prepared(mosaic: SearchMosaic, zxy: tuple[int, int, int]) -> OverviewTile | None:
    """Return a prepared tile; None where nothing is. All who get it see the same collections."""
    return find_overview(mosaic.search, audience=audience_key(mosaic.audience.collections), zxy=zxy)


def encode_prepared(tile: OverviewTile, target: ImageFormat) -> bytes:
    """Return a prepared tile in that format. Raises SourceUnreachable when it was just replaced."""
    content = present(read_overview(tile))
    return content if target is PNG else target.encode(picture_of(decode_tile(content)))


def present(content: bytes | None) -> bytes:
    """Raise SourceUnreachable when a refresh has just replaced what was read: the next request finds the new one."""
    if content is None:
        raise SourceUnreachable("This tile has just been replaced; ask again")
    return content


def preview_area(mosaic: SearchMosaic, bounds: Box, size: Size) -> TileArea | None:
    """Return what of Web Mercator shows all of a search; None when no tiles were prepared for it, or none so fine."""
    if not is_prepared(mosaic):
        return None
    west, south, east, north = transform_box(bounds, WGS84, web_mercator())
    finest = web_mercator().matrix(BASE_ZOOM).cell_size
    width, height = max(1, round((east - west) / finest)), max(1, round((north - south) / finest))
    whole = TileArea(west, north, (east - west) / width, (south - north) / height, width, height)
    area = sized_area(whole, size, width, height)
    is_coarse = area.dx >= 0.99 * finest and -area.dy >= 0.99 * finest and area.width < width
    return area if is_coarse and max(area.width, area.height) <= MAX_SIDE else None


class PreparedPreview:
    """Make the picture of an area that `preview_area` found."""

    def __init__(self, mosaic: SearchMosaic, area: TileArea) -> None:
        self._area = area
        cells = [matrix.cell_size for matrix in web_mercator().matrices[: BASE_ZOOM + 1]]
        zoom = next(z for z, cell in enumerate(cells) if z == BASE_ZOOM or cell <= area.dx)
        self._cell = cells[zoom]
        west, south, east, north = area.box
        self._left, self._top = (math.floor((MERCATOR_EDGE + edge) / self._span) for edge in (west, -north))
        self._right, self._bottom = (math.ceil((MERCATOR_EDGE + edge) / self._span) for edge in (east, -south))
        # Columns come round: an area across the antimeridian goes on with the first ones.
        self._columns = 2**zoom
        columns = {column % self._columns for column in range(self._left, self._right)}
        tiles = mosaic.search.overview_tiles.filter(audience=mosaic.search.prepared, z=zoom)
        here = tiles.filter(x__in=columns, y__range=(self._top, self._bottom - 1))
        self._tiles: list[OverviewTile] = list(here.order_by("x", "y"))

    @property
    def _span(self) -> float:
        return self._cell * SIDE

    @property
    def parts(self) -> tuple[object, ...]:
        """Return what tells the picture apart: another whenever a tile is."""
        return "overview preview", self._area, *(tile.blob_name for tile in self._tiles)

    def render(self, wanted: RegionRequest) -> Rendered:
        """Return the picture; colors weigh by their opacity."""
        canvas = np.zeros(((self._bottom - self._top) * SIDE, (self._right - self._left) * SIDE, 4), np.uint8)
        for tile in self._tiles:
            content = read_overview(tile)
            if content:
                row = (tile.y - self._top) * SIDE
                column = (tile.x - self._left) % self._columns * SIDE
                pixels = decode_tile(content)
                alpha = pixels[:, :, 3:].astype(np.uint16)
                canvas[row : row + SIDE, column : column + SIDE, :3] = (pixels[:, :, :3] * alpha + 127) // 255
                canvas[row : row + SIDE, column : column + SIDE, 3:] = alpha
        size, flags = (self._area.width, self._area.height), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        shown = cv2.warpAffine(canvas, self._places(), size, flags=flags).astype(np.float32)
        return Rendered(wanted, placed_frame(web_mercator(), self._area), self._area.box, unweighed(shown))

    def _places(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """Return where the area's pixels lie among those of the tiles: an affine map between their middles."""
        area, cell = self._area, self._cell
        across, down = area.dx / cell, -area.dy / cell
        left = (area.x0 + MERCATOR_EDGE) / cell - self._left * SIDE
        top = (MERCATOR_EDGE - area.y0) / cell - self._top * SIDE
        return np.array([[across, 0.0, left + across / 2 - 0.5], [0.0, down, top + down / 2 - 0.5]])
