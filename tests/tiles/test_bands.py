"""Which bands are shown and how: alpha anywhere, bytes that are no colors, kernels by scale."""

import math

import numpy as np
import pytest
from osgeo import gdal, osr

from tiles.geo.grids import web_mercator
from tiles.rendering.tile import render_tile, render_whole
from tiles.sampling.resampling import map_every_pixel
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.resolving import resolve_style
from tiles.styling.style import Style

SIDE = 256
# A tile of zoom 10, so that pixels of the image fall on those of the tile.
Z, X, Y = 10, 540, 360


def raster(path, bands, *, interpretations=(), alpha_type=gdal.GDT_Byte, tile=(Z, X, Y), side=SIDE) -> RasterSource:
    """Write a GeoTIFF that covers one tile of Web Mercator."""
    kind = gdal.GDT_UInt16 if alpha_type == gdal.GDT_UInt16 else gdal.GDT_Byte
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), side, side, len(bands), kind)
    west, south, east, north = web_mercator().tile(*tile).box
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(3857)
    dataset.SetProjection(srs.ExportToWkt())
    dataset.SetGeoTransform((west, (east - west) / side, 0, north, 0, -(north - south) / side))
    for index, band in enumerate(bands, 1):
        dataset.GetRasterBand(index).WriteArray(band)
        if interpretations:
            dataset.GetRasterBand(index).SetColorInterpretation(interpretations[index - 1])
    del dataset  # Written now.
    source = open_source(SourceRef(str(path), "1"))
    assert isinstance(source, RasterSource)
    return source


def ramp(scale: float = 1.0) -> np.ndarray:
    return (np.arange(SIDE)[None, :] * np.ones((SIDE, 1)) * scale).astype(np.uint16 if scale > 1 else np.uint8)


def test_alpha_that_is_not_the_last_band_is_alpha(tmp_path):
    hidden = np.full((SIDE, SIDE), 255, np.uint8)
    hidden[:, :100] = 0
    colors = (gdal.GCI_AlphaBand, gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand)
    source = raster(tmp_path / "a.tif", [hidden, ramp(), ramp(), ramp()], interpretations=colors)

    picture = render_tile(source, web_mercator(), Z, X, Y, style=Style())

    assert picture is not None
    assert resolve_style(source, Style()).indexes == (2, 3, 4)
    assert picture.alpha is not None
    assert picture.alpha[:, :98].max() == 0
    assert picture.alpha[:, 102:].min() == 255


def test_alpha_of_sixteen_bits_is_soft(tmp_path):
    alpha = ramp(257)
    source = raster(
        tmp_path / "a.tif", [ramp(257), alpha], alpha_type=gdal.GDT_UInt16,
        interpretations=(gdal.GCI_GrayIndex, gdal.GCI_AlphaBand),
    )  # fmt: skip

    picture = render_tile(source, web_mercator(), Z, X, Y, style=Style())

    assert picture is not None
    assert picture.alpha is not None
    assert np.abs(picture.alpha[128].astype(int) - np.arange(SIDE)).max() <= 1


@pytest.mark.parametrize(("count", "stretched"), [(3, False), (6, True)])
def test_bytes_of_many_bands_are_stretched_and_colors_are_not(tmp_path, count, stretched):
    dark = (ramp() // 8).astype(np.uint8)
    source = raster(tmp_path / "a.tif", [dark] * count)

    picture = render_whole(source, style=Style())

    assert picture is not None
    assert (picture.pixels.max() > 200) == stretched


def test_nearest_is_the_pixel_at_the_place_at_any_scale(tmp_path):
    side = 700
    noise = np.random.default_rng(3).integers(0, 255, (side, side), dtype=np.uint8)
    source = raster(tmp_path / "a.tif", [noise], side=side)

    for tile in ((Z, X, Y), (Z + 1, 2 * X, 2 * Y + 1), (Z - 1, X // 2, Y // 2)):
        picture = render_tile(source, web_mercator(), *tile, style=Style(resampling="nearest"))
        assert picture is not None
        found = map_every_pixel(source.reference(web_mercator()), web_mercator().tile(*tile))
        columns, rows = np.floor(found.columns).astype(int), np.floor(found.rows).astype(int)
        inside = (columns >= 0) & (columns < side) & (rows >= 0) & (rows < side)
        right = picture.pixels[:, :, 0][inside] == noise[rows[inside], columns[inside]]
        # Positions within a twentieth of a pixel of the next one may fall to it.
        assert right.mean() > 0.97


def test_bilinear_of_a_pattern_finer_than_the_tile_is_its_mean(tmp_path):
    side = 2048
    checkered = (np.indices((side, side)).sum(axis=0) % 2 * 200).astype(np.uint8)
    source = raster(tmp_path / "a.tif", [checkered], side=side)

    picture = render_tile(source, web_mercator(), Z, X, Y, style=Style(rescale=((0.0, 255.0),)))

    assert picture is not None
    assert abs(float(picture.pixels[8:-8, 8:-8].mean()) - 100) < 2
    assert picture.pixels[8:-8, 8:-8].std() < 3


@pytest.mark.parametrize("transform", [(0, 0, 0, 0, 0, 0), (0, math.nan, 0, 0, 0, -1), (10, 1e-300, 0, 10, 0, -1e-300)])
def test_degenerate_transforms_have_no_place_on_earth_or_show_nothing(tmp_path, transform):
    source = raster(tmp_path / "a.tif", [ramp()])
    dataset = gdal.Open(str(tmp_path / "a.tif"), gdal.GA_Update)
    dataset.SetGeoTransform(transform)
    del dataset
    source = open_source(SourceRef(str(tmp_path / "a.tif"), "2"))
    assert isinstance(source, RasterSource)

    picture = render_whole(source, style=Style())

    assert picture is not None
    assert not source.is_geospatial or source.coverage(web_mercator()) is not None
