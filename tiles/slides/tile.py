"""Paint tiles of slides: the file's own JPEG, one plane, or several channels laid over each other."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter, UnsupportedOperation
from tiles.geo.grids import Box, Grid, TileArea
from tiles.sampling.pixels import stack
from tiles.slides.color_profiles import EMBEDDED_BYTES, with_profile
from tiles.slides.levels import Part
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
# Colors as they lie in the file, which is what it has tiles of.
UNCONVERTED = Style(icc=False)
# What `tiles.styling.stretch` calls types of more than a byte.
SLIDE_TYPES = {
    "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32", "float32": "Float32",
    "float64": "Float64",
}  # fmt: skip


def untouched_tile(source: SlideSource, grid: Grid, zxy: tuple[int, int, int], *, style: Style, size: int) -> bytes:
    """Read the file's own JPEG of a tile that is asked for as it is; empty when it has to be rendered."""
    z, x, y = zxy
    if not _is_untouched(source, style) or not grid.is_pixels or not 0 <= z <= grid.maxzoom:
        return b""
    matrix = grid.matrices[z]
    if size not in {0, matrix.tile_size} or not (0 <= x < matrix.columns and 0 <= y < matrix.rows):
        return b""
    tile = untouched(source.levels, size=matrix.tile_size, factor=matrix.cell_size, column=x, row=y)
    return _told(source, tile, style)


def _is_untouched(source: SlideSource, style: Style) -> bool:
    """Return whether a style asks for the file's own tiles, which may carry the profile of their colors."""
    return source.has_native_tiles and (
        style == UNCONVERTED or (style == PLAIN and len(source.profile) <= EMBEDDED_BYTES)
    )


def _told(source: SlideSource, tile: bytes, style: Style) -> bytes:
    """Return the file's own tile with the profile of its colors, where they are to be heeded."""
    return with_profile(tile, source.profile) if tile and source.profile and style.icc else tile


def untouched_box(source: SlideSource, box: Box, size: tuple[int, int], *, style: Style) -> bytes:
    """Read the file's own JPEG of a box (left, top, right, bottom) of pixels; empty when it has to be rendered."""
    if not _is_untouched(source, style):
        return b""
    left, top, side = round(box[0]), round(box[1]), size[0]
    width, height = round(box[2]) - left, round(box[3]) - top
    if size[1] != side or width != height or width % side or left % width or top % width:
        return b""
    factor = width // side
    tile = untouched(source.levels, size=side, factor=float(factor), column=left // width, row=top // width)
    return _told(source, tile, style)


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
        colors, alpha = _composite(source, area, layers, style=style, size=(width, height))
        table = None
    else:
        pixels, alpha = _read(source, area, layers[0].frame, width, height, style=style)
        colors = _colors(source, pixels, style, frame=layers[0].frame)
        table = colormap(style.colormap) if style.colormap else None
        if source.is_inverted and table is None:
            colors = np.asarray(255 - colors, dtype=np.uint8)
    picture = _on_area(colors, alpha if style.return_mask else None, table, whole, corner=(left, top))
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


def _read(source: SlideSource, area: TileArea, frame: int, width: int, height: int, *, style: Style) -> Part:
    """Read what is to be painted: the colors as their profile means them."""
    pixels, alpha = source.sized_part(area, width, height, frame=frame)
    convert = source.to_srgb if style.icc else None
    if convert:
        colors = convert(pixels[:, :, :3])
        pixels = colors if pixels.shape[2] == 3 else np.concatenate([colors, pixels[:, :, 3:]], axis=2)
    return Part(pixels, alpha)


def _composite(
    source: SlideSource, area: TileArea, layers: tuple[Layer, ...], *, style: Style, size: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], Any]:
    """Add channels up as light of their colors; return them with their opacity."""
    if len(style.rescale) not in {0, 1, len(layers)}:
        raise InvalidParameter(f"rescale has {len(style.rescale)} ranges for {len(layers)} channels")
    if style.colormap or style.stretch:
        raise InvalidParameter("A color map or a stretch needs one channel")
    light = np.zeros((size[1], size[0], 3), np.float32)
    shown: Any = None
    for number, layer in enumerate(layers):
        band = (style.indexes or (1,))[0]
        source.check_band(band)
        pixels, alpha = _read(source, area, layer.frame, *size, style=style)
        values = pixels[:, :, band - 1]
        # What any of the channels has is shown.
        shown = alpha if shown is None or alpha is None or not number else np.maximum(shown, alpha)
        if style.rescale:
            low, high = style.rescale[min(number, len(style.rescale) - 1)]
        else:
            window = source.frames.window(layer.frame)
            low, high = window or _spread(source.frame_statistics(layer.frame)[band - 1])
        color = [int(layer.color[i : i + 2], 16) / 255 for i in (0, 2, 4)] if layer.color else [1.0, 1.0, 1.0]
        painted = stretch(values, low, high)
        if alpha is not None:
            painted = np.where(alpha > 0, painted, 0)
        light += painted[:, :, None] * np.array(color, np.float32)
    return np.minimum(light, 255).astype(np.uint8), shown


def _layered(source: SlideSource, area: TileArea, asked: int, *, style: Style, size: tuple[int, int]) -> Picture:
    """Paint the bands of a style document, which may be of several frames."""
    frames = [source.select(Planes(frame=layer.frame_of(asked)))[0].frame for layer in style.layers]
    parts = {frame: _read(source, area, frame, *size, style=style) for frame in dict.fromkeys(frames)}
    values, ranges = [], list[tuple[float, float]]()
    for number, (layer, frame) in enumerate(zip(style.layers, frames, strict=True)):
        index = layer.band if isinstance(layer.band, int) else _named_band(source, layer.band)
        source.check_band(index)
        values.append(parts[frame].pixels[:, :, index - 1])
        own = replace(style, stretch=style.stretch[number : number + 1] or style.stretch)
        ranges += style.rescale[number : number + 1] or style.rescale or _stretched(source, (index,), frame, own)
    shown = parts[frames[0]].alpha if style.return_mask else None
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
    """Return what the file has its values shown between, else all of few bits, else where most values lie."""
    if window := source.frames.window(frame):
        return (window,)
    if source.pyramid and source.pyramid.bits:
        return ((0.0, float(2**source.pyramid.bits - 1)),)
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
