"""Find where a search's mosaic lies, and at which zooms it is worth looking at."""

import shapely

from catalog.models import Collection
from catalog.services.searches.mosaic import SAMPLES, SearchMosaic
from tiles.conf import tiles_settings
from tiles.errors import OutsideBounds, UnsupportedOperation
from tiles.geo.crs import transform_box
from tiles.geo.extent import EXTRA_ZOOMS, TileLimits, limits_of_boxes, zoom_range
from tiles.geo.grids import MERCATOR_LATITUDE, WGS84, Box, Grid
from tiles.geo.longitudes import flat_box, union_of
from tiles.mosaics.members import BROKEN, ask_reference
from tiles.mosaics.resolving import placed_raster

WORLD = (-180.0, -MERCATOR_LATITUDE, 180.0, MERCATOR_LATITUDE)
# When no image tells.
MAX_ZOOM = 18


def mosaic_bounds(mosaic: SearchMosaic) -> Box:
    """Return bounds in degrees: of the area that is searched, of few items, else of the collections that are seen.

    East is beyond 180 across the antimeridian.
    """
    # Of areas across the antimeridian, each side is a part of its own.
    parts = (part for area in mosaic.query.areas or () for part in shapely.get_parts(shapely.from_wkb(bytes(area.wkb))))
    boxes: list[Box] = [tuple(shapely.bounds(part).tolist()) for part in parts]
    if not boxes and len(items := mosaic.whole.samples) < SAMPLES:
        places = shapely.get_parts([item.footprint for item in items])
        boxes = [tuple(bounds) for bounds in shapely.bounds(places).tolist()]
    if not boxes:
        known = Collection.objects.filter(pk__in=mosaic.audience.collections, bbox__isnull=False)
        boxes = [_flat(bbox) for bbox in known.values_list("bbox", flat=True) if bbox]
    if not boxes:
        return WORLD
    west, south, east, north = union_of(boxes)
    return west, max(south, WORLD[1]), east, min(north, WORLD[3])


def _flat(bbox: list[float]) -> Box:
    """Return west, south, east, north of a box that may have heights."""
    half = len(bbox) // 2
    return bbox[0], bbox[1], bbox[half], bbox[half + 1]


def mosaic_zooms(mosaic: SearchMosaic, chosen: Grid) -> tuple[int, int]:
    """Return the zooms it was registered with, else those from about one tile to the pixels of the first image."""
    given = mosaic.search.metadata
    first, last = _zooms(mosaic, chosen)
    return (
        given.get("minzoom", min(first, given.get("maxzoom", first))),
        given.get("maxzoom", max(last, given.get("minzoom", last))),
    )


def _zooms(mosaic: SearchMosaic, chosen: Grid) -> tuple[int, int]:
    try:
        return ask_reference(
            mosaic.whole.members[:1],
            lambda sources: zoom_range(placed_raster(sources[0]), chosen),
            limits=tiles_settings().limits,
        )
    except (*BROKEN, OutsideBounds, UnsupportedOperation):
        return chosen.minzoom, min(chosen.maxzoom, MAX_ZOOM)


def mosaic_tiles(mosaic: SearchMosaic, chosen: Grid, bounds: Box) -> list[TileLimits]:
    """List which tiles of a grid may show something; none where the grid isn't. ``bounds``: the mosaic's."""
    try:
        box = transform_box(flat_box(bounds), WGS84, chosen)
    except (OutsideBounds, UnsupportedOperation):
        return []
    return limits_of_boxes([box], chosen, last=mosaic_zooms(mosaic, chosen)[1] + EXTRA_ZOOMS)
