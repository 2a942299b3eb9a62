"""What an item says of an image, and what its tiles show: one engine, so they agree for every raster of the tests."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.test import Client
from osgeo import gdal, osr

from catalog.extraction import Extraction, extract
from tests.tiles import rasters, slides, urls
from tests.tiles.rasters import Recipe
from tests.tiles.test_rpc import REACH, SIDE, hills, polynomial, scene
from tiles.geo.georeference import georeferencing_method
from tiles.geo.grids import MERCATOR_EDGE, TileArea, web_mercator
from tiles.limits import DEFAULT_LIMITS
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.style import Style

__all__ = ["hills", "scene"]

pytestmark = pytest.mark.urls("tests.tiles.urls")
WORLD = (-180, -90, 180, 90)
DISK = "+proj=geos +h=35785831 +lon_0=-75 +sweep=x +datum=WGS84"
# Degrees: the digits that a footprint keeps, and those of a TileJSON.
BOX_TOLERANCE = 1e-6
# Latitudes beyond which Web Mercator has no tiles.
MERCATOR_LATITUDE = 85.0511287798066
# Pixels a side of the picture that is compared with the footprint. Its edge may differ by half of one of them, a pixel
# of the image, and a 500th of the footprint, whose outline is followed in 64 steps a side.
PICTURE = 160
EDGE_SHARE = 1 / 500

RECIPES = {
    "utm": Recipe(),
    "pixels": Recipe(epsg=0, bands=3),
    "one band": Recipe(bands=1),
    "strips": Recipe(tiled=False, overviews=False),
    "small": Recipe(size=64, overviews=False),
    "large": Recipe(size=2048, overviews=False),
    "south up": Recipe(south_up=True),
    "rotated": Recipe(rotation=30),
    "mercator": Recipe(epsg=3857, bounds=(1e6, 5e6, 1.1e6, 5.1e6)),
    "degrees": Recipe(epsg=4326, bounds=(10, 45, 11, 46)),
    "world": Recipe(epsg=4326, bounds=WORLD, dtype="float32", bands=1, nodata="nan"),
    "world from Greenwich": Recipe(epsg=4326, bounds=(0, -90, 360, 90)),
    "past the antimeridian": Recipe(epsg=4326, bounds=(175, -10, 185, 0)),
    "utm across the antimeridian": Recipe(epsg=32660, bounds=(600000, 5600000, 900000, 5900000)),
    "around the pole": Recipe(epsg=3413, bounds=(-1e6, -1e6, 1e6, 1e6)),
    "beside the pole": Recipe(epsg=3031, bounds=(1e5, 1e5, 2e6, 2e6)),
    "palette": Recipe(bands=1, colors=((255, 0, 0), (0, 255, 0), (0, 0, 255))),
    **{
        f"{dtype} {nodata}": Recipe(dtype=dtype, nodata=nodata, bands=bands)
        for dtype, nodata, bands in [
            ("uint8", "value", 3), ("uint8", "alpha", 3), ("uint8", "mask", 3), ("uint16", "value", 3),
            ("uint16", "mask", 1), ("int16", "value", 1), ("int32", "value", 2), ("float32", "nan", 1),
            ("float64", "nan", 2), ("complex64", "none", 1), ("uint16", "alpha", 3),
        ]
    },
}  # fmt: skip


def describe(path: Path) -> Extraction:
    return extract(str(path), name=path.name)


def check_agreement(path: Path, client: Client) -> Extraction:
    """Compare what extraction says of a file with what the routes of its tiles do, and with what they show."""
    found = describe(path)
    urls.FILES["agreement"] = path
    base = "/files/agreement/"
    metadata = client.get(f"{base}info/metadata").json()
    assert metadata["geospatial"] == (found.kind == "geospatial")
    assert [metadata["height"], metadata["width"]] == found.properties["proj:shape"]
    assert metadata["driver"] == found.asset["geodata:driver"]
    check_bands(found, client.get(f"{base}info/bands").json())
    check_statistics(found, client.get(f"{base}info/statistics").json())
    document = client.get(f"{base}tilejson.json", {"projection": "EPSG:3857"} if found.bbox else {}).json()
    if found.bbox is None:
        assert [document["height"], document["width"]] == found.properties["proj:shape"]
        assert "bounds" not in document
        return found
    west, south, east, north = found.bbox
    # TileJSON has no box across the antimeridian, and Web Mercator nothing around the poles.
    west, east = (west, east) if west < east else (-180, 180)
    expected = [west, max(south, -MERCATOR_LATITUDE), east, min(north, MERCATOR_LATITUDE)]
    assert document["bounds"] == pytest.approx(expected, abs=BOX_TOLERANCE)
    check_footprint(found, path)
    return found


def check_bands(found: Extraction, bands: list[dict[str, Any]]) -> None:
    described = found.asset["bands"]
    assert len(described) == len(bands)
    for item, route in zip(described, bands, strict=True):
        assert item["data_type"] == {"byte": "uint8"}.get(route["dtype"], route["dtype"])
        if "interpretation" not in route:  # A slide's.
            continue
        assert item.get("nodata") == route["nodata"]
        assert item["geodata:color_interpretation"] == route["interpretation"]
        assert item.get("raster:scale", 1) == route["scale"]
        assert item.get("raster:offset", 0) == route["offset"]
        assert item.get("unit", "") == route["unit"]
        assert item.get("description", "") == route["description"]


def check_statistics(found: Extraction, statistics: dict[str, Any]) -> None:
    names = {"minimum": "min", "maximum": "max", "mean": "mean", "stddev": "std"}
    for number, band in enumerate(found.asset["bands"], 1):
        measured = statistics[f"b{number}"]
        if measured is None:
            assert "statistics" not in band
            continue
        for name, value in band["statistics"].items():
            assert measured[names.get(name, name)] == pytest.approx(value), name
        assert measured["histogram"][0] == band["raster:histogram"]["buckets"]


def check_footprint(found: Extraction, path: Path) -> None:
    """Paint the image in Web Mercator: whatever has a color lies in the footprint."""
    assert found.geometry is not None
    footprint = shapely.geometry.shape(found.geometry)
    assert footprint.is_valid
    source = open_source(SourceRef(str(path), "1", name=path.name), choose=True)
    for box in source.coverage(web_mercator()):
        west, south, east, north = (max(-MERCATOR_EDGE, min(MERCATOR_EDGE, edge)) for edge in box)
        across, up = (east - west) / PICTURE, (north - south) / PICTURE
        area = TileArea(west - 8 * across, north + 8 * up, across * 1.1, -up * 1.1, PICTURE, PICTURE)
        picture = source.render(web_mercator(), area, style=Style(rescale=((0.0, 255.0),)), limits=DEFAULT_LIMITS)
        assert picture is not None
        rows, columns = np.nonzero(np.ones((PICTURE, PICTURE)) if picture.alpha is None else picture.alpha)
        longitudes = np.degrees((area.x0 + (columns + 0.5) * area.dx) / 6378137)
        latitudes = np.degrees(np.arctan(np.sinh((area.y0 + (rows + 0.5) * area.dy) / 6378137)))
        bounds = footprint.bounds
        size = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
        slack = math.degrees(area.dx / 6378137) / 2 + size * EDGE_SHARE + size / min(source.width, source.height)
        inside = shapely.intersects_xy(footprint.buffer(slack), (longitudes + 180) % 360 - 180, latitudes)
        assert inside.all(), f"{(~inside).sum()} of {inside.size} pixels are shown outside the footprint"


@pytest.fixture(autouse=True)
def _published():
    yield
    urls.FILES.clear()


@pytest.mark.parametrize("name", RECIPES)
def test_item_and_tiles_agree_on_each_recipe(name, tmp_path, client):
    found = check_agreement(rasters.write(RECIPES[name], tmp_path / "image.tif"), client)
    assert found.kind == ("geospatial" if RECIPES[name].epsg else "pixel")


def write_placed(path: Path, place: Callable[[Any], None], *, side: int = SIDE) -> Path:
    """Write a GeoTIFF of one band, placed as the function does."""
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), side, side, 1, gdal.GDT_Byte)
    dataset.GetRasterBand(1).WriteArray((20 + np.arange(side * side).reshape(side, side) % 200).astype(np.uint8))
    place(dataset)
    del dataset  # Written now.
    return path


def system(text: str) -> osr.SpatialReference:
    found = osr.SpatialReference()
    found.SetFromUserInput(text)
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return found


def control_points(west: float, north: float, *, step: float = 0.01, crooked: bool = False) -> list[gdal.GCP]:
    """Nine points, one degree in a hundred pixels; `crooked`: all of them on a line."""
    places = [(column, column if crooked else row) for column in (0, 100, 200) for row in (0, 100, 200)]
    return [gdal.GCP(west + column * step, north - row * step, 0, column, row) for column, row in places]


def rpc(longitude: float, latitude: float) -> dict[str, str]:
    """Polynomials that place an image within a hundredth of a degree of a place."""
    values: dict[str, Any] = {
        "LINE_OFF": SIDE / 2, "SAMP_OFF": SIDE / 2, "LAT_OFF": latitude, "LONG_OFF": longitude, "HEIGHT_OFF": 100,
        "LINE_SCALE": SIDE / 2, "SAMP_SCALE": SIDE / 2, "LAT_SCALE": REACH, "LONG_SCALE": REACH, "HEIGHT_SCALE": 1000,
        "LINE_NUM_COEFF": polynomial((2, -1.0)), "LINE_DEN_COEFF": polynomial((0, 1.0)),
        "SAMP_NUM_COEFF": polynomial((1, 1.0)), "SAMP_DEN_COEFF": polynomial((0, 1.0)),
    }  # fmt: skip
    return {name: str(value) for name, value in values.items()}


def test_control_points_go_before_polynomials(tmp_path, client):
    # As GDAL's own transformer has it, and with it every tool that warps by default.
    def place(dataset: Any) -> None:
        dataset.SetGCPs(control_points(20, 50), system("EPSG:4326"))
        dataset.SetMetadata(rpc(10, 46), "RPC")

    path = write_placed(tmp_path / "both.tif", place)
    found = check_agreement(path, client)
    assert found.bbox == pytest.approx([20, 48, 22, 50], abs=1e-5)
    assert found.properties["geodata:georeference"] == "gcps"
    _, corner = gdal.Transformer(gdal.Open(str(path)), None, []).TransformPoint(0, 0, 0)
    assert corner[:2] == pytest.approx((20, 50), abs=1e-5)


def test_control_points_on_a_line_leave_the_image_to_its_polynomials(tmp_path, client):
    def place(dataset: Any) -> None:
        dataset.SetGCPs(control_points(20, 50, crooked=True), system("EPSG:4326"))
        dataset.SetMetadata(rpc(10, 46), "RPC")

    found = check_agreement(write_placed(tmp_path / "line.tif", place), client)
    assert found.properties["geodata:georeference"] == "rpc"
    assert found.bbox == pytest.approx([10 - REACH, 46 - REACH, 10 + REACH, 46 + REACH], abs=2e-4)


def test_half_of_the_polynomials_are_none():
    dataset = gdal.GetDriverByName("MEM").Create("", SIDE, SIDE, 1)
    dataset.SetMetadata({key: value for key, value in rpc(10, 46).items() if "SAMP" not in key}, "RPC")
    assert georeferencing_method(dataset) == ""


@pytest.mark.parametrize(
    "geotransform",
    [
        pytest.param((0, 1, 0, 0, 0, 1), id="unit"),
        pytest.param((0, 1, 0, 0, 0, -1), id="unit, other way up"),
        pytest.param((500000, 10, 10, 5000000, 10, 10), id="without area"),
        pytest.param((500000, 0, 0, 5000000, 0, 0), id="zero"),
    ],
)
@pytest.mark.parametrize("polynomials", [False, True])
def test_transform_that_places_nothing_is_none(tmp_path, client, geotransform, polynomials):
    def place(dataset: Any) -> None:
        dataset.SetSpatialRef(system("EPSG:32633"))
        dataset.SetGeoTransform(geotransform)
        if polynomials:
            dataset.SetMetadata(rpc(10, 46), "RPC")

    found = check_agreement(write_placed(tmp_path / "image.tif", place), client)
    assert found.kind == ("geospatial" if polynomials else "pixel")
    assert "proj:transform" not in found.properties


def test_plan_with_polynomials_lies_where_they_say(tmp_path, client):
    def place(dataset: Any) -> None:
        dataset.SetSpatialRef(system('LOCAL_CS["plan",UNIT["metre",1]]'))
        dataset.SetGeoTransform((0, 2, 0, 0, 0, -2))
        dataset.SetMetadata(rpc(10, 46), "RPC")

    assert check_agreement(write_placed(tmp_path / "plan.tif", place), client).kind == "geospatial"


def test_another_planet_has_no_place_even_with_polynomials(tmp_path, client):
    def place(dataset: Any) -> None:
        dataset.SetSpatialRef(system("+proj=eqc +R=3396190 +units=m"))
        dataset.SetGeoTransform((0, 5, 0, 0, 0, -5))
        dataset.SetMetadata(rpc(10, 46), "RPC")

    assert check_agreement(write_placed(tmp_path / "mars.tif", place), client).kind == "pixel"


def test_polynomials_at_the_mean_height(scene, client):
    assert check_agreement(scene, client).properties["geodata:georeference"] == "rpc"


@pytest.mark.usefixtures("hills")
def test_polynomials_on_an_elevation_model(scene, client):
    # 500 m above the mean, seen aslant, as `tests.tiles.test_rpc` has it.
    found = check_agreement(scene, client)
    assert (found.bbox[0] + found.bbox[2]) / 2 == pytest.approx(10 - 0.005, abs=2e-4)


@pytest.mark.parametrize(
    ("crs", "geotransform"),
    [
        pytest.param(DISK, (-5_434_895, 54_348.95, 0, 5_434_895, 0, -54_348.95), id="disk of the Earth"),
        pytest.param("+proj=moll +datum=WGS84", (-18.1e6, 181e3, 0, 9.1e6, 0, -91e3), id="world in an ellipse"),
        pytest.param("EPSG:4326", (-180, 1.8, 0, 90.45, 0, -0.9), id="half a pixel past the pole"),
        pytest.param("EPSG:4326", (200, 0.01, 0, 50, 0, -0.01), id="beyond 180 degrees"),
        pytest.param("EPSG:3031", (-2e6, 2e4, 0, 2e6, 0, -2e4), id="over the pole"),
        pytest.param("EPSG:2056", (2.6e6, 1, 0, 1.2e6, 0, -1), id="Swiss"),
    ],
)
def test_systems_of_all_kinds(tmp_path, client, crs, geotransform):
    def place(dataset: Any) -> None:
        dataset.SetSpatialRef(system(crs))
        dataset.SetGeoTransform(geotransform)

    check_agreement(write_placed(tmp_path / "image.tif", place), client)


def test_values_scaled_named_and_colored(tmp_path, client):
    def place(dataset: Any) -> None:
        dataset.SetSpatialRef(system("EPSG:4326"))
        dataset.SetGeoTransform((10, 0.01, 0, 50, 0, -0.01))
        band = dataset.GetRasterBand(1)
        band.SetDescription("temperature")
        band.SetUnitType("K")
        band.SetScale(0.1)
        band.SetOffset(273.15)
        band.SetNoDataValue(20)

    assert check_agreement(write_placed(tmp_path / "image.tif", place), client).asset["bands"][0]["unit"] == "K"


def test_file_of_several_variables_shows_the_same_one(tmp_path):
    plain = rasters.write(Recipe(epsg=4326, bounds=(10, 45, 11, 46), bands=2, overviews=False), tmp_path / "plain.tif")
    path = tmp_path / "cube.nc"
    gdal.Translate(str(path), str(plain), format="netCDF")
    found = describe(path)
    assert (found.asset["geodata:subdataset"], found.asset["geodata:other_subdatasets"]) == ("Band1", ["Band2"])
    # As the catalog opens it for tiles: by the driver and the short name that the item keeps.
    ref = SourceRef(str(path), "1", subdataset="Band1", driver=found.driver)
    source = open_source(ref)
    assert list(source.footprint.bbox) == found.bbox == [10, 45, 11, 46]
    assert source.band_statistics(1).mean == pytest.approx(found.asset["bands"][0]["statistics"]["mean"])


@pytest.mark.parametrize("write", [slides.write_pyramid, slides.write_ome, slides.write_tiled_ome])
def test_slides_agree(write, tmp_path, client):
    found = check_agreement(write(tmp_path / "slide.ome.tif"), client)
    assert found.kind == "pixel"
