"""Rasters that are placed, scaled, colored or incomplete in rarer ways: each shows what lies where it lies."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal, gdal_array, osr

from tiles.geo.grids import web_mercator
from tiles.rendering.composite import render_composite
from tiles.rendering.image import RasterImage
from tiles.rendering.tile import render_tile
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.painting import Picture
from tiles.styling.style import Style

pytestmark = pytest.mark.urls("tests.tiles.urls")
SIDE = 256
TILE = (10, 540, 360)
SHOWN = Style(rescale=((0.0, 255.0),))
# Metres above the ellipsoid of the satellites that stand still, and the Earth's radius there.
HEIGHT, RADIUS = 35786023.0, 6378137.0


def write(
    path: Path, bands: list[np.ndarray], *, change: Callable[[Any], None] = lambda _: None, crs: str = "EPSG:3857"
) -> RasterImage:
    """Write a GeoTIFF that covers one tile of Web Mercator, unless ``change`` places it elsewhere."""
    height, width = bands[0].shape
    kind = gdal_array.NumericTypeCodeToGDALTypeCode(bands[0].dtype.type)
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, len(bands), kind)
    place(dataset, srs(crs))
    change(dataset)
    for index, band in enumerate(bands, 1):
        dataset.GetRasterBand(index).WriteArray(band)
    del dataset  # Written now.
    source = open_source(SourceRef(str(path), "1", name=path.name))
    assert isinstance(source, RasterImage)
    return source


def place(dataset: Any, system: osr.SpatialReference) -> None:
    west, south, east, north = web_mercator().tile(*TILE).box
    dataset.SetSpatialRef(system)
    across, down = (east - west) / dataset.RasterXSize, (north - south) / dataset.RasterYSize
    dataset.SetGeoTransform((west, across, 0, north, 0, -down))


def srs(text: str) -> osr.SpatialReference:
    found = osr.SpatialReference()
    found.SetFromUserInput(text)
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return found


def show(source: RasterImage, style: Style = SHOWN) -> Picture:
    picture = render_tile(source, web_mercator(), *TILE, style=style)
    assert picture is not None
    return picture


def ramp(dtype: type = np.uint8) -> np.ndarray:
    return np.asarray(np.arange(SIDE)[None, :] * np.ones((SIDE, 1))).astype(dtype)


def opacity(picture: Picture) -> np.ndarray:
    return np.full(picture.pixels.shape[:2], 255, np.uint8) if picture.alpha is None else picture.alpha


def test_control_points_alone_place_an_image(tmp_path):
    west, south, east, north = web_mercator().tile(*TILE).box
    corners = [(x, y) for x in (0, SIDE / 2, SIDE) for y in (0, SIDE / 2, SIDE)]
    points = [
        gdal.GCP(west + (east - west) * x / SIDE, north - (north - south) * y / SIDE, 0, x, y) for x, y in corners
    ]

    def move(dataset: Any) -> None:
        dataset.SetGeoTransform((0, 1, 0, 0, 0, 1))
        dataset.SetGCPs(points, srs("EPSG:3857"))

    source = write(tmp_path / "a.tif", [ramp()], change=move)
    assert source.method == "GCP_POLYNOMIAL"
    assert np.abs(show(source).pixels[:, :, 0].astype(int) - ramp()).max() <= 1


@pytest.mark.parametrize("tile", [(1, 0, 0), (1, 0, 1), (3, 0, 3), (3, 4, 5)])
def test_disk_of_the_earth_is_shown_up_to_its_limb(tmp_path, tile):
    half = 5434894.885056

    def move(dataset: Any) -> None:
        dataset.SetGeoTransform((-half, 2 * half / 1000, 0, half, 0, -2 * half / 1000))

    disk = np.full((1000, 1000), 200, np.uint8)
    crs = f"+proj=geos +sweep=x +lon_0=-75 +h={HEIGHT} +ellps=GRS80"
    source = write(tmp_path / "a.tif", [disk], change=move, crs=crs)
    picture = render_tile(source, web_mercator(), *tile, style=SHOWN)
    shown = np.zeros((SIDE, SIDE), bool) if picture is None else opacity(picture) > 0
    area = web_mercator().tile(*tile)
    longitude = (area.x0 + area.dx * (np.arange(SIDE) + 0.5)) / RADIUS + math.radians(75)
    latitude = np.arctan(np.sinh((area.y0 + area.dy * (np.arange(SIDE) + 0.5)) / RADIUS))[:, None]
    above = np.cos(latitude) * np.cos(longitude) - RADIUS / (RADIUS + HEIGHT)
    # The ellipsoid is a few thousandths off the sphere of this formula.
    assert shown[above > 0.01].all()
    assert not shown[above < -0.01].any()
    assert shown.any()


def test_nodata_of_each_band_hides_only_where_all_bands_have_theirs(tmp_path):
    bands = [ramp(np.uint16) + 300 * index for index in range(3)]
    nodata = (1, 20_000, 3)
    for band, value in zip(bands, nodata, strict=True):
        band[:, :64] = value
    bands[1][:, 128:192] = nodata[1]

    # GeoTIFF has one value for all bands.
    dataset = gdal.GetDriverByName("MEM").Create("", SIDE, SIDE, 3, gdal.GDT_UInt16)
    place(dataset, srs("EPSG:3857"))
    for index, (band, value) in enumerate(zip(bands, nodata, strict=True), 1):
        dataset.GetRasterBand(index).WriteArray(band)
        dataset.GetRasterBand(index).SetNoDataValue(value)
    source = RasterImage(SourceRef(str(tmp_path), "1"), dataset)

    alpha = opacity(show(source, Style(indexes=(1, 2, 3), rescale=((0.0, 1000.0),))))
    assert not alpha[:, :62].any()
    assert (alpha[:, 66:] == 255).all()


def test_nan_of_one_band_does_not_hide_the_others(tmp_path):
    bands = [ramp(np.float32) for _ in range(3)]
    bands[0][:, :64] = np.nan
    for band in bands:
        band[128:] = np.nan
    picture = show(write(tmp_path / "a.tif", bands), Style(indexes=(1, 2, 3), rescale=((0.0, 255.0),)))
    alpha = opacity(picture)
    assert (alpha[:126] == 255).all()
    assert not alpha[130:].any()
    assert np.abs(picture.pixels[:126, 4:60, 1].astype(int) - ramp()[:126, 4:60]).max() <= 1


def test_tile_of_nothing_but_nan_is_204(tmp_path, publish, client: Client):
    source = write(tmp_path / "a.tif", [np.full((SIDE, SIDE), np.nan, np.float32)])
    assert render_tile(source, web_mercator(), *TILE, style=Style()) is None
    path = publish(source.ref)
    assert client.get(f"{path}tiles/{'/'.join(map(str, TILE))}.png").status_code == 204
    assert client.get(f"{path}info/statistics").status_code == 200


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_categories_have_the_colors_and_opacities_of_their_table(tmp_path, dtype):
    def color(dataset: Any) -> None:
        table = gdal.ColorTable()
        for value in range(200):
            # TIFF keeps no opacity: the nodata value stands for what is not seen.
            table.SetColorEntry(value, (value, 255 - value, 7, 255))
        dataset.GetRasterBand(1).SetColorTable(table)
        dataset.GetRasterBand(1).SetNoDataValue(5)

    classes = ramp(dtype) // 8 * 8 + dtype(5)
    classes[classes > 199] = 199
    picture = show(write(tmp_path / "a.tif", [classes], change=color), Style())
    seen = classes != 5
    assert (opacity(picture) == np.where(seen, 255, 0)).all()
    assert (picture.colors[seen] == np.dstack([classes, 255 - classes, np.full_like(classes, 7)])[seen]).all()


def test_unscale_takes_ranges_in_the_bands_own_unit(tmp_path):
    def scale(dataset: Any) -> None:
        dataset.GetRasterBand(1).SetScale(0.5)
        dataset.GetRasterBand(1).SetOffset(-10)

    source = write(tmp_path / "a.tif", [ramp(np.int16)], change=scale)
    raw, scaled = (Style(rescale=rescale, unscale=flag) for rescale, flag in (
        (((0.0, 255.0),), False), (((-10.0, 117.5),), True),
    ))  # fmt: skip
    assert np.abs(show(source, raw).pixels.astype(int) - show(source, scaled).pixels).max() <= 1
    automatic = [show(source, Style(unscale=flag)).pixels for flag in (False, True)]
    assert np.abs(automatic[0].astype(int) - automatic[1]).max() <= 2


def test_color_of_bytes_and_measurements_stretches_only_the_latter(tmp_path):
    byte = write(tmp_path / "byte.tif", [ramp() // 4])
    meters = write(tmp_path / "float.tif", [ramp(np.float32) * 10 - 700])
    counts = write(tmp_path / "counts.tif", [ramp(np.uint16) * 200])
    picture = render_composite((byte, meters, counts), web_mercator(), TILE, style=Style())
    assert picture is not None
    red, green, blue = (picture.pixels[128, :, i].astype(int) for i in range(3))
    assert np.abs(red - ramp()[0] // 4).max() <= 1
    for stretched in (green, blue):
        assert stretched[:4].max() == 0
        assert stretched[-4:].min() == 255
        assert np.abs(stretched[32:224] - np.clip((np.arange(32, 224) - 5.1) / 244.8 * 255, 0, 255)).max() <= 3


@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "average"])
@pytest.mark.parametrize("size", [(40_000, 4), (4, 40_000)])
def test_very_uneven_pixels_have_an_answer_at_every_zoom(tmp_path, resampling, size):
    source = write(tmp_path / "a.tif", [np.full(size, 90, np.uint8)])
    z, x, y = TILE
    for tile in ((0, 0, 0), (z - 2, x // 4, y // 4), TILE, (z + 6, x * 64, y * 64)):
        picture = render_tile(source, web_mercator(), *tile, style=Style(rescale=((0, 255),), resampling=resampling))
        if tile[0] >= z - 2:
            assert picture is not None
            assert set(np.unique(picture.pixels[opacity(picture) > 0])) == {90}
