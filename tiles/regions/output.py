"""Encode a region's colors or values as a file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.encoding.formats import COG, NPY, ImageFormat, RegionFormat
from tiles.encoding.geotiff import Content, Label, MemoryFile, write_geotiff
from tiles.geo.grids import Box, Grid, TileArea
from tiles.regions.area import Place, Size
from tiles.regions.shapes import Shape
from tiles.regions.values import Layer, band_numbers
from tiles.sources.protocol import Source
from tiles.sources.raster import RasterSource
from tiles.sources.validity import fits
from tiles.styling.painting import Picture
from tiles.styling.style import Style


@dataclass(frozen=True, slots=True)
class RegionRequest:
    """Hold what a request asks for: a place, a size, a style and a format.

    ``shape``: a polygon in the place's system, outside of which nothing shows. ``styled``: colors even in formats that
    hold values. ``compression``: of a GeoTIFF, one of `tiles.encoding.geotiff.COMPRESSIONS`; empty: its default.
    """

    place: Place
    size: Size
    style: Style
    target: RegionFormat
    shape: Shape | None = None
    styled: bool = False
    compression: str = ""

    @property
    def is_picture(self) -> bool:
        """Return whether colors are asked for."""
        return self.styled or isinstance(self.target, ImageFormat)

    @property
    def canonical(self) -> tuple[object, ...]:
        """Return what tells regions of the same images apart; polygons are not among it."""
        style, target = self.style.canonical, self.target.name
        return "region", self.place, self.size, style, target, self.styled, self.compression


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold an area's geotransform, GDAL's six numbers, and coordinate system; neither for what isn't on Earth."""

    transform: tuple[float, ...] | None = None
    wkt: str = ""


def frame(source: Source, grid: Grid, area: TileArea) -> Frame:
    if not grid.is_pixels:
        return placed_frame(grid, area)
    if source.geotransform is None:
        return Frame()
    x, across_x, down_x, y, across_y, down_y = source.geotransform
    x0 = x + area.x0 * across_x + area.y0 * down_x
    y0 = y + area.x0 * across_y + area.y0 * down_y
    transform = (x0, area.dx * across_x, area.dy * down_x, y0, area.dx * across_y, area.dy * down_y)
    return Frame(transform, source.wkt)


def placed_frame(grid: Grid, area: TileArea) -> Frame:
    """Return the frame of an area of a grid on Earth."""
    return Frame((area.x0, area.dx, 0.0, area.y0, 0.0, area.dy), grid.crs)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Hold a region before it is encoded: a picture, or layers of values with the value that missing ones have."""

    wanted: RegionRequest
    frame: Frame
    box: Box | None
    picture: Picture | None = None
    layers: tuple[Layer, ...] = ()
    nodata: float | None = None
    labels: tuple[Label, ...] = ()


def encode_region(rendered: Rendered) -> bytes | MemoryFile:
    """Encode the region; its images need not be open any more. The caller closes a `MemoryFile`."""
    if rendered.picture is not None:
        return _encode_picture(rendered.picture, rendered.wanted, rendered.frame)
    return _encode_layers(rendered)


def missing_value(sources: Sequence[Source], style: Style) -> float | None:
    """Return the value that missing pixels have in the images; None where there is none, or arithmetic changes it."""
    if style.nodata is not None or style.expression or style.unscale:
        return None if style.expression or style.unscale else style.nodata
    return sources[0].nodata


def _encode_picture(picture: Picture, wanted: RegionRequest, where: Frame) -> bytes | MemoryFile:
    target = wanted.target
    if isinstance(target, ImageFormat):
        return target.encode(picture)
    colors = [picture.colors[:, :, i] for i in range(picture.colors.shape[2])]
    bands = colors if picture.alpha is None else [*colors, picture.alpha]
    if target is NPY:
        return npy(bands)
    names = ["red", "green", "blue"][: len(colors)] if len(colors) == 3 else ["gray"]
    names = names if picture.alpha is None else [*names, "alpha"]
    content = Content(bands, names, transform=where.transform, wkt=where.wkt, is_color=True)
    return write_geotiff(content, cog=target is COG, compression=wanted.compression)


def band_labels(sources: Sequence[Source], style: Style) -> tuple[Label, ...]:
    """Return what the bands that a style reads say of themselves; none for what is computed of them."""
    if style.expression:
        return ()
    numbers = band_numbers(sources, style)
    places = [(sources[0], number) if len(sources) == 1 else (sources[number - 1], 1) for number in numbers]
    return tuple(_label(source, index, style) for source, index in places)


def _label(source: Source, index: int, style: Style) -> Label:
    if not isinstance(source, RasterSource):
        return Label()
    band = source.band(index)
    scale = (1.0, 0.0) if style.unscale else (band.scale, band.offset)
    # Colors are of values as they lie in the file.
    is_raw = index == 1 and not style.unscale and style.resampling in ("", "nearest")
    palette = source.palette if is_raw else None
    return Label(band.description, band.interpretation, *scale, band.unit, palette or ())


def _encode_layers(rendered: Rendered) -> bytes | MemoryFile:
    """Encode values with their own nodata value where the type can hold it, else with NaN or a mask."""
    layers, wanted, where, nodata = rendered.layers, rendered.wanted, rendered.frame, rendered.nodata
    kind = np.result_type(*(layer.values for layer in layers))
    bands = [layer.values.astype(kind, copy=False) for layer in layers]
    complete = all(layer.valid is None or layer.valid.all() for layer in layers)
    shown = np.ones(bands[0].shape, bool) if complete else np.logical_or.reduce([layer.shown for layer in layers])
    if wanted.target is NPY:
        mask = (shown.view(np.uint8) * np.uint8(255)).astype(kind)
        return npy([*bands, mask] if wanted.style.return_mask else bands)
    if nodata is None and kind.kind == "f" and not complete:
        nodata = float("nan")
    if nodata is not None and fits(nodata, kind):
        bands = (
            bands
            if complete
            else [np.where(layer.shown, band, kind.type(nodata)) for layer, band in zip(layers, bands, strict=True)]
        )
    else:
        nodata = None
    content = Content(
        bands,
        [layer.name for layer in layers],
        nodata=nodata,
        shown=shown if nodata is None and not complete else None,
        transform=where.transform,
        wkt=where.wkt,
        labels=rendered.labels,
    )
    return write_geotiff(content, cog=wanted.target is COG, compression=wanted.compression)


def npy(bands: Sequence[npt.NDArray[Any]]) -> bytes:
    """Encode in NumPy's own format: (bands, rows, columns), the last one a mask of 0 and 255."""
    out = io.BytesIO()
    np.save(out, np.stack(bands), allow_pickle=False)
    return out.getvalue()
