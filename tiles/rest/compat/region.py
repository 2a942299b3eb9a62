"""Cut a rectangle out of an image at full resolution, as large-image does: a picture, or raw values as GeoTIFF."""

import math
import uuid
from dataclasses import dataclass

import numpy as np
from osgeo import gdal

from tiles.encoding.formats import ImageFormat
from tiles.errors import InvalidParameter, OutsideBounds, TooLarge
from tiles.geo.grids import Grid, TileArea
from tiles.large_image.projections import projected_grid
from tiles.limits import Limits
from tiles.rendering.tile import render_area
from tiles.sources.drivers import explain_failure
from tiles.sources.protocol import Source
from tiles.styling.painting import Picture
from tiles.styling.style import Style

PIXEL_UNITS = ("pixel", "pixels", "base_pixels")
RAW_FORMATS = ("tiff", "tif", "tiled")
DEGREES = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class Box:
    """Hold edges in ``units``: pixels of the image from its upper left corner, or a code such as EPSG:4326."""

    left: float
    top: float
    right: float
    bottom: float
    units: str

    @property
    def in_pixels(self) -> bool:
        return self.units in PIXEL_UNITS


def cut(source: Source, box: Box, *, target: ImageFormat, style: Style, grid: Grid, limits: Limits) -> bytes:
    """Return the region's bytes; a TIFF without a style holds the raw values of every band.

    ``grid``: its projection is the output's; of pixel space, the image's own.
    Raises OutsideBounds, TooLarge, InvalidParameter.
    """
    window = pixel_window(source, box)
    check_size(source, window, limits=limits)
    if target.name in RAW_FORMATS and not style.canonical and source.dataset is not None:
        return _raw(source, box, window, grid)
    if grid.is_pixels or box.in_pixels:
        return target.encode(_picture(source, window, style=style, limits=limits))
    area = projected_area(source, window, grid)
    if area.width * area.height > limits.read_pixels:
        raise TooLarge(f"The region has {area.width} x {area.height} pixels; the limit is {limits.read_pixels}")
    picture = render_area(source, grid, area, style=style, limits=limits)
    return target.encode(picture or Picture.empty(area.width, area.height))


def pixel_window(source: Source, box: Box) -> tuple[int, int, int, int]:
    """Return (left, top, width, height) of the image's pixels that the box touches. Raises OutsideBounds."""
    if box.in_pixels or not source.is_geospatial:
        if not box.in_pixels:
            raise InvalidParameter(f"units must be pixels for an image without a place on Earth, not {box.units!r}")
        columns = np.array([box.left, box.right])
        rows = np.array([box.top, box.bottom])
    else:
        steps = np.linspace(0, 1, 9)
        x, y = np.meshgrid(box.left + (box.right - box.left) * steps, box.bottom + (box.top - box.bottom) * steps)
        columns, rows = source.reference(projected_grid(box.units)).to_pixels(x, y)
        columns, rows = columns[np.isfinite(columns)], rows[np.isfinite(rows)]
    if not (columns.size and rows.size):
        raise OutsideBounds("The region lies outside the image")
    left, right = max(0, math.floor(columns.min())), min(source.width, math.ceil(columns.max()))
    top, bottom = max(0, math.floor(rows.min())), min(source.height, math.ceil(rows.max()))
    if left >= right or top >= bottom:
        raise OutsideBounds("The region lies outside the image, or is empty: check its edges and units")
    return left, top, right - left, bottom - top


def check_size(source: Source, window: tuple[int, int, int, int], *, limits: Limits) -> None:
    count = window[2] * window[3] * max(1, source.band_count)
    if count > limits.read_pixels:
        raise TooLarge(f"The region has {count} values; the limit is {limits.read_pixels}")


def projected_area(source: Source, window: tuple[int, int, int, int], grid: Grid) -> TileArea:
    """Return the box in the grid's coordinates around a window, in cells as large as its pixels."""
    left, top, width, height = window
    columns, rows = np.meshgrid(np.linspace(left, left + width, 9), np.linspace(top, top + height, 9))
    x, y = source.reference(grid).to_coordinates(columns, rows)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise OutsideBounds(f"A part of the region has no place in {grid.identifier}")
    cell = math.sqrt((x.max() - x.min()) * (y.max() - y.min()) / (width * height))
    across, down = max(1, round((x.max() - x.min()) / cell)), max(1, round((y.max() - y.min()) / cell))
    return TileArea(float(x.min()), float(y.max()), cell, -cell, across, down)


def _picture(source: Source, window: tuple[int, int, int, int], *, style: Style, limits: Limits) -> Picture:
    left, top, width, height = window
    area = TileArea(float(left), float(top), 1.0, 1.0, width, height)
    picture = render_area(source, source.pixel_grid, area, style=style, limits=limits)
    return picture or Picture.empty(width, height)


def _raw(source: Source, box: Box, window: tuple[int, int, int, int], grid: Grid) -> bytes:
    """Encode raw values as a tiled GeoTIFF in memory."""
    path = f"/vsimem/region-{uuid.uuid4().hex}.tif"
    created = ["TILED=YES", "COMPRESS=LZW", "BIGTIFF=IF_SAFER"]
    try:
        if grid.is_pixels or box.in_pixels:
            gdal.Translate(path, source.dataset, srcWin=list(window), creationOptions=created).FlushCache()
        else:
            area = projected_area(source, window, grid)
            options = gdal.WarpOptions(
                dstSRS=grid.crs, outputBounds=area.box, width=area.width, height=area.height, creationOptions=created
            )
            gdal.Warp(path, source.dataset, options=options).FlushCache()
        return _bytes(path)
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    finally:
        gdal.Unlink(path)


def _bytes(path: str) -> bytes:
    size = gdal.VSIStatL(path).size
    file = gdal.VSIFOpenL(path, "rb")
    try:
        return bytes(gdal.VSIFReadL(1, size, file))
    finally:
        gdal.VSIFCloseL(file)
