"""Find and render parts of an image as large-image counts them: tiles' corners, thumbnails, pixels, histograms."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.geo.grids import Grid, TileArea
from tiles.large_image.metadata import levels
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.regions.points import pixel_values
from tiles.rendering.tile import render_area, render_whole
from tiles.sources.protocol import Source
from tiles.styling.painting import Picture
from tiles.styling.style import Style


def tile_corners(source: Source, grid: Grid, zxy: tuple[int, int, int]) -> dict[str, float]:
    """Return the tile's edges in the grid's coordinates; of pixel space, y runs upwards from the lower edge."""
    west, north_or_top, east, south_or_bottom = grid.tile(*zxy).box
    if grid.is_pixels:
        top, bottom = north_or_top, south_or_bottom
        return {"xmin": west, "xmax": east, "ymin": source.height - bottom, "ymax": source.height - top}
    return {"xmin": west, "xmax": east, "ymin": north_or_top, "ymax": south_or_bottom}


def render_thumbnail(
    source: Source, grid: Grid, *, size: tuple[int, int], style: Style, limits: Limits = DEFAULT_LIMITS
) -> Picture:
    """Render the whole image within ``size`` (width, height) pixels, its aspect kept, in the grid's projection."""
    if grid.is_pixels:
        side = fitting_side(source.width, source.height, size)
        return render_whole(source, style=style, side=side, limits=limits) or Picture.empty(side, side)
    boxes = source.coverage(grid)
    west, east = min(box[0] for box in boxes), max(box[2] for box in boxes)
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    half = grid.matrices[0].cell_size * grid.matrices[0].tile_size / 2
    west, south, east, north = max(west, -half), max(south, -half), min(east, half), min(north, half)
    cell = max((east - west) / size[0], (north - south) / size[1])
    width, height = max(1, round((east - west) / cell)), max(1, round((north - south) / cell))
    area = TileArea(west, north, (east - west) / width, -(north - south) / height, width, height)
    return render_area(source, grid, area, style=style, limits=limits) or Picture.empty(width, height)


def fitting_side(width: int, height: int, size: tuple[int, int]) -> int:
    """Return the pixels of the longer side of a picture of that aspect that fits into ``size``."""
    scale = min(size[0] / width, size[1] / height)
    return max(1, round(max(width, height) * scale))


def pixel(source: Source, grid: Grid, left: int, top: int, *, style: Style) -> dict[str, Any]:
    """Return a pixel's raw values by band, and the color it is shown in; empty outside the image.

    In a projection, pixels are those of its last level.
    """
    place = _image_pixel(source, grid, left, top)
    if place is None:
        return {}
    values = pixel_values(source, *place)
    color = shown_color(source, place, style=style)
    names = dict(zip("rgba", color, strict=True))
    return {"value": color, **names, "bands": {index + 1: value for index, value in enumerate(values)}}


def _image_pixel(source: Source, grid: Grid, left: int, top: int) -> tuple[int, int] | None:
    if not grid.is_pixels:
        matrix = grid.matrices[levels(source, grid) - 1]
        x = matrix.origin[0] + (left + 0.5) * matrix.cell_size
        y = matrix.origin[1] - (top + 0.5) * matrix.cell_size
        columns, rows = source.reference(grid).to_pixels(np.array([x]), np.array([y]))
        if not (np.isfinite(columns[0]) and np.isfinite(rows[0])):
            return None
        left, top = math.floor(columns[0]), math.floor(rows[0])
    return (left, top) if 0 <= left < source.width and 0 <= top < source.height else None


def shown_color(source: Source, place: tuple[int, int], *, style: Style) -> list[int]:
    """Return red, green, blue, alpha of one pixel of the image as the style shows it."""
    # Four samples of one pixel: a single one has no neighbours to judge its size by.
    area = TileArea(float(place[0]), float(place[1]), 0.5, 0.5, 2, 2)
    style = replace(style, resampling="nearest")
    picture = render_area(source, source.pixel_grid, area, style=style)
    if picture is None:
        return [0, 0, 0, 0]
    color = [int(value) for value in picture.colors[0, 0]]
    alpha = 255 if picture.alpha is None else int(picture.alpha[0, 0])
    return [*(color * 3 if len(color) == 1 else color), alpha]


def histograms(source: Source, *, bins: int, density: bool, only_range: bool) -> Any:
    """Return each band's histogram of raw, valid values, whatever the style; from at most a megapixel."""
    found = [source.sampled_values(index) for index in range(1, source.band_count + 1)]
    if only_range:
        columns = [_summary(values) for values in found]
        return {name: [column[name] for column in columns] for name in ("min", "max", "mean", "stdev")}
    return [_histogram(values, bins=bins, density=density) for values in found]


def _summary(values: npt.NDArray[Any]) -> dict[str, float | None]:
    if not values.size:
        return dict.fromkeys(("min", "max", "mean", "stdev"))
    exact = values.astype(np.float64)
    found = {"min": exact.min(), "max": exact.max(), "mean": exact.mean(), "stdev": exact.std()}
    return {name: float(value) for name, value in found.items()}


def _histogram(values: npt.NDArray[Any], *, bins: int, density: bool) -> dict[str, Any]:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    # The last bucket of integers holds the highest one, as wide as the others.
    high = high + 1 if values.dtype.kind in "ui" or high <= low else high
    counts, edges = np.histogram(values.astype(np.float64), bins=bins, range=(low, high), density=False)
    hist = counts.astype(np.float64)
    if density and values.size:
        hist = hist / values.size
    return _summary(values) | {
        "range": [low, high],
        "hist": hist.tolist(),
        "bin_edges": edges.tolist(),
        "bins": bins,
        "density": density,
        "samples": float(values.size),
    }
