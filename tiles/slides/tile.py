"""Paint tiles of slides: the file's own JPEG, one plane, or several channels laid over each other."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter, UnsupportedOperation
from tiles.geo.grids import Box, Grid, TileArea
from tiles.sampling.pixels import stack
from tiles.slides.native_tiles import untouched
from tiles.slides.source import SlideSource
from tiles.sources.statistics import BandStatistics
from tiles.styling.colormaps import colormap
from tiles.styling.layers import paint_layers
from tiles.styling.painting import Picture, apply_to_picture, rescale, stretch
from tiles.styling.planes import Layer, Planes
from tiles.styling.stretch import needs_statistics, stretch_range
from tiles.styling.style import Style

PLAIN = Style()
# What `tiles.styling.stretch` calls types of more than a byte.
SLIDE_TYPES = {"uint16": "UInt16", "float32": "Float32", "float64": "Float64"}


def untouched_tile(source: SlideSource, grid: Grid, zxy: tuple[int, int, int], *, style: Style, size: int) -> bytes:
    """Read the file's own JPEG of a tile that is asked for as it is; empty when it has to be rendered."""
    z, x, y = zxy
    if not source.levels or style != PLAIN or not grid.is_pixels or not 0 <= z <= grid.maxzoom:
        return b""
    matrix = grid.matrices[z]
    if size not in {0, matrix.tile_size} or not (0 <= x < matrix.columns and 0 <= y < matrix.rows):
        return b""
    return untouched(source.levels, size=matrix.tile_size, factor=matrix.cell_size, column=x, row=y)


def untouched_box(source: SlideSource, box: Box, size: tuple[int, int], *, style: Style) -> bytes:
    """Read the file's own JPEG of a box (left, top, right, bottom) of pixels; empty when it has to be rendered."""
    if not source.levels or style != PLAIN:
        return b""
    left, top, side = round(box[0]), round(box[1]), size[0]
    width, height = round(box[2]) - left, round(box[3]) - top
    if size[1] != side or width != height or width % side or left % width or top % width:
        return b""
    factor = width // side
    return untouched(source.levels, size=side, factor=float(factor), column=left // width, row=top // width)


def render_slide_area(source: SlideSource, area: TileArea, *, style: Style) -> Picture | None:
    """Paint a raster of pixel space: one plane as it is, or several channels laid over each other in their colors.

    Transparent beyond the picture's edges. Raises InvalidParameter, UnsupportedOperation, SourceCorrupt.
    """
    if style.expression:
        raise UnsupportedOperation("Expressions are evaluated on rasters, not on slides")
    if style.value_colors or style.algorithm:
        raise UnsupportedOperation("Colors of values and algorithms are for rasters")
    layers = source.select(style.planes)
    left, top, width, height = source.covered(area)
    whole, area = area, area.part(left, top, area.width - left, area.height - top)
    alpha = None
    if style.layers:
        picture = _layered(source, area, layers[0].frame, style=style, size=(width, height))
        colors, alpha, table = picture.pixels, picture.alpha, None
    elif len(layers) > 1 or layers[0].color:
        colors = _composite(source, area, layers, style=style, size=(width, height))
        table = None
    else:
        pixels = _read(source, area, layers[0].frame, width, height)
        alpha = pixels[:, :, -1] if source.has_alpha and style.return_mask else None
        colors = _colors(source, pixels, style, frame=layers[0].frame)
        table = colormap(style.colormap) if style.colormap else None
        if source.is_inverted and table is None:
            colors = np.asarray(255 - colors, dtype=np.uint8)
    picture = _on_area(colors, alpha, table, whole, corner=(left, top))
    return apply_to_picture(picture, style.color_formula) if style.color_formula else picture


def _on_area(
    colors: npt.NDArray[np.uint8], alpha: Any, table: Any, area: TileArea, *, corner: tuple[int, int]
) -> Picture:
    """Return the picture's part of the area, transparent around. ``corner``: where it begins there."""
    height, width = colors.shape[:2]
    if (width, height) == (area.width, area.height):
        if alpha is not None and alpha.min() == 255:
            alpha = None
        return Picture(np.ascontiguousarray(colors), alpha, table)
    shown, mask = (
        np.zeros((area.height, area.width, colors.shape[2]), np.uint8),
        np.zeros((area.height, area.width), np.uint8),
    )
    here = slice(corner[1], corner[1] + height), slice(corner[0], corner[0] + width)
    shown[here] = colors
    mask[here] = 255 if alpha is None else alpha
    return Picture(shown, mask, table)


def _read(source: SlideSource, area: TileArea, frame: int, width: int, height: int) -> npt.NDArray[Any]:
    pixels = source.read(area, frame=frame)
    if pixels.dtype == np.int8:
        # OpenCV scales no signed bytes.
        pixels = pixels.astype(np.int16)
    return pixels if pixels.shape[:2] == (height, width) else _resize(pixels, width, height)


def _resize(pixels: npt.NDArray[np.generic], width: int, height: int) -> npt.NDArray[np.generic]:
    """Resize pixels to the size asked for: large-image may return one row or column less."""
    enlarged = pixels.shape[0] < height or pixels.shape[1] < width
    resized = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR if enlarged else cv2.INTER_AREA)
    return np.atleast_3d(resized)


def _composite(
    source: SlideSource, area: TileArea, layers: tuple[Layer, ...], *, style: Style, size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Add channels up as light of their colors."""
    if len(style.rescale) not in {0, 1, len(layers)}:
        raise InvalidParameter(f"rescale has {len(style.rescale)} ranges for {len(layers)} channels")
    if style.colormap or style.stretch:
        raise InvalidParameter("A color map or a stretch needs one channel")
    light = np.zeros((size[1], size[0], 3), np.float32)
    for number, layer in enumerate(layers):
        band = (style.indexes or (1,))[0]
        source.check_band(band)
        values = _read(source, area, layer.frame, *size)[:, :, band - 1]
        if style.rescale:
            low, high = style.rescale[min(number, len(style.rescale) - 1)]
        else:
            low, high = _spread(source.frame_statistics(layer.frame)[band - 1])
        color = [int(layer.color[i : i + 2], 16) / 255 for i in (0, 2, 4)] if layer.color else [1.0, 1.0, 1.0]
        light += stretch(values, low, high)[:, :, None] * np.array(color, np.float32)
    return np.minimum(light, 255).astype(np.uint8)


def _layered(source: SlideSource, area: TileArea, asked: int, *, style: Style, size: tuple[int, int]) -> Picture:
    """Paint the bands of a style document, which may be of several frames."""
    frames = [source.select(Planes(frame=layer.frame_of(asked)))[0].frame for layer in style.layers]
    pixels = {frame: _read(source, area, frame, *size) for frame in dict.fromkeys(frames)}
    values, ranges = [], list[tuple[float, float]]()
    for number, (layer, frame) in enumerate(zip(style.layers, frames, strict=True)):
        index = layer.band if isinstance(layer.band, int) else _named_band(source, layer.band)
        source.check_band(index)
        values.append(pixels[frame][:, :, index - 1])
        own = replace(style, stretch=style.stretch[number : number + 1] or style.stretch)
        ranges += style.rescale[number : number + 1] or style.rescale or _stretched(source, (index,), frame, own)
    shown = pixels[frames[0]][:, :, -1] if source.has_alpha and style.return_mask else None
    return paint_layers(stack(values), shown, layers=style.layers, ranges=ranges, axis=style.axis)


def _named_band(source: SlideSource, name: str) -> int:
    return {"red": 1, "green": 2, "blue": 3, "gray": 2}[name] if source.band_count >= 3 else 1


def _colors(source: SlideSource, pixels: npt.NDArray[np.generic], style: Style, *, frame: int) -> npt.NDArray[np.uint8]:
    indexes = style.indexes or ((1, 2, 3) if source.band_count >= 3 else (1,))
    for index in indexes:
        source.check_band(index)
    if style.colormap and len(indexes) != 1:
        indexes = indexes[:1]
    if len(indexes) not in (1, 3):
        raise InvalidParameter(f"bidx must name one band or three, not {len(indexes)}")
    # Bands in their own order are no copy; picked ones come one after another, and take long to be put together again.
    first = indexes == tuple(range(1, len(indexes) + 1))
    chosen = pixels[:, :, : len(indexes)] if first else pixels[:, :, [index - 1 for index in indexes]]
    ranges = style.rescale or _automatic_ranges(source, indexes, frame)
    if style.stretch:
        ranges = _stretched(source, indexes, frame, style)
    if len(ranges) not in (0, 1, len(indexes)):
        raise InvalidParameter(f"rescale has {len(ranges)} ranges for {len(indexes)} bands")
    return rescale(chosen, ranges) if ranges else chosen.astype(np.uint8, copy=False)


def _automatic_ranges(source: SlideSource, indexes: tuple[int, ...], frame: int) -> tuple[tuple[float, float], ...]:
    if source.dtype == np.uint8:
        return ()
    found = source.frame_statistics(frame) if frame else source.statistics
    return tuple(_spread(found[index - 1]) for index in indexes)


def _stretched(
    source: SlideSource, indexes: tuple[int, ...], frame: int, style: Style
) -> tuple[tuple[float, float], ...]:
    if len(style.stretch) not in {1, len(indexes)}:
        raise InvalidParameter(f"stretch is given {len(style.stretch)} times for {len(indexes)} bands")
    stretches = style.stretch * len(indexes) if len(style.stretch) == 1 else style.stretch
    known = any(map(needs_statistics, stretches))
    found = (source.frame_statistics(frame) if frame else source.statistics) if known else ()
    kind = SLIDE_TYPES.get(source.dtype.name, "")
    return tuple(
        stretch_range(each, found[index - 1] if known else None, type_name=kind)
        for index, each in zip(indexes, stretches, strict=True)
    )


def _spread(found: BandStatistics | None) -> tuple[float, float]:
    return (found.percentile_2, max(found.percentile_98, found.percentile_2 + 1e-6)) if found else (0.0, 1.0)
