"""Raw values of an area, band by band, before any color: what regions as data, zones and histograms are made of."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from . import warping
from .deadline import check_deadline
from .drivers import explain_failure
from .errors import InvalidParameter, TooLarge, UnsupportedOperation
from .expression import parse_expression
from .grids import Box, Grid, TileArea
from .limits import DEFAULT_LIMITS, Limits
from .pixels import RESIZABLE, fits
from .plan import make_plan
from .raster import RasterSource
from .region_crs import native_grid
from .render import overlap, sample_area
from .resampling import Samples, merge
from .slides import SlideSource
from .sources import Source
from .style import Style

Values = npt.NDArray[Any]
Valid = npt.NDArray[np.bool_]

# Pixels that are read or resampled at a time, so that a deadline is noticed and intermediate arrays stay small.
STRIP_PIXELS = 2**20
# The validity, 0-255, from which a pixel counts.
MOSTLY_VALID = 128
# The least side of what is resampled: the transform is judged by its neighbours.
LEAST_SIDE = 16


@dataclass(frozen=True, slots=True)
class Layer:
    """One band's or one expression's values, (rows, columns), and which of them are valid (None: all)."""

    name: str
    values: Values
    valid: Valid | None

    @property
    def shown(self) -> Valid:
        return np.ones(self.values.shape, bool) if self.valid is None else self.valid


def layer_names(sources: Sequence[Source], style: Style) -> list[str]:
    """``b1``… or the parts of the expression. Raises InvalidParameter for bands that aren't there."""
    numbers = band_numbers(sources, style)
    return style.expression.split(";") if style.expression else [f"b{number}" for number in numbers]


def band_numbers(sources: Sequence[Source], style: Style) -> tuple[int, ...]:
    """Which bands are read: of one image its own, of several b1 is the first image's first band."""
    source = sources[0]
    count = len(sources)
    if count == 1:
        count = source.band_count - bool(isinstance(source, RasterSource) and source.alpha_band)
    numbers = parse_expression(style.expression).bands if style.expression else style.indexes
    numbers = numbers or tuple(range(1, count + 1))
    available = len(sources) if len(sources) > 1 else source.band_count
    for number in numbers:
        if not 1 <= number <= available:
            what = "assets are given" if len(sources) > 1 else "bands are there"
            raise InvalidParameter(f"b{number} doesn't exist: {available} {what}")
    return numbers


def check_size(area: TileArea, count: int, *, limits: Limits) -> None:
    """Raises TooLarge for an area of ``count`` values a pixel that wouldn't fit into memory or formats."""
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
    """The values of ``style``'s bands or expression on the area's pixels, nearest neighbours unless it says otherwise.

    In pixel space the area is the first image's. Raises InvalidParameter, TooLarge, UnsupportedOperation and what
    reading raises.
    """
    check_size(area, len(band_numbers(sources, style)), limits=limits)
    strips = [_read_strip(sources, grid, strip, style=style, limits=limits) for strip in _strips(area)]
    return strips[0] if len(strips) == 1 else [_joined(parts) for parts in zip(*strips, strict=True)]


def _strips(area: TileArea) -> Iterator[TileArea]:
    rows = max(1, STRIP_PIXELS // area.width)
    for top in range(0, area.height, rows):
        check_deadline()
        yield area.part(0, top, area.width, min(rows, area.height - top))


def _joined(parts: Sequence[Layer]) -> Layer:
    values = np.concatenate([part.values for part in parts])
    if all(part.valid is None for part in parts):
        return Layer(parts[0].name, values, None)
    return Layer(parts[0].name, values, np.concatenate([part.shown for part in parts]))


def _read_strip(sources: Sequence[Source], grid: Grid, area: TileArea, *, style: Style, limits: Limits) -> list[Layer]:
    numbers = band_numbers(sources, style)
    bands = [_read_number(sources, number, grid, area, style=style, limits=limits) for number in numbers]
    return evaluate(bands, numbers, style) if style.expression else bands


def evaluate(bands: Sequence[Layer], numbers: Sequence[int], style: Style) -> list[Layer]:
    """The parts of an expression, valid where all of its bands are and it is defined."""
    expression = parse_expression(style.expression)
    given = {number: band.values.astype(np.float32) for number, band in zip(numbers, bands, strict=True)}
    results = expression.evaluate(given)
    valid = np.logical_and.reduce([band.shown for band in bands])
    layers = []
    for position, name in enumerate(style.expression.split(";")):
        values = results[..., position]
        defined = valid & np.isfinite(values)
        layers.append(Layer(name, np.where(defined, values, 0), defined))
    return layers


def _read_number(
    sources: Sequence[Source], number: int, grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> Layer:
    source, index = (sources[0], number) if len(sources) == 1 else (sources[number - 1], 1)
    if source is not sources[0] and grid.is_pixels:
        grid, area = native_area(sources[0], area)
    values, valid = _read_band(source, index, grid, area, style=style, limits=limits)
    return scaled(Layer(f"b{number}", values, valid), source, index, style)


def scaled(layer: Layer, source: Source, index: int, style: Style) -> Layer:
    """The band's scale and offset applied, where the style says so."""
    if not style.unscale or not isinstance(source, RasterSource):
        return layer
    facts = source.band(index)
    return replace(layer, values=(layer.values * np.float64(facts.scale) + facts.offset).astype(np.float32))


def native_area(source: Source, area: TileArea) -> tuple[Grid, TileArea]:
    """An area of an image's pixels in the image's own coordinate system, to find it in other images.

    Raises UnsupportedOperation for images without a north-up place on Earth.
    """
    placed = isinstance(source, RasterSource) and source.method == "GEOTRANSFORM"
    transform = source.dataset.GetGeoTransform() if placed else (0,) * 6  # type: ignore[union-attr]
    if not placed or transform[2] or transform[4]:
        raise UnsupportedOperation("These images can't be laid over each other pixel by pixel: give a bbox and a crs")
    assert isinstance(source, RasterSource)
    x0, y0 = transform[0] + area.x0 * transform[1], transform[3] + area.y0 * transform[5]
    grid = native_grid(source.dataset.GetSpatialRef().ExportToWkt())
    return grid, replace(area, x0=x0, y0=y0, dx=area.dx * transform[1], dy=area.dy * transform[5])


def _read_band(
    source: Source, index: int, grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> tuple[Values, Valid | None]:
    if isinstance(source, SlideSource):
        return _read_slide(source, index, area, frame=slide_frame(source, style))
    window = _whole_pixels(source, area) if grid.is_pixels and style.resampling in ("", "nearest") else None
    if window:
        return read_window(source, index, window, (area.width, area.height), nodata=style.nodata)
    # Whatever the style's colors: this is about values.
    bare = Style(
        indexes=(index,),
        rescale=((0.0, 1.0),),
        nodata=style.nodata,
        resampling=style.resampling or "nearest",
    )
    least = area.part(0, 0, max(area.width, LEAST_SIDE), max(area.height, LEAST_SIDE))
    found = _sample(source, index, grid, least, style=bare, limits=limits)
    if found is None:
        return np.zeros((area.height, area.width), _type(source, index)), np.zeros((area.height, area.width), bool)
    values = found.pixels[: area.height, : area.width, 0]
    alpha = None if found.alpha is None else found.alpha[: area.height, : area.width] >= MOSTLY_VALID
    return values, alpha


def _sample(
    source: RasterSource, index: int, grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> Samples | None:
    plan = make_plan(source, style)
    type_known = _type(source, index) in RESIZABLE and not source.band(index).is_complex
    out: Samples | None = None
    for moved in turned_areas(area, grid, source.coverage(grid)):
        if type_known:
            found = sample_area(source, grid, moved, plan=plan, style=style, limits=limits)
        else:
            # OpenCV would round whole numbers of 32 bits.
            name = "near" if plan.resampling == "nearest" else plan.resampling
            found = warping.warp(source, grid, moved, plan=replace(plan, resampling=name), style=style)
        if found is not None:
            out = merge(out, found)
    return out


def turned_areas(area: TileArea, grid: Grid, boxes: tuple[Box, ...]) -> Iterator[TileArea]:
    """The area wherever, whole turns round the Earth, the boxes are: once, or twice across the antimeridian."""
    if not grid.period or any(math.isinf(box[0]) for box in boxes):
        yield area
        return
    for turn in (-1, 0, 1):
        moved = replace(area, x0=area.x0 + turn * grid.period)
        if any(overlap(moved.box, box) for box in boxes):
            yield moved


def _type(source: RasterSource, index: int) -> np.dtype[Any]:
    """The NumPy type of a band; complex numbers count by their amplitude."""
    return np.dtype(_NUMPY_NAMES.get(source.band(index).type_name, "float32"))


_NUMPY_NAMES = {
    "Byte": "uint8", "UInt16": "uint16", "Int16": "int16", "UInt32": "uint32", "Int32": "int32", "UInt64": "uint64",
    "Int64": "int64", "Int8": "int8", "Float32": "float32", "Float64": "float64",
}  # fmt: skip


def _whole_pixels(source: Source, area: TileArea) -> tuple[int, int, int, int] | None:
    """Left, top, width, height of an area that begins and ends with whole pixels of the image; None for others."""
    edges = (area.x0, area.y0, area.x0 + area.width * area.dx, area.y0 + area.height * area.dy)
    left, top, right, bottom = whole = tuple(round(edge) for edge in edges)
    exact = all(abs(a - b) < 1e-6 * max(1, abs(a)) for a, b in zip(edges, whole, strict=True))
    inside = 0 <= left < right <= source.width and 0 <= top < bottom <= source.height
    return (left, top, right - left, bottom - top) if exact and inside and area.dy > 0 else None


def read_window(
    source: RasterSource, index: int, window: tuple[int, int, int, int], size: tuple[int, int], *, nodata: float | None
) -> tuple[Values, Valid | None]:
    """A window of a band, decimated to ``size`` by GDAL (nearest neighbours, from its overviews), and what is valid.

    Raises SourceCorrupt, SourceUnreachable.
    """
    band = source.dataset.GetRasterBand(index)
    try:
        values = band.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1])
        shows = validity_band(source) if nodata is None else None
        mask = None if shows is None else shows.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1])
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    if np.iscomplexobj(values):
        values = np.abs(values).astype(np.float32)
    valid = differs(values, source.band(index).nodata if nodata is None else nodata)
    if mask is not None:
        shown = is_shown(mask)
        valid = shown if valid is None else valid & shown
    return values, None if valid is not None and valid.all() else valid


def validity_band(source: RasterSource) -> Any:
    """The band that says which pixels count, whatever their values: alpha or the file's mask; None when there is none.

    GDAL takes an alpha band for a mask only if it is of bytes.
    """
    if source.alpha_band:
        return source.dataset.GetRasterBand(source.alpha_band)
    return source.dataset.GetRasterBand(1).GetMaskBand() if source.has_mask else None


def is_shown(mask: Values) -> Valid:
    """What values of such a band mean."""
    return np.asarray(mask >= MOSTLY_VALID if mask.dtype == np.uint8 else mask > 0)


def differs(values: Values, nodata: float | None) -> Valid | None:
    """Where values are numbers other than nodata; None: everywhere."""
    valid: Valid | None = np.isfinite(values) if values.dtype.kind == "f" else None
    if nodata is not None and math.isfinite(nodata) and fits(nodata, values.dtype):
        other = values != values.dtype.type(nodata)
        valid = other if valid is None else valid & other
    return valid


def slide_frame(source: SlideSource, style: Style) -> int:
    """The one plane whose values are meant. Raises InvalidParameter for several."""
    layers = source.select(style.planes)
    if len(layers) != 1:
        raise InvalidParameter(f"Values are of one plane, not of {len(layers)}: name one channel")
    return layers[0].frame


def _read_slide(source: SlideSource, index: int, area: TileArea, *, frame: int) -> tuple[Values, Valid | None]:
    pixels = source.read(area, frame=frame)
    if pixels.shape[:2] != (area.height, area.width):
        pixels = np.atleast_3d(cv2.resize(pixels, (area.width, area.height), interpolation=cv2.INTER_NEAREST))
    valid = pixels[:, :, -1] >= MOSTLY_VALID if source.has_alpha else None
    return pixels[:, :, index - 1], valid
