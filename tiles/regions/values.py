"""Read raw values of an area, band by band: what regions as data, zones and histograms are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiles.errors import TooLarge, UnsupportedOperation
from tiles.geo.crs import native_grid
from tiles.geo.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits, check_deadline
from tiles.sources.protocol import Source, Valid, Values
from tiles.sources.validity import precise_type
from tiles.styling.check import check_asset
from tiles.styling.expression import parse_expression
from tiles.styling.style import Style

# Pixels that are read or resampled at a time, so that a deadline is noticed and intermediate arrays stay small.
STRIP_PIXELS = 2**20


@dataclass(frozen=True, slots=True)
class Layer:
    """Hold one band's or one expression's values, (rows, columns), and which of them are valid (None: all)."""

    name: str
    values: Values
    valid: Valid | None

    @property
    def shown(self) -> Valid:
        return np.ones(self.values.shape, bool) if self.valid is None else self.valid


def layer_names(sources: Sequence[Source], style: Style) -> list[str]:
    """Name the layers: ``b1``… or the parts of the expression. Raises InvalidParameter for bands that aren't there."""
    numbers = band_numbers(sources, style)
    return style.expression.split(";") if style.expression else [f"b{number}" for number in numbers]


def band_numbers(sources: Sequence[Source], style: Style) -> tuple[int, ...]:
    """Return which bands are read: of one image its own, of several b1 is the first image's first band."""
    source = sources[0]
    count = len(sources)
    if count == 1:
        count = source.band_count - bool(source.alpha_band)
    numbers = parse_expression(style.expression, of_values=True).bands if style.expression else style.indexes
    numbers = numbers or tuple(range(1, count + 1))
    for number in numbers:
        if len(sources) > 1:
            check_asset(number, len(sources))
        else:
            source.check_band(number)
    return numbers


def check_size(area: TileArea, count: int, *, limits: Limits) -> None:
    """Raise TooLarge for an area of ``count`` values a pixel that wouldn't fit into memory or formats."""
    if max(area.width, area.height) > limits.region_side:
        raise TooLarge(
            f"{area.width:,} x {area.height:,} pixels are too many: the limit is {limits.region_side:,} a side; give "
            "max_size, width or height"
        )
    if area.width * area.height * count > limits.region_values:
        raise TooLarge(
            f"{area.width:,} x {area.height:,} pixels of {count} values are too many: the limit is "
            f"{limits.region_values:,} values; give max_size, width or height"
        )


def read_layers(
    sources: Sequence[Source], grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> list[Layer]:
    """Read the style's bands or expression on the area's pixels, by nearest neighbours unless it names a resampling.

    In pixel space the area is the first image's. Raises InvalidParameter, TooLarge, UnsupportedOperation and what
    reading raises.
    """
    check_size(area, len(band_numbers(sources, style)), limits=limits)
    found = [_read_strip(sources, grid, strip, style=style, limits=limits) for strip in strips(area)]
    return [join_layers(parts) for parts in zip(*found, strict=True)]


def strips(area: TileArea) -> Iterator[TileArea]:
    """Yield the area in strips of some rows, each read at a time. Raises RenderTimeout between two of them."""
    rows = max(1, STRIP_PIXELS // area.width)
    for top in range(0, area.height, rows):
        check_deadline()
        yield area.part(0, top, area.width, min(rows, area.height - top))


def join_layers(parts: Sequence[Layer]) -> Layer:
    """Join parts that lie below each other into one layer."""
    if len(parts) == 1:
        return parts[0]
    values = np.concatenate([part.values for part in parts])
    if all(part.valid is None for part in parts):
        return Layer(parts[0].name, values, None)
    return Layer(parts[0].name, values, np.concatenate([part.shown for part in parts]))


def _read_strip(sources: Sequence[Source], grid: Grid, area: TileArea, *, style: Style, limits: Limits) -> list[Layer]:
    numbers = band_numbers(sources, style)
    bands = [_read_number(sources, number, grid, area, style=style, limits=limits) for number in numbers]
    return evaluate(bands, numbers, style) if style.expression else bands


def evaluate(bands: Sequence[Layer], numbers: Sequence[int], style: Style) -> list[Layer]:
    """Compute the parts of the style's expression, valid where all of its bands are and it is defined."""
    expression = parse_expression(style.expression, of_values=True)
    given = {number: band.values for number, band in zip(numbers, bands, strict=True)}
    results = expression.evaluate(given)
    masks = [band.valid for band in bands if band.valid is not None]
    layers = []
    for position, name in enumerate(style.expression.split(";")):
        values = results[..., position]
        defined = np.logical_and.reduce([np.isfinite(values), *masks])
        is_whole = bool(defined.all())
        layers.append(Layer(name, values, None) if is_whole else Layer(name, np.where(defined, values, 0), defined))
    return layers


def _read_number(
    sources: Sequence[Source], number: int, grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> Layer:
    source, index = (sources[0], number) if len(sources) == 1 else (sources[number - 1], 1)
    if source is not sources[0] and grid.is_pixels:
        grid, area = native_area(sources[0], area)
    values, valid = source.read_band(index, grid, area, style=style, limits=limits)
    return scaled(Layer(f"b{number}", values, valid), source, index, style)


def scaled(layer: Layer, source: Source, index: int, style: Style) -> Layer:
    """Apply the band's scale and offset to the layer where the style says so."""
    scaling = source.scaling(index) if style.unscale else None
    if scaling is None:
        return layer
    scale, offset = scaling
    return replace(layer, values=(layer.values * np.float64(scale) + offset).astype(precise_type(layer.values.dtype)))


def native_area(source: Source, area: TileArea) -> tuple[Grid, TileArea]:
    """Return an area of an image's pixels in the image's own coordinate system, to find it in other images.

    Raises UnsupportedOperation for images without a north-up place on Earth.
    """
    transform = source.geotransform
    if not transform or transform[2] or transform[4]:
        raise UnsupportedOperation("These images can't be laid over each other pixel by pixel: give a bbox and a crs")
    x0, y0 = transform[0] + area.x0 * transform[1], transform[3] + area.y0 * transform[5]
    grid = native_grid(source.wkt)
    return grid, replace(area, x0=x0, y0=y0, dx=area.dx * transform[1], dy=area.dy * transform[5])
