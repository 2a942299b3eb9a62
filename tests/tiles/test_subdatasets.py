"""One variable of a file that holds several."""

import io

import numpy as np
import pytest
from osgeo import gdal
from PIL import Image

from tests.tiles import rasters
from tests.tiles.rasters import Recipe
from tiles.errors import InvalidParameter
from tiles.sources.drivers import open_dataset
from tiles.sources.reference import SourceRef
from tiles.sources.subdatasets import subdatasets, with_subdataset

pytestmark = pytest.mark.urls("tests.tiles.urls")

RECIPE = Recipe(epsg=4326, bounds=(10, 45, 11, 46), bands=2, overviews=False)


@pytest.fixture
def cube(tmp_path) -> SourceRef:
    """Write a netCDF file of the variables Band1 and Band2."""
    if gdal.GetDriverByName("netCDF") is None:
        pytest.skip("GDAL without netCDF")
    plain = rasters.write(RECIPE, tmp_path / "plain.tif")
    gdal.Translate(str(tmp_path / "cube.nc"), str(plain), format="netCDF")
    return SourceRef(str(tmp_path / "cube.nc"), "1", name="cube.nc")


def test_subdatasets_are_named_as_the_file_names_them(cube):
    assert subdatasets(cube) == ("Band1", "Band2")


def test_with_subdataset_opens_that_variable(cube):
    found = open_dataset(with_subdataset(cube, "Band2")).ReadAsArray()

    assert np.array_equal(found, rasters.values(RECIPE, 2))


@pytest.mark.parametrize("name", ["Band3", "", "/etc/passwd", 'NETCDF:"/etc/passwd":x', "Band1:0", "Band1:../x"])
def test_with_subdataset_other_names_are_refused(cube, name):
    with pytest.raises(InvalidParameter, match="Band1, Band2"):
        with_subdataset(cube, name)


def test_subdatasets_that_a_file_makes_up_are_not_opened(tmp_path):
    path = rasters.write(RECIPE, tmp_path / "hostile.tif")
    dataset = gdal.Open(str(path), gdal.GA_Update)
    dataset.SetMetadata({"SUBDATASET_1_NAME": "/vsicurl/http://127.0.0.1:1/x", "SUBDATASET_1_DESC": "x"}, "SUBDATASETS")
    dataset.FlushCache()

    assert subdatasets(SourceRef(str(path), "1")) == ()


def test_tile_of_a_subdataset_differs_and_its_tilejson_names_it(cube, publish, client):
    base = publish(cube)
    tiles = {
        name: client.get(f"{base}tiles/10/541/366.png", {"subdataset": name, "rescale": "0,255"})
        for name in ("Band1", "Band2")
    }
    means = [np.asarray(Image.open(io.BytesIO(answer.content)).convert("L")).mean() for answer in tiles.values()]
    assert abs(means[0] - means[1]) > 1
    assert tiles["Band1"]["ETag"] != tiles["Band2"]["ETag"]

    document = client.get(f"{base}tilejson.json", {"subdataset": "Band2"}).json()
    assert "subdataset=Band2" in document["tiles"][0]
    refused = client.get(f"{base}tiles/10/541/366.png", {"subdataset": "wind"})
    assert refused.status_code == 400
    assert "Band1, Band2" in refused.json()["description"]
    assert client.get(f"{base}info/metadata", {"subdataset": "Band1"}).json()["subdatasets"] == ["Band1", "Band2"]


@pytest.fixture
def stack(tmp_path) -> SourceRef:
    """Write a Zarr folder of ``air``, three planes of 32 x 64 filled with their numbers, and ``sea``, the last one."""
    cube = gdal.GetDriverByName("Zarr").CreateMultiDimensional(str(tmp_path / "stack.zarr"))
    group = cube.GetRootGroup()
    sizes = {"time": 3, "y": 32, "x": 64}
    dimensions = [group.CreateDimension(name, "", "", size) for name, size in sizes.items()]
    for name, count in (("air", 3), ("sea", 2)):
        kind = gdal.ExtendedDataType.Create(gdal.GDT_Byte)
        array = group.CreateMDArray(name, dimensions[-count:], kind)
        values = np.arange(3, dtype=np.uint8).repeat(32 * 64).reshape(3, 32, 64)
        array.WriteArray(values if count == 3 else values[2])
    return SourceRef(str(tmp_path / "stack.zarr"), "1", name="stack.zarr")


@pytest.mark.parametrize(("name", "value"), [("/air", 0), ("/air:0", 0), ("/air:2", 2), ("/sea", 2)])
def test_with_subdataset_of_a_cube_opens_a_plane(stack, name, value):
    found = open_dataset(with_subdataset(stack, name)).ReadAsArray()

    assert found.shape == (32, 64)
    assert (found == value).all()


@pytest.mark.parametrize("name", ["/air:3", "/air:0:0", "/sea:0"])
def test_with_subdataset_of_a_plane_that_is_not_there_is_refused(stack, name):
    with pytest.raises(InvalidParameter, match=r"/air:0 to /air:2|\(/sea\)"):
        with_subdataset(stack, name)


@pytest.mark.urls("tests.tiles.site")
@pytest.mark.parametrize("path", ["deepzoom_files/5/0_0.png", "iiif/full/64,/0/default.png"])
def test_pictures_of_a_subdataset_differ(cube, publish, client, path):
    base = publish(cube).replace("/files/", "/paths/")
    first, second = (client.get(base + path, {"subdataset": name, "rescale": "0,255"}) for name in ("Band1", "Band2"))
    assert first.status_code == second.status_code == 200
    assert first.content != second.content
    assert first["ETag"] != second["ETag"]
