"""Read raw values of single pixels: of one, at a point on Earth, at many along a line."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.errors import OutsideBounds, UnsupportedOperation
from tiles.geo.georeference import Floats
from tiles.geo.grids import Grid
from tiles.regions.shapes import shape_reference
from tiles.regions.statistics_summary import finite
from tiles.regions.values import Layer, band_numbers, evaluate, scaled
from tiles.sources.protocol import Source
from tiles.styling.style import Style

PLAIN = Style()


def pixel_values(source: Source, left: int, top: int) -> list[float | int | None]:
    """Read each band's value of one pixel, alpha included; None where it is not valid. Raises OutsideBounds."""
    every = Style(indexes=tuple(range(1, source.band_count + 1)))
    return [layer_values(layer)[0] for layer in pixel_layers((source,), left, top, style=every)]


def pixel_layers(sources: Sequence[Source], left: int, top: int, *, style: Style = PLAIN) -> list[Layer]:
    """Read each band's value at one pixel. Raises OutsideBounds, UnsupportedOperation for images unlike in size."""
    check_pixel(sources, left, top)
    places = [(np.array([left]), np.array([top]))] * len(sources)
    return _read_places(sources, places, style=style)


def check_pixel(sources: Sequence[Source], left: int, top: int) -> None:
    """Raise OutsideBounds for a pixel that isn't there, UnsupportedOperation for images that differ in size."""
    first = sources[0]
    if any((source.width, source.height) != (first.width, first.height) for source in sources):
        raise UnsupportedOperation("These images differ in size: ask for a point on Earth")
    if not (0 <= left < first.width and 0 <= top < first.height):
        raise OutsideBounds(f"Pixel {left}, {top} is not within {first.width} x {first.height}")


def pixel_at(source: Source, x: float, y: float, crs: Grid) -> tuple[int, int]:
    """Return column and row of the pixel in which a point lies. Raises OutsideBounds, UnsupportedOperation."""
    columns, rows = _places(source, np.array([x]), np.array([y]), crs)
    if columns[0] < 0:
        raise OutsideBounds("The point lies outside the image")
    return int(columns[0]), int(rows[0])


def layer_values(layer: Layer) -> list[float | int | None]:
    """Return a flat layer's values as JSON numbers, None where they are not valid."""
    numbers = [finite(value) for value in layer.values.tolist()]
    return [value if known else None for value, known in zip(numbers, layer.shown.tolist(), strict=True)]


def point_layers(sources: Sequence[Source], x: Floats, y: Floats, *, crs: Grid, style: Style) -> list[Layer]:
    """Read each band's values at points in ``crs``. Raises OutsideBounds when no point is within an image."""
    places = [_places(source, x, y, crs) for source in sources]
    if not any((columns >= 0).any() for columns, _ in places):
        raise OutsideBounds("The point lies outside the image" if x.size == 1 else "The line lies outside the image")
    return _read_places(sources, places, style=style)


Places = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _places(source: Source, x: Floats, y: Floats, crs: Grid) -> Places:
    """Return columns and rows of points; -1 for those outside the image."""
    reference = shape_reference(source, crs)
    columns, rows = reference.to_pixels(x, y)
    if reference.period_pixels:
        columns = np.where((columns < 0) | (columns >= source.width), columns % reference.period_pixels, columns)
    # Comparisons with NaN are false.
    inside = (columns >= 0) & (columns < source.width) & (rows >= 0) & (rows < source.height)
    whole = [np.floor(np.where(inside, places, -1)).astype(np.int64) for places in (columns, rows)]
    return whole[0], whole[1]


def _read_places(sources: Sequence[Source], places: Sequence[Places], *, style: Style) -> list[Layer]:
    numbers = band_numbers(sources, style)
    if len(sources) == 1:
        found = _read_pixels(sources[0], *places[0], indexes=numbers, style=style)
        located = [(sources[0], number) for number in numbers]
    else:
        located = [(sources[number - 1], 1) for number in numbers]
        parts = [
            _read_pixels(source, *places[number - 1], indexes=(1,), style=style)
            for number, (source, _) in zip(numbers, located, strict=True)
        ]
        found = [part[0] for part in parts]
    layers = [
        scaled(Layer(f"b{number}", values, valid), source, index, style)
        for number, (values, valid), (source, index) in zip(numbers, found, located, strict=True)
    ]
    return evaluate(layers, numbers, style) if style.expression else layers


def _read_pixels(
    source: Source, columns: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], *, indexes: Sequence[int], style: Style
) -> list[tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]]:
    """Read each band's values and whether they are valid, both (places,); those outside the image are not.

    Raises SourceCorrupt, SourceUnreachable.
    """
    inside = columns >= 0
    pairs = list(zip(columns[inside].tolist(), rows[inside].tolist(), strict=True))
    out = []
    for read, known in source.read_pixels(pairs, indexes, style=style):
        values, valid = np.zeros(columns.shape, read.dtype), inside.copy()
        values[inside], valid[inside] = read, known
        out.append((values, valid))
    return out
