"""Summarize a whole image, a box or polygons on the image's own pixels, each counted by the share that lies inside."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from tiles.errors import OutsideBounds, TooLarge
from tiles.geo.grids import Grid, TileArea
from tiles.geo.longitudes import forward_box
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.regions.area import Place, Size, resolve_area
from tiles.regions.shapes import Shape, pixel_rings
from tiles.regions.statistics_summary import DEFAULT_OPTIONS, SummaryOptions
from tiles.regions.values import Layer, band_numbers, check_size, join_layers, layer_names, read_layers
from tiles.regions.zonal_coverage import coverage_fractions
from tiles.regions.zonal_pixels import Counted, Documents, empty_statistics, summarize
from tiles.sources.protocol import Source
from tiles.styling.style import Style

Floats = npt.NDArray[np.float64]
# Pixels a side of the sample of a whole image, as TiTiler takes it.
SAMPLE_SIDE = 1024
# Pixels of a zone that are looked at in one go: shares take eight bytes each.
STRIP_PIXELS = 2**20


def sample_layers(
    sources: tuple[Source, ...], *, style: Style, max_size: int = SAMPLE_SIDE, limits: Limits = DEFAULT_LIMITS
) -> Counted:
    """Read every n-th pixel of the whole image, at most ``max_size`` pixels a side."""
    area = sample_area(sources[0], max_size=max_size)
    return Counted(read_layers(sources, sources[0].pixel_grid, area, style=style, limits=limits))


def sample_area(source: Source, *, max_size: int = SAMPLE_SIDE) -> TileArea:
    """Return the area of the whole image, in its own pixels, at a size of at most ``max_size`` pixels a side."""
    factor = max(1.0, max(source.width, source.height) / max_size)
    # As rio-tiler rounds, so that both look at the same pixels.
    width, height = max(1, math.ceil(source.width / factor)), max(1, math.ceil(source.height / factor))
    return TileArea(0.0, 0.0, source.width / width, source.height / height, width, height)


@dataclass(frozen=True, slots=True)
class Window:
    """Hold the pixels of the first image in which a zone lies, and the size at which they are read."""

    left: int
    top: int
    width: int
    height: int
    size: tuple[int, int]

    @property
    def area(self) -> TileArea:
        across, down = self.size
        return TileArea(float(self.left), float(self.top), self.width / across, self.height / down, across, down)


def shape_layers(
    sources: tuple[Source, ...],
    shape: Shape,
    crs: Grid,
    *,
    style: Style,
    max_size: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Counted:
    """Read the pixels that a polygon covers, those at its edge counted by their share.

    ``max_size``: look at a reduced copy with at most so many pixels a side; 0: at all pixels. Raises OutsideBounds
    when the polygon doesn't touch the image, TooLarge, UnsupportedOperation, and what reading raises.
    """
    rings = pixel_rings(shape.geometry, sources[0], crs, limits=limits)
    window = find_window(rings, (sources[0].width, sources[0].height), max_size=max_size)
    if window is None:
        raise OutsideBounds("The bbox or polygon lies outside the image")
    check_size(window.area, len(band_numbers(sources, style)), limits=limits)
    scale = (window.size[0] / window.width, window.size[1] / window.height)
    moved = [(ring - (window.left, window.top)) * scale for ring in rings]

    def read(strip: TileArea) -> Sequence[Layer]:
        return read_layers(sources, sources[0].pixel_grid, strip, style=style, limits=limits)

    return zone_layers(layer_names(sources, style), window.area, moved, read=read)


def shape_statistics(
    sources: tuple[Source, ...],
    shape: Shape,
    crs: Grid,
    *,
    style: Style,
    max_size: int = 0,
    options: SummaryOptions = DEFAULT_OPTIONS,
    limits: Limits = DEFAULT_LIMITS,
) -> Documents:
    """Summarize the pixels that `shape_layers` reads, by band. Raises what it does."""
    counted = shape_layers(sources, shape, crs, style=style, max_size=max_size, limits=limits)
    return summarize(counted, options=options)


def box_layers(
    sources: tuple[Source, ...], place: Place, *, style: Style, max_size: int = 0, limits: Limits = DEFAULT_LIMITS
) -> Counted:
    """Read the pixels that a box covers, those at its edge counted by their share. Raises what `shape_layers` does."""
    assert place.box is not None
    if place.crs.is_pixels:
        # Checked and clipped as a region is; nothing is read.
        resolve_area(sources[:1], place, Size(max_size=1))
    box = Shape(shapely.box(*(place.box if place.crs.is_pixels else forward_box(place.box, place.crs))), {})
    return shape_layers(sources, box, place.crs, style=style, max_size=max_size, limits=limits)


def find_window(rings: Sequence[Floats], within: tuple[int, int] | None = None, *, max_size: int) -> Window | None:
    """Return the window of whole pixels around rings, within (width, height) if given; None where there are none."""
    if not rings:
        return None
    points = np.concatenate(rings)
    left, top = (math.floor(value) for value in points.min(axis=0))
    right, bottom = (math.ceil(value) for value in points.max(axis=0))
    if within:
        left, top, right, bottom = max(0, left), max(0, top), min(within[0], right), min(within[1], bottom)
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:
        return None
    factor = max(1.0, max(width, height) / max_size) if max_size else 1.0
    return Window(left, top, width, height, (max(1, round(width / factor)), max(1, round(height / factor))))


def zone_layers(
    names: Sequence[str],
    area: TileArea,
    rings: Sequence[Floats],
    *,
    read: Callable[[TileArea], Sequence[Layer]],
) -> Counted:
    """Read the pixels that rings, in an area's own pixels, cover: strip by strip, keeping only those.

    ``names``: of the layers that ``read`` finds in a part of the area.
    """
    found: dict[str, list[Layer]] = {name: [] for name in names}
    shares: list[npt.NDArray[np.float32]] = []
    rows = max(1, STRIP_PIXELS // area.width)
    for top in range(0, area.height, rows):
        strip = area.part(0, top, area.width, min(rows, area.height - top))
        covered = coverage_fractions([ring - (0, top) for ring in rings], width=strip.width, height=strip.height)
        inside = covered > 0
        if not inside.any():
            continue
        shares.append(covered[inside].astype(np.float32))
        for layer in read(strip):
            valid = None if layer.valid is None else layer.valid[inside]
            found[layer.name].append(Layer(layer.name, layer.values[inside], valid))
    if not shares:
        return Counted([Layer(name, np.zeros(0), None) for name in found], np.zeros(0, np.float32))
    return Counted([join_layers(found.pop(name)) for name in list(found)], np.concatenate(shares))


def collection_statistics(
    sources: tuple[Source, ...],
    shapes: Sequence[Shape],
    crs: Grid,
    *,
    style: Style,
    max_size: int = 0,
    options: SummaryOptions = DEFAULT_OPTIONS,
    limits: Limits = DEFAULT_LIMITS,
) -> list[Documents]:
    """Return the statistics of each polygon. Raises what `shape_statistics` does."""

    def count(shape: Shape) -> Documents:
        return shape_statistics(sources, shape, crs, style=style, max_size=max_size, options=options, limits=limits)

    nothing = empty_statistics(layer_names(sources, style), options=options)
    return count_each(shapes, count, nothing=nothing, limits=limits)


def count_each(
    shapes: Sequence[Shape], count: Callable[[Shape], Documents], *, nothing: Documents, limits: Limits
) -> list[Documents]:
    """Return the statistics of each polygon; ``nothing`` of one where no image is.

    Raises TooLarge for more values in all than one request may have, and what ``count`` does.
    """
    found: list[Documents] = []
    looked_at = 0.0
    for shape in shapes:
        try:
            one = count(shape)
        except OutsideBounds:
            one = nothing
        looked_at += sum(document["valid_pixels"] + document["masked_pixels"] for document in one.values())
        if looked_at > limits.region_values:
            raise TooLarge(f"The features cover more than {limits.region_values:,} values; give fewer, or max_size")
        found.append(one)
    return found
