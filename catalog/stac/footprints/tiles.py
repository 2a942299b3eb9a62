"""Footprints of what a search finds, as vector tiles: the first ones, and how many there are in each cell."""

import math
from collections.abc import Iterator
from contextlib import suppress

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import Count, QuerySet

from catalog.conf import limits
from catalog.documents.footprints import SRID
from catalog.errors import TookTooLong
from catalog.models import Item
from catalog.models.item import ItemQuerySet
from catalog.querying.finding import Sight, matching_items
from catalog.querying.item_rows import read_columns
from catalog.querying.query import SearchQuery
from catalog.querying.sorting import ordering, telling_of_sort
from catalog.querying.sql.grid_cells import MiddleCell
from catalog.querying.sql.grids import Grid
from catalog.querying.statements import ask_bounded
from catalog.services.collections.prepared_tallies import kept_middles
from catalog.stac.footprints import drawing, postgis
from catalog.stac.footprints.drawing import BUFFER, COLUMNS, EXTENT, Square

# Cells are tiles so many zooms deeper: 64 each way, as far as such a grid goes.
DENSITY_ZOOMS = 6
DEEPEST = 29


def footprint_tile(
    query: SearchQuery, *, user: User | AnonymousUser, z: int, x: int, y: int, sight: Sight | None = None
) -> bytes:
    """Draw the first items in the search's order; where there are more, another layer counts all of them by cells.

    `x` and `y` are below 2 to the power of `z`.
    """
    order, most = ordering(query.sort), limits().max_tile_features
    items = _lying_in(_box(z, x, y), matching_items(query, user=user, sight=sight))
    ordered = items.annotate(**order.annotations).order_by(*(key.ordering(backward=False) for key in order.keys))
    with telling_of_sort(query.sort):
        tile, count = ask_bounded(lambda: _drawn(ordered[:most], z=z, x=x, y=y))
    if count >= most:
        # What takes too long to count is shown by its first ones alone.
        with suppress(TookTooLong):
            cells = kept_middles(query, sight=sight, grid=_cells(z)) or ask_bounded(lambda: _counted(items, z=z))
            squares = list(_squares(cells, z=z, x=x, y=y))
            engine = postgis if connection.vendor == "postgresql" else drawing
            tile += ask_bounded(lambda: engine.draw_squares(squares))
    return tile


def _lying_in(box: Polygon, items: ItemQuerySet) -> QuerySet[Item]:
    """Keep items whose box meets this one: to look at footprints takes longer than to draw what is off the tile."""
    if connection.vendor == "postgresql":
        return items.filter(geometry__bboverlaps=box)
    return items.lying_at(box)


def _drawn(items: QuerySet[Item], *, z: int, x: int, y: int) -> tuple[bytes, int]:
    """Return the tile of the items, and how many they are up to the most that are looked at."""
    most, of_many = limits().max_tile_features, limits().crowded_tile_features
    if connection.vendor == "postgresql":
        rows = items.values_list(*COLUMNS)
        tile, count = postgis.draw_tile(rows, z=z, x=x, y=y, many=most, of_many=of_many)
        if tile:
            return tile, count
        return drawing.draw_rows([], z=z, x=x, y=y), count
    found = read_columns(items, COLUMNS)
    drawn = found if len(found) < most else found[:of_many]
    return drawing.draw_rows(drawn, z=z, x=x, y=y), len(found)


def _counted(items: QuerySet[Item], *, z: int) -> list[tuple[int, int]]:
    """Return the number of each cell that has the middle of an item's box, and how many it has."""
    cells = items.order_by().annotate(cell=MiddleCell("geometry", grid=_cells(z))).values("cell")
    return list(cells.annotate(count=Count("*")).values_list("cell", "count"))


def _cells(z: int) -> Grid:
    return Grid("geotile", min(z + DENSITY_ZOOMS, DEEPEST))


def _squares(cells: list[tuple[int, int]], *, z: int, x: int, y: int) -> Iterator[Square]:
    """Yield the cells of the tile with their counts."""
    grid = _cells(z)
    across = 1 << (grid.precision - z)
    side = EXTENT // across
    for cell, count in cells:
        row, column = divmod(cell, grid.columns)
        left, top = (column - x * across) * side, (row - y * across) * side
        if all(-BUFFER - side < each < EXTENT + BUFFER for each in (left, top)):
            yield left, top, side, count


def _box(z: int, x: int, y: int) -> Polygon:
    """Return the box of the tile and of what lies around it, in degrees."""
    margin = BUFFER / EXTENT
    west, east = ((x + each) / 2**z * 360 - 180 for each in (-margin, 1 + margin))
    south, north = (_latitude((y + each) / 2**z) for each in (1 + margin, -margin))
    box = Polygon.from_bbox((max(west, -180.0), south, min(east, 180.0), north))
    box.srid = SRID
    return box


def _latitude(fraction: float) -> float:
    """Return the latitude of a line that many of the map's heights below its upper edge."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * min(max(fraction, 0.0), 1.0)))))
