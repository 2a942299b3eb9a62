"""Tiles against what the source holds at the same places, computed the long way round."""

import io
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

from tests.tiles import rasters
from tests.tiles.rasters import Recipe
from tiles.encoding.formats import PNG
from tiles.errors import InvalidParameter, OutsideBounds
from tiles.geo.grids import grid, web_mercator
from tiles.rendering.preview import render_preview
from tiles.rendering.tile import render_tile, render_whole
from tiles.sources.raster import RasterSource
from tiles.sources.registry import open_source
from tiles.styling.style import Style, parse_style

WORLD = (-180.0, -90.0, 180.0, 90.0)
PLACES = {
    "utm": Recipe(),
    "geographic": Recipe(epsg=4326, bounds=(10, 45, 11, 46)),
    "mercator": Recipe(epsg=3857, bounds=(1e6, 5e6, 1.1e6, 5.1e6)),
    "rotated": Recipe(rotation=30),
    "south_up": Recipe(south_up=True),
    "strips": Recipe(tiled=False, overviews=False),
    "north_pole": Recipe(epsg=3413, bounds=(-1e6, -1e6, 1e6, 1e6)),
    "south_pole": Recipe(epsg=3031, bounds=(1e5, 1e5, 2e6, 2e6)),
    "world": Recipe(epsg=4326, bounds=WORLD),
    "world_0_360": Recipe(epsg=4326, bounds=(0, -90, 360, 90)),
    "antimeridian_utm": Recipe(epsg=32660, bounds=(600000, 5600000, 900000, 5900000)),
    "antimeridian_geographic": Recipe(epsg=4326, bounds=(175, -10, 185, 0)),
}


def source_positions(recipe: Recipe, area) -> tuple[np.ndarray, np.ndarray]:
    """Source columns and rows of every pixel of a Web Mercator area, by PROJ alone."""
    xs = area.x0 + area.dx * (np.arange(area.width) + 0.5)
    ys = area.y0 + area.dy * (np.arange(area.height) + 0.5)
    x, y = Transformer.from_crs(3857, recipe.epsg, always_xy=True).transform(*np.meshgrid(xs, ys))
    west, south, east, north = recipe.bounds
    if recipe.epsg == 4326:
        x = west + np.mod(x - west, 360)
    if recipe.rotation:
        turn = np.radians(recipe.rotation)
        x, y = (
            west + (x - west) * np.cos(turn) + (y - north) * np.sin(turn),
            north - (x - west) * np.sin(turn) + (y - north) * np.cos(turn),
        )
    columns = (x - west) / (east - west) * recipe.size
    rows = (y - south if recipe.south_up else north - y) / (north - south) * recipe.size
    return columns, rows


def expected_tile(recipe: Recipe, positions, band: int) -> tuple[np.ndarray, np.ndarray]:
    """Values as 8 bits and where they are certain: inside the image, a few pixels off every edge."""
    columns, rows = positions
    hole = rasters.missing(recipe)
    data = rasters.values(replace(recipe, dtype="float64"), band) / 100
    places = (columns.astype(np.float32) - 0.5, rows.astype(np.float32) - 0.5)
    margin = 3 * max(1.0, float(np.median(np.hypot(np.diff(columns, axis=1), np.diff(rows, axis=1)))))
    inside = (columns > margin) & (columns < recipe.size - margin) & (rows > margin) & (rows < recipe.size - margin)
    far = cv2.erode((~hole).astype(np.uint8), np.ones((int(2 * margin) + 1,) * 2))
    certain = inside & (cv2.remap(far, *places, cv2.INTER_NEAREST) > 0)
    return cv2.remap(data, *places, cv2.INTER_LINEAR), certain


def tiles_over(source, count: int = 3, deeper: int = 0):
    """Yield some tiles over the middle of each part of an image."""
    mercator = web_mercator()
    for box in source.coverage(mercator):
        edge = -mercator.matrices[0].origin[0]
        west, south, east, north = np.clip(box, -edge, edge)
        zoom = max(0, round(np.log2(2 * edge / max(east - west, north - south)))) + deeper
        span = 2 * edge / 2**zoom
        for share in np.linspace(0.35, 0.6, count):
            x, y = west + (east - west) * share, north - (north - south) * share
            yield zoom, int((x + edge) / span), int((edge - y) / span)


@pytest.mark.parametrize("deeper", [0, 2, 5])
@pytest.mark.parametrize("place", PLACES)
def test_render_place_shows_pixels_where_they_are(make, place, deeper):
    recipe = PLACES[place]
    source = open_source(make(**vars(recipe)))
    compared = 0
    for z, x, y in set(tiles_over(source, deeper=deeper)):
        picture = render_tile(source, web_mercator(), z, x, y, style=Style())
        wanted, certain = expected_tile(recipe, source_positions(recipe, web_mercator().tile(z, x, y)), 1)
        compared += certain.sum()
        if certain.any():
            assert picture is not None
            assert picture.alpha is None or picture.alpha[certain].min() == 255
            assert np.abs(picture.pixels[:, :, 0][certain] - wanted[certain]).max() <= 4
    # Round a pole, scale differs so much within one tile of zoom 0 that nothing of it is certain.
    assert compared > 1000 or (place.endswith("pole") and not deeper)


@pytest.mark.parametrize("nodata", ["none", "value", "nan", "alpha", "mask"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
def test_render_dtype_and_nodata_are_exact_and_transparent(make, dtype, nodata):
    if nodata == "nan" and not dtype.startswith("float"):
        pytest.skip("only floating point has NaN")
    recipe = Recipe(dtype=dtype, nodata=nodata)
    source = open_source(make(**vars(recipe)))
    style = Style(rescale=() if dtype == "uint8" else ((0.0, 25500.0),))
    for z, x, y in set(tiles_over(source, deeper=1)):
        picture = render_tile(source, web_mercator(), z, x, y, style=style)
        if picture is None:
            continue
        columns, rows = positions = source_positions(recipe, web_mercator().tile(z, x, y))
        for band in (1, 2, 3):
            wanted, certain = expected_tile(recipe, positions, band)
            assert np.abs(picture.pixels[:, :, band - 1][certain] - wanted[certain]).max(initial=0) <= 3
        in_hole = (columns > 262) & (rows > 262) & (columns < 505) & (rows < 505)
        if nodata != "none" and in_hole.any():
            assert picture.alpha is not None
            assert picture.alpha[in_hole].max() == 0


def test_render_nearest_takes_only_source_values(make):
    colors = tuple((value, 255 - value, 40) for value in range(256))
    source = open_source(make(bands=1, colors=colors))
    z, x, y = next(tiles_over(source, deeper=3))
    picture = render_tile(source, web_mercator(), z, x, y, style=Style())
    assert picture is not None
    assert (picture.colors[:, :, 0].astype(int) + picture.colors[:, :, 1] == 255).all()
    assert (picture.colors[:, :, 2] == 40).all()


def test_render_complex_shows_amplitude(make):
    source = open_source(make(dtype="complex64", bands=1))
    z, x, y = next(tiles_over(source, deeper=1))
    picture = render_tile(source, web_mercator(), z, x, y, style=Style(rescale=((0.0, 25500.0),)))
    recipe = Recipe(dtype="float32", bands=1)
    wanted, certain = expected_tile(recipe, source_positions(recipe, web_mercator().tile(z, x, y)), 1)
    assert picture is not None
    assert np.abs(picture.pixels[:, :, 0][certain] - wanted[certain]).max() <= 3


@pytest.mark.parametrize(
    "resampling", ["cubic", "lanczos", "average", "mode", "cubicspline", "max", "q1", "sum", "rms"]
)
def test_render_any_resampling_stays_near(make, resampling):
    recipe = Recipe(bands=1)
    source = open_source(make(**vars(recipe)))
    z, x, y = next(tiles_over(source, deeper=1))
    picture = render_tile(source, web_mercator(), z, x, y, style=Style(resampling=resampling))
    wanted, certain = expected_tile(recipe, source_positions(recipe, web_mercator().tile(z, x, y)), 1)
    assert picture is not None
    if resampling != "sum":
        assert np.abs(picture.pixels[:, :, 0][certain] - wanted[certain]).max() <= 6


def test_render_neighbours_have_no_seam(make):
    source = open_source(make())
    z, x, y = next(tiles_over(source, deeper=2))
    left, right = (render_tile(source, web_mercator(), z, x + i, y, style=Style()) for i in (0, 1))
    wide = render_tile(source, web_mercator(), z, x, y, style=Style(), buffer=8)
    assert left is not None
    assert right is not None
    assert wide is not None
    assert np.abs(wide.pixels[8:-8, 8:-8].astype(int) - left.pixels).max() <= 1
    assert np.abs(wide.pixels[8:-8, -8:].astype(int) - right.pixels[:, :8]).max() <= 1


def test_render_half_size_is_the_same_picture(make):
    source = open_source(make())
    z, x, y = next(tiles_over(source, deeper=1))
    small = render_tile(source, web_mercator(), z, x, y, style=Style())
    large = render_tile(source, web_mercator(), z, x, y, style=Style(), size=512)
    assert small is not None
    assert large is not None
    shrunk = cv2.resize(large.pixels, (256, 256), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - small.pixels)[16:-16, 16:-16].max() <= 3


@pytest.mark.parametrize("name", ["WGS1984Quad", "UTM31WGS84Quad", "EuropeanETRS89_LAEAQuad"])
def test_render_other_grids_show_something(make, name):
    source = open_source(make(epsg=32631, bounds=(400000, 5000000, 500000, 5100000)))
    chosen = grid(name)
    assert isinstance(source, RasterSource)
    box = source.coverage(chosen)[0]
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    z = next(
        z for z, m in enumerate(chosen.matrices, chosen.minzoom) if m.cell_size * m.tile_size < (box[2] - box[0]) / 2
    )
    matrix = chosen.matrix(z)
    span = matrix.cell_size * matrix.tile_size
    x, y = int((middle[0] - matrix.origin[0]) / span), int((matrix.origin[1] - middle[1]) / span)
    picture = render_tile(source, chosen, z, x, y, style=Style())
    assert picture is not None
    assert picture.alpha is None
    assert picture.pixels.std() > 3


def test_render_outside_raises(make):
    source = open_source(make())
    with pytest.raises(OutsideBounds):
        render_tile(source, web_mercator(), 10, 0, 0, style=Style())


def test_render_band_that_is_not_there_raises(make):
    source = open_source(make())
    with pytest.raises(InvalidParameter, match="Band 7"):
        render_tile(source, web_mercator(), 10, 292, 388, style=parse_style({"bidx": "7"}))


def test_render_missing_everywhere_is_none(make):
    source = open_source(make(nodata="value"))
    picture = render_whole(source, style=Style(nodata=0.0))
    assert picture is not None
    assert picture.alpha is not None
    assert 0.2 < (picture.alpha == 0).mean() < 0.3


def test_preview_of_south_up_is_north_up(make):
    north, south = (open_source(make(south_up=flag)) for flag in (False, True))
    first, second = (render_whole(source, style=Style(), side=64) for source in (north, south))
    assert first is not None
    assert second is not None
    assert np.abs(first.pixels[::-1].astype(int) - second.pixels).max() <= 2


def test_preview_is_encoded(make):
    assert render_preview(make(), image_format="png").startswith(b"\x89PNG")
    assert render_preview(make(), image_format="webp", max_size=32)[8:12] == b"WEBP"


@pytest.mark.parametrize("nodata", ["none", "mask"])
def test_encode_colormap_gives_the_tables_colors(make, nodata):
    source = open_source(make(nodata=nodata, bands=1))
    picture = render_whole(source, style=Style(colormap="viridis"), side=64)
    assert picture is not None
    decoded = Image.open(io.BytesIO(PNG.encode(picture)))
    assert decoded.mode == "P"
    shown = np.asarray(decoded.convert("RGBA"))
    opaque = shown[:, :, 3] == 255
    assert (shown[opaque][:, :3] == picture.colors[opaque]).all()
    assert (opaque == (np.ones((64, 64), bool) if picture.alpha is None else picture.alpha > 0)).all()


def test_encode_keeps_transparency(make):
    source = open_source(make(nodata="alpha", bands=1))
    picture = render_whole(source, style=Style(), side=64)
    assert picture is not None
    decoded: Any = cv2.imdecode(np.frombuffer(PNG.encode(picture), np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded.shape == (64, 64, 4)
    assert (decoded[:, :, 3] == picture.alpha).all()
    assert (decoded[:, :, 0] == picture.pixels[:, :, 0]).all()
