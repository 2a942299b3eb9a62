"""Statistics of a whole image, of a box, of polygons: on the image's own pixels, each by the share that lies inside."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from tiles.errors import OutsideBounds, TooLarge
from tiles.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.sources import Source
from tiles.style import Style

from .area import Place, Size, resolve_area
from .shapes import Shape, pixel_rings
from .statistics_summary import DEFAULT_OPTIONS, SummaryOptions, summarize_values
from .values import Layer, band_numbers, check_size, layer_names, read_layers
from .zonal_coverage import coverage_fractions

Floats = npt.NDArray[np.float64]
# Pixels a side of the sample of a whole image, as TiTiler takes it.
SAMPLE_SIDE = 1024
# Pixels of a zone that are looked at in one go: shares take eight bytes each.
STRIP_PIXELS = 2**20

Documents = dict[str, dict[str, Any]]


def whole_statistics(
    sources: tuple[Source, ...],
    *,
    style: Style,
    max_size: int = SAMPLE_SIDE,
    options: SummaryOptions = DEFAULT_OPTIONS,
    limits: Limits = DEFAULT_LIMITS,
) -> Documents:
    """By band or part of the expression, of every n-th pixel, so that at most ``max_size`` a side are looked at.

    Raises InvalidParameter, TooLarge, and what reading raises.
    """
    return summarize_layers(sample_layers(sources, style=style, max_size=max_size, limits=limits), options=options)


def summarize_layers(layers: Sequence[Layer], *, options: SummaryOptions = DEFAULT_OPTIONS) -> Documents:
    """Of all of their pixels."""
    return {layer.name: _summary([layer.values], [layer.valid], None, options=options) for layer in layers}


def sample_layers(
    sources: tuple[Source, ...], *, style: Style, max_size: int = SAMPLE_SIDE, limits: Limits = DEFAULT_LIMITS
) -> list[Layer]:
    """Every n-th pixel of the whole image."""
    first = sources[0]
    factor = max(1.0, max(first.width, first.height) / max_size)
    # As rio-tiler rounds, so that both look at the same pixels.
    width, height = max(1, math.ceil(first.width / factor)), max(1, math.ceil(first.height / factor))
    area = TileArea(0.0, 0.0, first.width / width, first.height / height, width, height)
    return read_layers(sources, first.pixel_grid, area, style=style, limits=limits)


@dataclass(frozen=True, slots=True)
class Window:
    """Pixels of the first image in which a zone lies, and the size at which they are read."""

    left: int
    top: int
    width: int
    height: int
    size: tuple[int, int]

    @property
    def area(self) -> TileArea:
        across, down = self.size
        return TileArea(float(self.left), float(self.top), self.width / across, self.height / down, across, down)


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
    """Of the pixels that a polygon covers, those at its edge by their share.

    ``max_size``: look at a reduced copy with at most so many pixels a side; 0: at all pixels. Raises OutsideBounds
    when the polygon doesn't touch the image, TooLarge, UnsupportedOperation, and what reading raises.
    """
    rings = pixel_rings(shape.geometry, sources[0], crs, limits=limits)
    window = find_window(rings, (sources[0].width, sources[0].height), max_size=max_size)
    if window is None:
        raise OutsideBounds("The polygon lies outside the image")
    check_size(window.area, len(band_numbers(sources, style)), limits=limits)
    scale = (window.size[0] / window.width, window.size[1] / window.height)
    moved = [(ring - (window.left, window.top)) * scale for ring in rings]

    def read(strip: TileArea) -> Sequence[Layer]:
        return read_layers(sources, sources[0].pixel_grid, strip, style=style, limits=limits)

    return zone_statistics(layer_names(sources, style), window.area, moved, read=read, options=options)


def empty_statistics(names: Sequence[str], *, options: SummaryOptions) -> Documents:
    """What is said of a polygon that doesn't touch the image, where others of its collection do."""
    return {name: _summary([], [], None, options=options) for name in names}


def box_statistics(
    sources: tuple[Source, ...],
    place: Place,
    *,
    style: Style,
    max_size: int = 0,
    options: SummaryOptions = DEFAULT_OPTIONS,
    limits: Limits = DEFAULT_LIMITS,
) -> Documents:
    """Of the pixels that a box covers, likewise."""
    assert place.box is not None
    if place.crs.is_pixels:
        # Checked and clipped as a region is; nothing is read.
        resolve_area(sources[:1], place, Size(max_size=1))
    box = shapely.box(*place.box)
    return shape_statistics(
        sources,
        Shape(box, {}),
        place.crs,
        style=style,
        max_size=max_size,
        options=options,
        limits=limits,
    )


def find_window(rings: Sequence[Floats], within: tuple[int, int] | None = None, *, max_size: int) -> Window | None:
    """Whole pixels around rings, ``within`` so many across and down; None where there are none."""
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


def zone_statistics(
    names: Sequence[str],
    area: TileArea,
    rings: Sequence[Floats],
    *,
    read: Callable[[TileArea], Sequence[Layer]],
    options: SummaryOptions = DEFAULT_OPTIONS,
) -> Documents:
    """Of what rings in an area's own pixels cover; read strip by strip, keeping only that.

    ``names``: of the layers that ``read`` finds in a part of the area.
    """
    values: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in names}
    valid: dict[str, list[npt.NDArray[np.bool_] | None]] = {name: [] for name in values}
    weights: list[npt.NDArray[np.float32]] = []
    rows = max(1, STRIP_PIXELS // area.width)
    for top in range(0, area.height, rows):
        strip = area.part(0, top, area.width, min(rows, area.height - top))
        shares = coverage_fractions([ring - (0, top) for ring in rings], width=strip.width, height=strip.height)
        inside = shares > 0
        if not inside.any():
            continue
        weights.append(shares[inside].astype(np.float32))
        for layer in read(strip):
            values[layer.name].append(layer.values[inside])
            valid[layer.name].append(None if layer.valid is None else layer.valid[inside])
    return {name: _summary(values[name], valid[name], weights, options=options) for name in values}


def _summary(
    values: Sequence[npt.NDArray[Any]],
    valid: Sequence[npt.NDArray[np.bool_] | None],
    weights: Sequence[npt.NDArray[np.float32]] | None,
    *,
    options: SummaryOptions,
) -> dict[str, Any]:
    flat = np.concatenate([part.ravel() for part in values]) if values else np.zeros(0)
    shares = np.concatenate(weights) if weights else None
    covered = float(flat.size if shares is None else shares.sum(dtype=np.float64))
    pixels = flat.size
    if any(part is not None for part in valid):
        shown = np.concatenate(
            [np.ones(one.size, bool) if mask is None else mask.ravel() for one, mask in zip(values, valid, strict=True)]
        )
        flat, shares = flat[shown], None if shares is None else shares[shown]
    document = summarize_values(flat, shares, covered=covered, options=options)
    return document | {"masked_pixels": float(pixels - flat.size)}


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
    """Of each polygon; without counts where one doesn't touch the image. Raises what `shape_statistics` does."""
    found: list[Documents] = []
    looked_at = 0.0
    for shape in shapes:
        try:
            one = shape_statistics(sources, shape, crs, style=style, max_size=max_size, options=options, limits=limits)
        except OutsideBounds:
            one = empty_statistics(layer_names(sources, style), options=options)
        looked_at += sum(document["valid_pixels"] + document["masked_pixels"] for document in one.values())
        if looked_at > limits.region_values:
            raise TooLarge(f"The features cover more than {limits.region_values:,} values; give fewer, or max_size")
        found.append(one)
    return found
