import numpy as np
import pytest
from osgeo import gdal, osr
from shapely.geometry import Point, shape

from catalog.extraction import extract

WORLD = [-180, -90, 180, 90]
FULL_DISK = "+proj=geos +h=35785831 +lon_0=-75 +sweep=x +datum=WGS84"


def footprint_of(path: str):
    extraction = extract(path, name="image.tif")
    assert extraction.geometry is not None
    outline = shape(extraction.geometry)
    assert outline.is_valid
    return extraction, outline


def test_footprint_of_geographic_raster_is_its_exact_rectangle(make_raster):
    extraction, _ = footprint_of(make_raster())
    assert extraction.bbox == [10, 49, 11, 50]
    (ring,) = extraction.geometry["coordinates"]
    assert sorted(ring[:-1]) == [[10, 49], [10, 50], [11, 49], [11, 50]]
    assert ring[0] == ring[-1]


def test_footprint_of_exterior_ring_runs_counterclockwise(make_raster):
    _, outline = footprint_of(make_raster())
    assert outline.exterior.is_ccw


def test_footprint_of_south_up_raster_is_the_same_place(make_raster):
    extraction, _ = footprint_of(make_raster(geotransform=(10, 0.01, 0, 49, 0, 0.01)))
    assert extraction.bbox == [10, 49, 11, 50]


def test_footprint_of_rotated_raster_has_its_corners(make_raster):
    extraction, outline = footprint_of(make_raster(geotransform=(10, 0.01, 0.005, 50, 0.005, -0.01)))
    corners = {tuple(point) for point in extraction.geometry["coordinates"][0]}
    assert corners == {(10, 50), (11, 50.5), (11.5, 49.5), (10.5, 49)}
    assert outline.area == pytest.approx(100 * 100 * (0.01 * 0.01 + 0.005 * 0.005))


def test_footprint_of_wide_projected_raster_follows_its_curved_edge(make_raster):
    # 600 km around zone 33's central meridian at 60° north: the middle of the upper edge lies higher than its corners.
    path = make_raster(crs=32633, geotransform=(200_000, 6000, 0, 6_900_000, 0, -6000))
    _, outline = footprint_of(path)
    to_lonlat = osr.CoordinateTransformation(*(system(code) for code in (32633, 4326)))
    corner_latitude = to_lonlat.TransformPoint(200_000, 6_900_000)[1]
    middle_latitude = to_lonlat.TransformPoint(500_000, 6_900_000)[1]
    assert middle_latitude - corner_latitude > 0.1
    assert outline.bounds[3] == pytest.approx(middle_latitude, abs=2e-3)


def system(code: int):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def test_footprint_across_antimeridian_is_split(make_raster):
    extraction, outline = footprint_of(make_raster(geotransform=(179.5, 0.01, 0, 50, 0, -0.01)))
    assert extraction.geometry["type"] == "MultiPolygon"
    assert extraction.bbox == [179.5, 49, -179.5, 50]
    assert sorted(part.bounds for part in outline.geoms) == [(-180, 49, -179.5, 50), (179.5, 49, 180, 50)]


def test_footprint_of_utm_across_antimeridian_is_split(make_raster):
    extraction, outline = footprint_of(make_raster(crs=32660, geotransform=(650_000, 1000, 0, 5_700_000, 0, -1000)))
    west, _, east, _ = extraction.bbox
    assert west > 0 > east
    assert len(outline.geoms) == 2
    assert outline.intersects(Point(179.9, 51.2))
    assert outline.intersects(Point(-179.9, 51.2))
    assert not outline.intersects(Point(0, 51.2))


def test_footprint_touching_antimeridian_from_one_side_is_one_polygon(make_raster):
    extraction, _ = footprint_of(make_raster(geotransform=(179, 0.01, 0, 50, 0, -0.01)))
    assert extraction.geometry["type"] == "Polygon"
    assert extraction.bbox == [179, 49, 180, 50]


def test_footprint_of_grid_past_180_lies_on_the_other_side(make_raster):
    extraction, _ = footprint_of(make_raster(geotransform=(200, 0.01, 0, 50, 0, -0.01)))
    assert extraction.bbox == [-160, 49, -159, 50]


@pytest.mark.parametrize("west", [-180, 0, -180.125])
def test_footprint_of_world_grid_is_the_world(make_raster, west):
    extraction, outline = footprint_of(make_raster(geotransform=(west, 3.6, 0, 90, 0, -1.8)))
    assert extraction.bbox == WORLD
    assert outline.area == pytest.approx(360 * 180)


def test_footprint_of_grid_half_a_pixel_past_the_pole_ends_at_the_pole(make_raster):
    extraction, _ = footprint_of(make_raster(geotransform=(-180, 3.6, 0, 90.9, 0, -1.8)))
    assert extraction.bbox == [-180, -89.1, 180, 90]


@pytest.mark.parametrize(("crs", "pole"), [(3031, -90), (3995, 90)])
def test_footprint_of_polar_raster_contains_its_pole(make_raster, crs, pole):
    path = make_raster(crs=crs, geotransform=(-2_000_000, 40_000, 0, 2_000_000, 0, -40_000))
    extraction, outline = footprint_of(path)
    west, south, east, north = extraction.bbox
    assert (west, east) == (-180, 180)
    assert pole in (south, north)
    for longitude in (-179, -90, 0, 45, 179):
        assert outline.intersects(Point(longitude, pole * 0.95))
        assert not outline.intersects(Point(longitude, pole * 0.6))


def test_footprint_of_polar_raster_beside_the_pole_is_a_plain_polygon(make_raster):
    path = make_raster(crs=3031, geotransform=(500_000, 1000, 0, 600_000, 0, -1000))
    extraction, _ = footprint_of(path)
    assert extraction.geometry["type"] == "Polygon"
    assert extraction.bbox[2] - extraction.bbox[0] < 20


def test_footprint_of_geostationary_disk_ends_at_the_limb(make_raster):
    path = make_raster(crs=FULL_DISK, geotransform=(-5_434_895, 108_697.9, 0, 5_434_895, 0, -108_697.9))
    _, outline = footprint_of(path)
    west, south, east, north = outline.bounds
    assert (west, east) == pytest.approx((-156, 6), abs=1)
    assert (south, north) == pytest.approx((-80, 80), abs=2)
    assert outline.intersects(Point(-75, 0))
    assert not outline.intersects(Point(-150, 70))


def test_footprint_of_world_map_with_empty_corners_is_the_world(make_raster):
    path = make_raster(crs="+proj=moll +datum=WGS84", geotransform=(-18_100_000, 362_000, 0, 9_100_000, 0, -182_000))
    extraction, _ = footprint_of(path)
    assert extraction.bbox == WORLD


def test_footprint_of_control_points_is_where_they_say(make_raster):
    def tie(dataset):
        corners = [(0, 0, 20, 50), (100, 0, 21, 50), (100, 100, 21, 49), (0, 100, 20, 49)]
        points = [gdal.GCP(lon, lat, 0, column, row) for column, row, lon, lat in corners]
        dataset.SetGCPs(points, system(4326))

    extraction, _ = footprint_of(make_raster(crs=None, geotransform=None, prepare=tie))
    assert extraction.bbox == pytest.approx([20, 49, 21, 50], abs=1e-6)
    assert extraction.properties["geodata:georeference"] == "gcps"
    assert extraction.properties["proj:code"] == "EPSG:4326"
    assert "proj:transform" not in extraction.properties


def test_footprint_of_rational_polynomials_is_where_they_say(make_raster):
    identity = " ".join(["0", "1", *["0"] * 18])
    along_latitude = " ".join(["0", "0", "1", *["0"] * 17])
    one = " ".join(["1", *["0"] * 19])
    rpc = {
        "LINE_OFF": "50",
        "SAMP_OFF": "50",
        "LAT_OFF": "45",
        "LONG_OFF": "7",
        "HEIGHT_OFF": "100",
        "LINE_SCALE": "-50",
        "SAMP_SCALE": "50",
        "LAT_SCALE": "0.5",
        "LONG_SCALE": "0.5",
        "HEIGHT_SCALE": "500",
        "LINE_NUM_COEFF": along_latitude,
        "LINE_DEN_COEFF": one,
        "SAMP_NUM_COEFF": identity,
        "SAMP_DEN_COEFF": one,
    }
    path = make_raster(crs=None, geotransform=None, prepare=lambda dataset: dataset.SetMetadata(rpc, "RPC"))
    extraction, _ = footprint_of(path)
    assert extraction.bbox == pytest.approx([6.5, 44.5, 7.5, 45.5], abs=0.02)
    assert extraction.properties["geodata:georeference"] == "rpc"


def test_footprint_of_another_planet_is_none(make_raster):
    path = make_raster(crs="+proj=eqc +R=3396190 +units=m", geotransform=(0, 5, 0, 0, 0, -5))
    extraction = extract(path, name="mars.tif")
    assert (extraction.kind, extraction.geometry, extraction.bbox) == ("pixel", None, None)


@pytest.mark.parametrize("crs", [None, 'LOCAL_CS["plan",UNIT["metre",1]]'])
def test_footprint_without_reference_system_is_none(make_raster, crs):
    extraction = extract(make_raster(np.ones((1, 8, 9)), crs=crs), name="photo.tif")
    assert (extraction.kind, extraction.geometry) == ("pixel", None)
    assert extraction.properties["proj:shape"] == [8, 9]
