import io

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal

pytestmark = pytest.mark.urls("tests.tiles.urls")
TILE = "tiles/13/2337/3107"


def read_tiff(content: bytes, name: str = "/vsimem/value-tile.tif"):
    gdal.FileFromMemBuffer(name, content)
    dataset = gdal.Open(name)
    found = dataset.ReadAsArray(), dataset.GetGeoTransform(), dataset.GetSpatialRef().GetAuthorityCode(None)
    dataset = None
    gdal.Unlink(name)
    return found


def test_geotiff_tile_has_the_sources_values_in_place(make, publish, client: Client):
    ref = make(dtype="uint16", nodata="value")
    answer = client.get(publish(ref) + TILE + ".tif?bidx=2")
    values, transform, code = read_tiff(answer.content)
    assert answer["Content-Type"] == "image/tiff; application=geotiff"
    assert (values.dtype, values.shape, code) == (np.uint16, (256, 256), "3857")
    west, dx, _, north, _, dy = transform
    bounds = [west, north + 256 * dy, west + 256 * dx, north]
    warped = gdal.Warp(
        "", ref.location, format="MEM", dstSRS="EPSG:3857", outputBounds=bounds, width=256, height=256, dstNodata=0
    )
    expected = warped.GetRasterBand(2).ReadAsArray()
    both = (values > 0) & (expected > 0)
    assert both.mean() > 0.2
    assert np.abs(values[both].astype(int) - expected[both]).max() <= 100


def test_npy_tile_has_bands_and_a_mask(make, publish, client: Client):
    path = publish(make(dtype="float32", nodata="nan"))
    found = np.load(io.BytesIO(client.get(path + TILE + ".npy?expression=b1/b2&tilesize=128").content))
    assert (found.shape, found.dtype) == ((2, 128, 128), np.float32)
    assert set(np.unique(found[1])) <= {0, 255}
    alone = client.get(path + TILE + "@2x.npy?bidx=1&return_mask=false")
    assert np.load(io.BytesIO(alone.content)).shape == (1, 512, 512)


def test_value_tile_of_several_images_has_a_band_of_each(make, publish, client: Client):
    first, second = (publish(make(bands=1, dtype="uint16")) for _ in range(2))
    names = ",".join(path.strip("/").split("/")[1] for path in (first, second))
    found = np.load(io.BytesIO(client.get(f"{first}{TILE}.npy?assets={names}").content))
    assert found.shape == (3, 256, 256)


def test_value_tile_beyond_the_image_is_as_a_picture(make, publish, client: Client):
    path = publish(make(nodata="mask"))
    assert client.get(path + "tiles/16/18708/24871.npy").status_code == 204
    assert client.get(path + "tiles/10/0/0.tif").json()["code"] == "outside_bounds"
    assert client.get(path + TILE + ".npy?algorithm=slope").json()["code"] == "invalid_parameter"
