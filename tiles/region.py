"""Any part of an image as a picture or as data: by box, by pixels, by polygon, whole."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .composite import render_composite_area
from .encode import ImageFormat, encode
from .errors import OutsideBounds
from .geotiff import Content, MemoryFile, write_geotiff
from .grids import Box, Grid, TileArea
from .limits import DEFAULT_LIMITS, Limits
from .painting import Picture
from .pixels import fits
from .preview import reduced_picture
from .raster import RasterSource
from .region_area import Place, Size, resolve_area
from .region_formats import COG, NPY, RegionFormat
from .region_shapes import Shape, area_rings, shape_box
from .region_values import Layer, band_numbers, check_size, read_layers, turned_areas
from .render import overlap, render_area
from .slide_rendering import render_slide_area
from .slides import SlideSource
from .sources import Source
from .style import Style
from .zonal_coverage import coverage_fractions

# Colors of a picture, and its alpha: what a pixel of it costs.
PICTURE_VALUES = 4
# A pixel shows when at least this share of it lies within the polygon.
SHARE_SHOWN = 0.5
# The least side of what is rendered: the transform is judged by its neighbours.
LEAST_SIDE = 16


@dataclass(frozen=True, slots=True)
class RegionRequest:
    """What is asked for.

    ``shape``: a polygon in the place's system, outside of which nothing shows. ``styled``: colors even in formats that
    hold values. ``compression``: of a GeoTIFF, one of `tiles.geotiff.COMPRESSIONS`; empty: its default.
    """

    place: Place
    size: Size
    style: Style
    target: RegionFormat
    shape: Shape | None = None
    styled: bool = False
    compression: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A region before it is encoded: a picture, or layers of values with the value that missing ones have."""

    wanted: RegionRequest
    frame: "Frame"
    box: Box | None
    picture: Picture | None = None
    layers: tuple[Layer, ...] = ()
    nodata: float | None = None


def render_region(sources: tuple[Source, ...], wanted: RegionRequest, *, limits: Limits = DEFAULT_LIMITS) -> Rendered:
    """Raises OutsideBounds where no image is, TooLarge naming the limit, and all that parameters and reading raise."""
    place = wanted.place
    if wanted.shape and place.box is None:
        place = replace(place, box=shape_box(wanted.shape.geometry, place.crs))
    grid, area = resolve_area(sources, place, wanted.size)
    is_picture = wanted.styled or isinstance(wanted.target, ImageFormat)
    count = PICTURE_VALUES if is_picture else len(band_numbers(sources, wanted.style))
    _check_overlap(sources, grid, area)
    check_size(area, count, limits=limits)
    shown = _within(wanted.shape, sources[0], place.crs, grid, area, limits=limits) if wanted.shape else None
    box = None if grid.is_pixels else area.box
    where = frame(sources[0], grid, area)
    if is_picture:
        picture = masked_picture(render_picture(sources, grid, area, style=wanted.style, limits=limits), shown)
        return Rendered(wanted, where, box, picture)
    layers = read_layers(sources, grid, area, style=wanted.style, limits=limits)
    masked = tuple(layer if shown is None else replace(layer, valid=layer.shown & shown) for layer in layers)
    return Rendered(wanted, where, box, layers=masked, nodata=_nodata(sources, wanted.style))


def encode_region(rendered: Rendered) -> bytes | MemoryFile:
    """The file, without any image open: others may read them by now. A `MemoryFile` is to be closed by the caller."""
    if rendered.picture is not None:
        return _encode_picture(rendered.picture, rendered.wanted, rendered.frame)
    return _encode_layers(rendered.layers, rendered.wanted, rendered.frame, rendered.nodata)


def _check_overlap(sources: Sequence[Source], grid: Grid, area: TileArea) -> None:
    rasters = [source for source in sources if isinstance(source, RasterSource)]
    if rasters and not any(
        overlap(moved.box, box)
        for raster in rasters
        for moved in turned_areas(area, grid, raster.coverage(grid))
        for box in raster.coverage(grid)
    ):
        raise OutsideBounds("The region lies outside the image")


def _within(
    shape: Shape, source: Source, crs: Grid, grid: Grid, area: TileArea, *, limits: Limits
) -> npt.NDArray[np.bool_]:
    """Which pixels of the area lie within the polygon. Raises OutsideBounds when none does."""
    rings = area_rings(shape.geometry, source, crs, grid=grid, area=area, limits=limits)
    return coverage_fractions(rings, width=area.width, height=area.height) >= SHARE_SHOWN


def render_picture(
    sources: tuple[Source, ...], grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Picture:
    """The area in colors; transparent where nothing is."""
    source = sources[0]
    if isinstance(source, SlideSource) and len(sources) == 1:
        return render_slide_area(source, area, style=style) or Picture.empty(area.width, area.height)
    if isinstance(source, RasterSource) and len(sources) == 1 and grid.is_pixels:
        reduced = reduced_picture(source, area, style=style, limits=limits)
        if reduced is not None:
            return reduced
    boxes = [box for each in sources if isinstance(each, RasterSource) for box in each.coverage(grid)]
    least = area.part(0, 0, max(area.width, LEAST_SIDE), max(area.height, LEAST_SIDE))
    out: Picture | None = None
    for moved in turned_areas(least, grid, tuple(boxes)):
        if len(sources) > 1:
            found = render_composite_area(sources, grid, moved, style=style, limits=limits)
        else:
            assert isinstance(source, RasterSource)
            found = render_area(source, grid, moved, style=style, limits=limits)
        out = _over(out, found)
    return _cropped(out, area) if out else Picture.empty(area.width, area.height)


def _over(first: Picture | None, second: Picture | None) -> Picture | None:
    """``second`` where it shows something, ``first`` elsewhere."""
    if first is None or second is None or second.alpha is None:
        return second or first
    pixels = np.where(second.alpha[:, :, None] > 0, second.pixels, first.pixels)
    below = np.uint8(255) if first.alpha is None else first.alpha
    return Picture(pixels, np.where(second.alpha > 0, second.alpha, below), second.table)


def _cropped(picture: Picture, area: TileArea) -> Picture:
    height, width = picture.pixels.shape[:2]
    if (width, height) == (area.width, area.height):
        return picture
    alpha = None if picture.alpha is None else np.ascontiguousarray(picture.alpha[: area.height, : area.width])
    pixels = np.ascontiguousarray(picture.pixels[: area.height, : area.width])
    return replace(picture, pixels=pixels, alpha=alpha)


def masked_picture(picture: Picture, shown: npt.NDArray[np.bool_] | None) -> Picture:
    if shown is None:
        return picture
    alpha = np.uint8(255) if picture.alpha is None else picture.alpha
    return replace(picture, alpha=np.where(shown, alpha, 0).astype(np.uint8))


@dataclass(frozen=True, slots=True)
class Frame:
    """GDAL's six numbers and the coordinate system of an area; neither for what isn't on Earth."""

    transform: tuple[float, ...] | None = None
    wkt: str = ""


def frame(source: Source, grid: Grid, area: TileArea) -> Frame:
    if not grid.is_pixels:
        return Frame((area.x0, area.dx, 0.0, area.y0, 0.0, area.dy), grid.crs)
    if not isinstance(source, RasterSource) or source.method != "GEOTRANSFORM":
        return Frame()
    x, across_x, down_x, y, across_y, down_y = source.dataset.GetGeoTransform()
    x0 = x + area.x0 * across_x + area.y0 * down_x
    y0 = y + area.x0 * across_y + area.y0 * down_y
    transform = (x0, area.dx * across_x, area.dy * down_x, y0, area.dx * across_y, area.dy * down_y)
    return Frame(transform, source.dataset.GetSpatialRef().ExportToWkt())


def _nodata(sources: Sequence[Source], style: Style) -> float | None:
    """The value that missing pixels have in the images, unless arithmetic makes others of it."""
    if style.nodata is not None or style.expression or style.unscale:
        return None if style.expression or style.unscale else style.nodata
    source = sources[0]
    return source.band(1).nodata if isinstance(source, RasterSource) else None


def _encode_picture(picture: Picture, wanted: RegionRequest, where: Frame) -> bytes | MemoryFile:
    target = wanted.target
    if isinstance(target, ImageFormat):
        return encode(picture, target)
    colors = [picture.colors[:, :, i] for i in range(picture.colors.shape[2])]
    bands = colors if picture.alpha is None else [*colors, picture.alpha]
    if target is NPY:
        return npy(bands)
    names = ["red", "green", "blue"][: len(colors)] if len(colors) == 3 else ["gray"]
    names = names if picture.alpha is None else [*names, "alpha"]
    content = Content(bands, names, transform=where.transform, wkt=where.wkt, is_color=True)
    return write_geotiff(content, cog=target is COG, compression=wanted.compression)


def _encode_layers(
    layers: Sequence[Layer], wanted: RegionRequest, where: Frame, nodata: float | None
) -> bytes | MemoryFile:
    """Values with their own nodata value where the type can hold it, else with NaN or a mask."""
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
    )
    return write_geotiff(content, cog=wanted.target is COG, compression=wanted.compression)


def npy(bands: Sequence[npt.NDArray[Any]]) -> bytes:
    """NumPy's own format: (bands, rows, columns), the last one a mask of 0 and 255."""
    out = io.BytesIO()
    np.save(out, np.stack(bands), allow_pickle=False)
    return out.getvalue()
