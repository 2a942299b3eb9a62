"""Terrain in every grid of tiles: compared with gdaldem on the same grid, and with geodesics."""

import io
import math
from pathlib import Path

import cv2
import numpy as np
import pyproj
import pytest
from django.test import Client
from osgeo import gdal, osr
from PIL import Image

from tests.tiles import urls
from tiles.conf import tiles_settings
from tiles.geo.crs import crs_grid, transform_points
from tiles.geo.grids import Grid, TileArea, grid, tile_matrix_sets
from tiles.rendering.ground import measure_ground
from tiles.sources.pool import POOL
from tiles.sources.reference import SourceRef

pytestmark = pytest.mark.urls("tests.tiles.urls")
SIDE = 700
# A place of each grid; those in degrees at the equator, where gdaldem's one scale is right for both axes.
PLACES = {
    "CDB1GlobalGrid": (15.1, 0.2), "CanadianNAD83_LCC": (-110.0, 62.0), "EuropeanETRS89_LAEAQuad": (9.0, 52.5),
    "GNOSISGlobalGrid": (15.1, 0.2), "LINZAntarticaMapTilegrid": (160.0, -77.0), "NZTM2000Quad": (170.5, -43.5),
    "UPSAntarcticWGS84Quad": (-70.0, -80.0), "UPSArcticWGS84Quad": (30.0, 84.0), "UTM31WGS84Quad": (5.5, 45.0),
    "WGS1984Quad": (15.1, 0.2), "WebMercatorQuad": (15.0, 47.0), "WorldCRS84Quad": (15.1, 0.2),
    "WorldMercatorWGS84Quad": (15.0, 47.0),
}  # fmt: skip
DEGREES = crs_grid("OGC:CRS84")
EARTH = pyproj.Geod(ellps="WGS84")
# Metres of a pixel that is fine enough for the heights below.
FINE = 60.0


def write_heights(path: Path, longitude: float, latitude: float) -> SourceRef:
    """Hills around a place, in degrees."""
    height, width = 0.3, 0.3 / math.cos(math.radians(latitude))
    rows, columns = np.mgrid[:SIDE, :SIDE] / 40
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIDE, SIDE, 1, gdal.GDT_Float32)
    spatial = osr.SpatialReference()
    spatial.ImportFromEPSG(4326)
    dataset.SetProjection(spatial.ExportToWkt())
    dataset.SetGeoTransform((longitude - width / 2, width / SIDE, 0, latitude + height / 2, 0, -height / SIDE))
    dataset.GetRasterBand(1).WriteArray(500 + 300 * np.sin(columns) * np.cos(rows * 1.3) + 4 * columns**2)
    dataset.FlushCache()
    return SourceRef(str(path), version="1", name=path.name)


def find_tile(chosen: Grid, place: tuple[float, float]) -> tuple[int, int, int]:
    """Return the first tile with fine pixels that holds a place."""
    x, y = transform_points(DEGREES, chosen)(np.array([place]))[0]
    unit = 111_320 if pyproj.CRS(chosen.crs).is_geographic else 1.0
    z = next(z for z in range(chosen.minzoom, chosen.maxzoom + 1) if chosen.matrix(z).cell_size * unit <= FINE)
    matrix = chosen.matrix(z)
    span = matrix.cell_size * matrix.tile_size
    return z, int((x - matrix.origin[0]) / span), int((matrix.origin[1] - y) / span)


@pytest.fixture(params=sorted(PLACES))
def place(request, tmp_path):
    """Return a grid of tiles, heights at its place, and a tile there."""
    chosen = grid(request.param)
    ref = write_heights(tmp_path / "heights.tif", *PLACES[request.param])
    urls.FILES["heights"] = Path(ref.location)
    yield chosen, ref, find_tile(chosen, PLACES[request.param])
    urls.FILES.clear()


def test_every_grid_has_a_place():
    tiles_settings()  # So that no set of another test is left.
    assert sorted(PLACES) == tile_matrix_sets()


def shaded(chosen: Grid, zxy: tuple[int, int, int], **query: str) -> np.ndarray:
    """Render the tile, NaN where it is transparent or next to that."""
    name = f"/files/heights/tiles/{chosen.identifier}/{'/'.join(map(str, zxy))}.png"
    answer = Client().get(name, query | {"resampling": "bilinear"})
    assert answer.status_code == 200, answer.content
    shades, alpha = np.moveaxis(np.asarray(Image.open(io.BytesIO(answer.content)).convert("LA")), 2, 0)
    hidden = cv2.dilate((alpha < 255).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if query["algorithm"] == "aspect":
        # Tops and flat ground, which face nowhere, are holes in it.
        hidden = alpha < 255
    return np.where(hidden, np.nan, shades.astype(float))


def gdaldem(chosen: Grid, zxy: tuple[int, int, int], processing: str, *, scale: float) -> np.ndarray:
    """Compute what GDAL makes of the heights of the same tile, on its grid."""
    name = f"/files/heights/tiles/{chosen.identifier}/{'/'.join(map(str, zxy))}.npy?buffer=1&resampling=bilinear"
    heights = np.load(io.BytesIO(Client().get(name).content))[0]
    area = chosen.tile(*zxy, buffer=1)
    dataset = gdal.GetDriverByName("MEM").Create("", area.width, area.height, 1, gdal.GDT_Float32)
    dataset.SetGeoTransform((area.x0, area.dx, 0, area.y0, 0, area.dy))
    dataset.SetProjection(pyproj.CRS(chosen.crs).to_wkt("WKT1_GDAL"))
    dataset.GetRasterBand(1).WriteArray(heights)
    found = gdal.DEMProcessing("", dataset, processing, format="MEM", scale=scale).ReadAsArray()
    return found[1:-1, 1:-1].astype(float)


def test_terrain_of_a_grid_is_what_gdaldem_makes_of_it(place):
    chosen, _, zxy = place
    factors = pyproj.Proj(chosen.crs).get_factors(*PLACES[chosen.identifier])
    geographic = pyproj.CRS(chosen.crs).is_geographic
    # A unit of the map is less than a metre on the ground wherever the projection enlarges.
    scale = 111_320.0 if geographic else 1 / math.sqrt(factors.areal_scale)
    slope = gdaldem(chosen, zxy, "slope", scale=scale)
    shades = shaded(chosen, zxy, algorithm="slope")
    assert np.nanmax(np.abs(shades - slope * 255 / 90)) <= 2
    assert np.isfinite(shades).mean() > 0.2
    assert np.nanmax(shades) > 30
    relief = np.maximum(gdaldem(chosen, zxy, "hillshade", scale=scale) - 1, 0) * 255 / 254
    assert np.nanmax(np.abs(shaded(chosen, zxy, algorithm="hillshade") - relief)) <= 4
    turned = 0.0 if geographic else factors.meridian_convergence
    aspect = (gdaldem(chosen, zxy, "aspect", scale=scale) + turned) % 360
    apart = np.abs(shaded(chosen, zxy, algorithm="aspect") * 360 / 255 - aspect)
    # Where hardly anything slopes, no direction is sure.
    assert np.nanpercentile(np.minimum(apart, 360 - apart)[np.isfinite(shades) & (slope > 1)], 99) <= 4


def test_ground_is_measured_as_by_geodesics(place):
    chosen, ref, zxy = place
    area = chosen.tile(*zxy)
    with POOL.lease(ref) as source:
        ground = measure_ground(source, chosen, area)
    check_ground(chosen, area, ground)


def check_ground(chosen: Grid, area: TileArea, ground) -> None:
    columns, rows = (each.ravel() for each in np.meshgrid([3, 100, 250], [5, 128, 251]))
    here, right, below = (
        locate(chosen, area, columns + across, rows + down) for across, down in ((0, 0), (1, 0), (0, 1))
    )

    def at(field) -> np.ndarray:
        """Return the field at the tile, where one column may stand for all."""
        return np.broadcast_to(field, (area.height, area.width))[rows, columns]

    azimuth, _, length = EARTH.inv(*here.T, *below.T)
    assert at(ground.down) == pytest.approx(length, rel=1e-3)
    assert np.cos(np.radians(azimuth)) == pytest.approx(at(ground.below[1]), abs=2e-3)
    assert np.sin(np.radians(azimuth)) == pytest.approx(at(ground.below[0]), abs=2e-3)
    azimuth, _, length = EARTH.inv(*here.T, *right.T)
    leaning = at(ground.lean) * at(ground.down)
    assert np.hypot(at(ground.across), leaning) == pytest.approx(length, rel=1e-3)
    east = (at(ground.right[0]) * at(ground.across) + at(ground.below[0]) * leaning) / length
    assert np.sin(np.radians(azimuth)) == pytest.approx(east, abs=2e-3)


def locate(chosen: Grid, area: TileArea, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Degrees of pixels' middles."""
    points = np.stack([area.x0 + (columns + 0.5) * area.dx, area.y0 + (rows + 0.5) * area.dy], axis=1)
    return transform_points(chosen, DEGREES)(points)
