"""Across the antimeridian, around the poles, and at the edge of a projected world: what lies there is one piece."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from osgeo import gdal, osr

from tiles.errors import InvalidParameter
from tiles.geo.crs import crs_grid, transform_box
from tiles.geo.extent import clipped_to, geographic_bounds, latitudes_of, zoom_range
from tiles.geo.grids import MERCATOR_EDGE, MERCATOR_LATITUDE, WGS84, Grid, grid, web_mercator
from tiles.geo.longitudes import (
    document_box,
    find_period,
    flat_box,
    forward_box,
    middle_of,
    split_box,
    union_of,
    unwrapped,
)
from tiles.limits import DEFAULT_LIMITS
from tiles.regions.area import Place, Size, resolve_area
from tiles.regions.points import layer_values, point_layers
from tiles.regions.profile import line_profile, sample_line
from tiles.regions.shapes import Shape
from tiles.regions.values import read_layers
from tiles.regions.zonal import box_layers, shape_statistics
from tiles.regions.zonal_pixels import summarize
from tiles.rendering.image import RasterImage
from tiles.rendering.tile import render_tile
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.style import Style, parse_style

H = MERCATOR_EDGE
GRAY = Style(rescale=((0.0, 255.0),))
# The contrast of the stripes: 80 sin(x) around 100.
CONTRAST = 80 / math.sqrt(2)


def write(
    path: Path,
    values: np.ndarray,
    *,
    place: tuple[float, ...] | None,
    crs: str = "EPSG:4326",
    change: Callable[[Any], None] = lambda _: None,
    overviews: tuple[int, ...] = (),
) -> RasterImage:
    height, width = values.shape
    kind = {"uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "float32": gdal.GDT_Float32}[values.dtype.name]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 1, kind, ["COMPRESS=DEFLATE", "TILED=YES"])
    if place:
        dataset.SetSpatialRef(srs(crs))
        dataset.SetGeoTransform(place)
    change(dataset)
    dataset.GetRasterBand(1).WriteArray(values)
    dataset.FlushCache()
    if overviews:
        dataset.BuildOverviews("AVERAGE", list(overviews))
    del dataset
    source = open_source(SourceRef(str(path), "1", name=path.name))
    assert isinstance(source, RasterImage)
    return source


def srs(text: str) -> osr.SpatialReference:
    found = osr.SpatialReference()
    found.SetFromUserInput(text)
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return found


@pytest.fixture
def fiji(tmp_path) -> RasterImage:
    """175 to 185 east, 5 south to 5 north; each column has its own value, from 10."""
    columns = (10 + np.mgrid[:100, :100][1]).astype(np.uint8)
    return write(tmp_path / "fiji.tif", columns, place=(175, 0.1, 0, 5, 0, -0.1))


@pytest.fixture(params=["EPSG:3832", "EPSG:4087", "EPSG:3857", "EPSG:6933"])
def stripes(request, tmp_path) -> RasterImage:
    """Stripes of 32 pixels all the way round the Earth, in a cylindrical projection."""
    width = 8192
    period = find_period(request.param)
    wave = np.round(100 + 80 * np.sin(np.arange(width) * 2 * np.pi / 32)).astype(np.uint8)
    pixel = period / width
    place = (-period / 2, pixel, 0, 4e6, 0, -pixel)
    values = wave[None, :] * np.ones((1024, 1), np.uint8)
    return write(tmp_path / "stripes.tif", values, place=place, crs=request.param, overviews=(2, 4, 8))


def test_boxes_go_forward():
    assert forward_box((178, -1, -178, 1), WGS84) == (178, -1, 182, 1)
    mercator = crs_grid("EPSG:3857")
    west, _, east, _ = forward_box((H - 1, 0, 1 - H, 1), mercator)
    assert east - west == pytest.approx(2)
    with pytest.raises(InvalidParameter):
        forward_box((178, -1, -178, 1), crs_grid("EPSG:32601"))


def test_boxes_are_split_wrapped_and_united():
    assert split_box((178, -1, 182, 1), 360) == ((178, -1, 180, 1), (-180, -1, -178, 1))
    assert split_box((-190, -1, -185, 1), 360) == ((170, -1, 175, 1),)
    assert document_box((178, -1, 182, 1)) == (178, -1, -178, 1)
    assert flat_box((178, -1, 182, 1)) == (-180, -1, 180, 1)
    assert flat_box((-180, -17, -179, -16)) == (-180, -17, -179, -16)
    # Cells of a degree that reach across by half a pixel.
    assert flat_box((179.9999, -17, 180.9999, -16)) == (-180, -17, pytest.approx(-179.0001), -16)
    assert flat_box((179.0001, -17, 180.0001, -16)) == (179.0001, -17, 180, -16)
    assert middle_of((178, -1, 184, 1)) == (-179, 0)
    assert union_of([(170, 0, 175, 1), (-178, 2, -170, 3)]) == (170, 0, 190, 3)
    assert union_of([(179, 0, 180, 1), (-180, 0, -179, 1)]) == (179, 0, 181, 1)
    assert union_of([(178, 0, -178, 1), (-10, 5, 10, 6)]) in [(-10, 0, 182, 6), (178, 0, 370, 6)]
    assert union_of([(-180, -90, 180, 90), (3, 4, 5, 6)]) == (-180, -90, 180, 90)
    assert union_of([(3, 4, 5, 6)]) == (3, 4, 5, 6)
    assert unwrapped(np.array([178.0, -178.0]), 360).tolist() == [178, 182]


@pytest.mark.parametrize(
    ("crs", "period"),
    [
        ("EPSG:4326", 360),
        ("EPSG:3857", 2 * H),
        ("EPSG:3832", 2 * H),
        ("EPSG:32601", 0),
        ("EPSG:3031", 0),
        ("EPSG:6933", 2 * 17367530.445161),
        ("+proj=sinu +R=6371007.181", 0),
    ],
)
def test_cylinders_come_round(crs, period):
    assert find_period(crs) == pytest.approx(period, rel=1e-6)


@pytest.mark.parametrize("box", [(178, -1, -178, 1), (178, -1, 182, 1), (-182, -1, -178, 1)])
def test_box_across_the_antimeridian_is_measured(fiji, box):
    found = summarize(box_layers((fiji,), Place(box, WGS84), style=Style()))["b1"]
    assert (found["min"], found["max"]) == (40, 79)
    assert found["count"] == pytest.approx(800, abs=0.01)


def test_box_across_the_antimeridian_in_another_system_is_measured(fiji):
    metres = crs_grid("EPSG:3857")
    edge = H * 178 / 180
    height = 111_325.0
    found = summarize(box_layers((fiji,), Place((edge, -height, -edge, height), metres), style=Style()))["b1"]
    assert (found["min"], found["max"]) == (40, 79)
    assert found["count"] == pytest.approx(800, rel=0.001)


def test_polygon_across_the_antimeridian_in_metres_is_measured(fiji):
    edge = H * 178 / 180
    shape = Shape(shapely.box(edge, -111_325, 2 * H - edge, 111_325), {})
    found = shape_statistics((fiji,), shape, crs_grid("EPSG:3857"), style=Style())["b1"]
    assert (found["min"], found["max"]) == (40, 79)


def test_line_across_the_antimeridian_goes_the_short_way(fiji):
    line = sample_line(shapely.LineString([(178.05, 0.05), (-178.05, 0.05)]), WGS84, samples=256)
    found = line_profile((fiji,), line, WGS84, style=Style())
    assert found["length"] == pytest.approx(434_146, abs=20)
    assert 58 <= found["values"][0][128] <= 61
    assert None not in found["values"][0]
    assert np.abs(np.array(found["coordinates"])[:, 0]).max() <= 180


def test_image_across_the_antimeridian_says_where_it_is(fiji):
    assert geographic_bounds(fiji) == pytest.approx((175, -5, 185, 5), abs=1e-6)
    west, east = (grid("WorldCRS84Quad").tile(5, x, 16) for x in (0, 63))
    for area in (west, east):
        assert render_tile(fiji, grid("WorldCRS84Quad"), 5, 0 if area is west else 63, 16, style=GRAY) is not None


@pytest.mark.parametrize(("x", "value"), [(-179.95, 50 + 10), (179.95, 49 + 10), (180.05, 60), (-180.05, 59)])
def test_points_beyond_the_antimeridian_are_those_on_the_other_side(fiji, x, value):
    layers = point_layers((fiji,), np.array([x]), np.array([0.05]), crs=WGS84, style=Style())
    assert layer_values(layers[0]) == [value]


def test_raster_that_goes_on_beyond_the_edge_of_mercator(tmp_path):
    rows, columns = np.mgrid[:256, :256]
    values = (columns * 0.5 + rows * 0.4 + 10).astype(np.uint8)
    source = write(tmp_path / "a.tif", values, place=(H - 1.28e6, 1e4, 0, 1.28e6, 0, -1e4), crs="EPSG:3857")
    layers = point_layers((source,), np.array([-179.95]), np.array([0.05]), crs=WGS84, style=Style())
    assert layer_values(layers[0]) == [124]
    assert render_tile(source, web_mercator(), 4, 0, 7, style=GRAY) is not None
    assert render_tile(source, web_mercator(), 4, 15, 7, style=GRAY) is not None
    west, _, east, _ = geographic_bounds(source)
    assert (west, east) == pytest.approx((180 - 11.5, 180 + 11.5), abs=0.1)


def test_image_centred_on_the_antimeridian_has_the_zooms_of_others(tmp_path):
    values = np.zeros((64, 256), np.uint8)
    there = write(tmp_path / "a.tif", values, place=(180 - 12.8, 0.1, 0, 3.2, 0, -0.1))
    here = write(tmp_path / "b.tif", values, place=(-12.8, 0.1, 0, 3.2, 0, -0.1))
    for name in ("WebMercatorQuad", "WorldCRS84Quad"):
        assert zoom_range(there, grid(name)) == zoom_range(here, grid(name))


@pytest.mark.parametrize(("crs", "pixel"), [("EPSG:3031", 6250), ("EPSG:3413", 6250), ("EPSG:6931", 6250)])
@pytest.mark.parametrize("shift", [0, 3e5])
def test_image_around_a_pole_has_zooms(tmp_path, crs, pixel, shift):
    values = np.zeros((1200, 1200), np.uint8)
    edge = 600 * pixel
    source = write(tmp_path / "a.tif", values, place=(shift - edge, pixel, 0, edge, 0, -pixel), crs=crs)
    low, high = zoom_range(source, web_mercator())
    assert low <= 1
    assert 3 <= high <= 5


def test_grids_end_where_they_end():
    assert latitudes_of(web_mercator()) == pytest.approx((-MERCATOR_LATITUDE, MERCATOR_LATITUDE), abs=1e-6)
    assert latitudes_of(grid("WorldCRS84Quad")) == (-90, 90)
    assert latitudes_of(grid("UTM31WGS84Quad")) == (-90, 90)
    assert clipped_to((-180, -90, 180, 90), web_mercator())[1] == pytest.approx(-MERCATOR_LATITUDE, abs=1e-6)


def test_box_across_the_seam_of_a_cylinder_is_narrow():
    west, _, east, _ = transform_box((-31, 0, -29, 1), WGS84, crs_grid("EPSG:3832"))
    assert east - west == pytest.approx(2 / 360 * 2 * H, rel=0.01)
    west, _, east, _ = transform_box((178, 0, 182, 1), WGS84, crs_grid("EPSG:3857"))
    assert east - west == pytest.approx(4 / 360 * 2 * H, rel=0.01)


def contrast(source: RasterImage, tiles: Grid, z: int, x: int, y: int, query: str = "rescale=0,255") -> float:
    style = parse_style(dict(part.split("=", 1) for part in query.split("&")))
    picture = render_tile(source, tiles, z, x, y, style=style)
    assert picture is not None
    assert picture.alpha is None
    return float(picture.pixels.std())


# Tiles at these zooms hold whole stripes.
@pytest.mark.parametrize(
    ("name", "z"), [("WebMercatorQuad", 5), ("WebMercatorQuad", 8), ("WorldCRS84Quad", 4), ("WorldCRS84Quad", 7)]
)
@pytest.mark.parametrize("query", ["rescale=0,255", "rescale=0,255&resampling=nearest"])
def test_seam_of_a_projected_world_is_drawn_as_all_else(stripes, name, z, query):
    tiles = grid(name)
    seam = -30.0 if begins_at_30_west(stripes) else 180.0
    matrix = tiles.matrix(z)
    span = matrix.cell_size * matrix.tile_size
    for longitude in (seam - 0.01, 40.0):
        x, y, _, _ = transform_box((longitude, 10.0, longitude + 1e-4, 10.0001), WGS84, tiles)
        column, row = int((x - matrix.origin[0]) // span), int((matrix.origin[1] - y) // span)
        assert contrast(stripes, tiles, z, column, row, query) == pytest.approx(CONTRAST, abs=4)


def begins_at_30_west(source: RasterImage) -> bool:
    return srs(source.wkt).GetNormProjParm("central_meridian") == 150


def test_region_and_hillshade_at_the_seam_are_sharp(stripes):
    if not begins_at_30_west(stripes):
        pytest.skip("its seam is the antimeridian, at which tiles end")
    place = Place((-33, 10, -27, 13), WGS84)
    area_grid, area = resolve_area((stripes,), place, Size())
    # 6 of 360 degrees of 8192 pixels.
    assert area.width == pytest.approx(6 / 360 * 8192, rel=0.02)
    layer = read_layers((stripes,), area_grid, area, style=Style(), limits=DEFAULT_LIMITS)[0]
    assert layer.shown.all()
    assert layer.values.std() == pytest.approx(CONTRAST, abs=3)
    query = 'algorithm=hillshade&algorithm_params={"z_factor": 100}'
    shades = [
        render_tile(
            stripes, web_mercator(), 5, x, 12, style=parse_style(dict(p.split("=", 1) for p in query.split("&")))
        )
        for x in (13, 20)
    ]
    stds = [picture.pixels.std() for picture in shades if picture is not None]
    assert stds[0] == pytest.approx(stds[1], rel=0.1)


def test_seam_of_a_world_that_is_no_cylinder_is_sharp(tmp_path):
    width = 4096
    pixel = 2 * math.pi * 6371007.181 / width
    wave = np.round(100 + 80 * np.sin(np.arange(width) * 2 * np.pi / 32)).astype(np.uint8)
    values = wave[None, :] * np.ones((512, 1), np.uint8)
    place = (-pixel * width / 2, pixel, 0, pixel * 256, 0, -pixel)
    source = write(tmp_path / "a.tif", values, place=place, crs="+proj=sinu +lon_0=100 +R=6371007.181")
    # The seam lies at 80 west, in the middle of a tile 5.6 degrees wide.
    picture = render_tile(source, grid("WorldCRS84Quad"), 5, 17, 14, style=GRAY)
    assert picture is not None
    assert picture.pixels.std() == pytest.approx(CONTRAST, abs=6)


@pytest.mark.parametrize("spelled", ["within", "beyond the east", "beyond the west"])
def test_control_points_across_the_antimeridian_place_an_image(tmp_path, spelled):
    size = 256
    turn = {"within": 0, "beyond the east": 0, "beyond the west": -360}[spelled]

    def change(dataset: Any) -> None:
        points = []
        for row in np.linspace(0, size, 6):
            for column in np.linspace(0, size, 6):
                longitude = 178.5 + 3 * column / size + 0.2 * row / size
                latitude = 62 - 1.5 * row / size - 0.2 * column / size
                own = longitude - 360 if longitude > 180 and spelled == "within" else longitude + turn
                points.append(gdal.GCP(own, latitude, 0, column, row))
        dataset.SetGCPs(points, srs("EPSG:4326"))

    rows, columns = np.mgrid[:size, :size]
    source = write(tmp_path / "a.tif", (columns * 100 + rows).astype(np.uint16), place=None, change=change)
    assert source.method == "GCP_POLYNOMIAL"
    column, row = 200.5, 100.5
    longitude = 178.5 + 3 * column / size + 0.2 * row / size
    latitude = 62 - 1.5 * row / size - 0.2 * column / size
    assert longitude > 180
    for x in (longitude, longitude - 360):
        layers = point_layers((source,), np.array([x]), np.array([latitude]), crs=WGS84, style=Style())
        assert layer_values(layers[0]) == [20100]
    west, _, east, _ = geographic_bounds(source)
    assert (west, east) == pytest.approx((178.5, 181.7), abs=0.01)
    for resampling in ("bilinear", "average"):
        for x in (0, 255):
            area = web_mercator().tile(8, x, int((1 - math.asinh(math.tan(math.radians(61.2))) / math.pi) / 2 * 256))
            assert area is not None
            picture = render_tile(
                source,
                web_mercator(),
                8,
                x,
                int((1 - math.asinh(math.tan(math.radians(61.2))) / math.pi) / 2 * 256),
                style=parse_style({"rescale": "0,26000", "resampling": resampling}),
            )
            assert picture is not None
