"""Cut regions and tiles of values out of a mosaic, as pictures or as data."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tiles.encoding.formats import DataFormat, ImageFormat
from tiles.encoding.geotiff import MemoryFile
from tiles.errors import InvalidParameter
from tiles.geo.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.mosaics.members import Members, ask_reference
from tiles.mosaics.resolving import ResolvedMosaic
from tiles.mosaics.tile import render_mosaic
from tiles.mosaics.values import ResolvedValues, mosaic_layers
from tiles.regions.area import Place, Size, resolve_area
from tiles.regions.cutting import PICTURE_VALUES, shape_mask
from tiles.regions.output import RegionRequest, Rendered, encode_region, placed_frame
from tiles.regions.picture import cropped, masked_picture
from tiles.regions.shapes import shape_box
from tiles.regions.values import check_size
from tiles.rendering.band_values import LEAST_SIDE
from tiles.sources.protocol import Source
from tiles.styling.painting import Picture


@dataclass(frozen=True, slots=True)
class MosaicRegion:
    """Hold a region, the indexes of the members that it is made of, and why others are missing (see `Mosaic`)."""

    rendered: Rendered
    used: frozenset[int]
    incomplete: str = ""


@dataclass(frozen=True, slots=True)
class _Target:
    """Hold the raster to fill. ``shown``: which of its pixels lie within the polygon; None: all."""

    grid: Grid
    area: TileArea
    shown: npt.NDArray[np.bool_] | None


def check_place(place: Place) -> None:
    """Raise InvalidParameter for a place in pixels."""
    if place.crs.is_pixels:
        raise InvalidParameter("A mosaic has no pixels of its own: give a bbox in degrees, or in another bbox_crs")


def render_mosaic_region(
    members: Members,
    wanted: RegionRequest,
    *,
    resolved: ResolvedMosaic | ResolvedValues,
    limits: Limits = DEFAULT_LIMITS,
) -> MosaicRegion:
    """Render a region of a mosaic, as `tiles.regions.cutting.render_region` does of images.

    Sizes that the request leaves open are those of the first member's pixels; ``crs=native`` is that member's system.

    Args:
        members: those that lie there, in their order.
        wanted: the region, its size and format.
        resolved: how it is painted or which values are read, as `is_picture` tells.
        limits: of values, members and seconds.
    """
    check_place(wanted.place)
    target = ask_reference(
        members, lambda reference: _target(reference, wanted, resolved=resolved, limits=limits), limits=limits
    )
    grid, area, shown = target.grid, target.area, target.shown
    where = placed_frame(grid, area)
    if isinstance(resolved, ResolvedMosaic):
        least = area.part(0, 0, max(area.width, LEAST_SIDE), max(area.height, LEAST_SIDE))
        mosaic = render_mosaic(members, grid, least, resolved=resolved, limits=limits)
        picture = cropped(mosaic.picture, area) if mosaic.picture else Picture.empty(area.width, area.height)
        rendered = Rendered(wanted, where, area.box, masked_picture(picture, shown))
        return MosaicRegion(rendered, frozenset(mosaic.used), mosaic.incomplete)
    found = mosaic_layers(members, grid, area, resolved=resolved, limits=limits)
    layers = tuple(layer if shown is None else replace(layer, valid=layer.shown & shown) for layer in found.layers)
    rendered = Rendered(wanted, where, area.box, layers=layers, nodata=resolved.nodata, labels=resolved.labels)
    return MosaicRegion(rendered, found.used, found.incomplete)


def mosaic_value_tile(
    members: Members, grid: Grid, area: TileArea, *, resolved: ResolvedValues, target: DataFormat, limits: Limits
) -> tuple[bytes, str]:
    """Encode the values of a tile's area; b"" when none is valid. Returns the file, and why members are missing."""
    found = mosaic_layers(members, grid, area, resolved=resolved, limits=limits)
    if not any(layer.shown.any() for layer in found.layers):
        return b"", found.incomplete
    wanted = RegionRequest(Place(), Size(), resolved.style, target)
    content = encode_region(
        Rendered(
            wanted, placed_frame(grid, area), None, layers=found.layers, nodata=resolved.nodata, labels=resolved.labels
        )
    )
    if isinstance(content, MemoryFile):
        with content:
            return content.read(), found.incomplete
    return content, found.incomplete


def _target(
    reference: tuple[Source, ...], wanted: RegionRequest, *, resolved: ResolvedMosaic | ResolvedValues, limits: Limits
) -> _Target:
    place, shape = wanted.place, wanted.shape
    if shape:
        place = replace(place, box=shape_box(shape.geometry, place.crs))
    grid, area = resolve_area(reference, place, wanted.size)
    check_size(area, PICTURE_VALUES if isinstance(resolved, ResolvedMosaic) else resolved.count, limits=limits)
    shown = shape_mask(shape, reference[0], place.crs, grid, area, limits=limits) if shape else None
    return _Target(grid, area, shown)


def is_picture(wanted: RegionRequest) -> bool:
    """Return whether colors are asked for."""
    return wanted.styled or isinstance(wanted.target, ImageFormat)
