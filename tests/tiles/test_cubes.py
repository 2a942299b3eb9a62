"""Cubes: planes by the values of their axes, places and times by CF conventions, Zarr of both versions."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal, osr

from tests.tiles import urls
from tiles.errors import InvalidParameter, SourceUnreadable
from tiles.regions.description import describe
from tiles.sources.cf_time import moments
from tiles.sources.cubes import with_selection
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.sources.subdatasets import with_subdataset

STEPS = np.arange(3) * 31.0


def write_zarr(path, *, third: bool, consolidated: bool = True) -> None:
    """Write `tas` (time, lat, lon): 3 steps of 31 days since 2020-01-01, each full of its own number, in degrees."""
    arrays = {
        "time": (STEPS, ["time"], {"units": "days since 2020-1-1"}),
        "lat": (np.arange(88, -89, -4.0), ["lat"], {"units": "degrees_north"}),
        "lon": (np.arange(-178, 180, 4.0), ["lon"], {"units": "degrees_east"}),
        "tas": (np.arange(3.0)[:, None, None] * np.ones((3, 45, 90)), ["time", "lat", "lon"], {"units": "K"}),
    }
    documents: dict[str, object] = {}
    for name, (values, axes, attributes) in arrays.items():
        chunk = [1] * (values.ndim - 2) + list(values.shape[-2:]) if values.ndim > 1 else list(values.shape)
        if third:
            documents[f"{name}/zarr.json"] = {
                "zarr_format": 3, "node_type": "array", "shape": list(values.shape), "data_type": "float64",
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}}, "fill_value": 0,
                "chunk_key_encoding": {"name": "default"}, "codecs": [{"name": "bytes"}], "attributes": attributes,
                "dimension_names": axes,
            }  # fmt: skip
        else:
            documents[f"{name}/.zarray"] = {
                "zarr_format": 2, "shape": list(values.shape), "chunks": chunk, "dtype": "<f8", "compressor": None,
                "filters": None, "fill_value": None, "order": "C",
            }  # fmt: skip
            documents[f"{name}/.zattrs"] = attributes | {"_ARRAY_DIMENSIONS": axes}
        for number in range(len(values) if values.ndim > 1 else 1):
            places = [number, *[0] * (values.ndim - 1)]
            key = "c/" + "/".join(map(str, places)) if third else ".".join(map(str, places))
            file = path / name / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes((values[number] if values.ndim > 1 else values).astype("<f8").tobytes())
    if third:
        documents["zarr.json"] = {"zarr_format": 3, "node_type": "group", "attributes": {}}
    else:
        documents |= {".zgroup": {"zarr_format": 2}, ".zattrs": {}}
        if consolidated:
            documents[".zmetadata"] = {"metadata": dict(documents), "zarr_consolidated_format": 1}
    for name, document in documents.items():
        (path / name).write_text(json.dumps(document))


def write_netcdf(path) -> None:
    """Write `tas` (time, lat, lon) of 3 steps as `write_zarr` does, without a grid mapping."""
    root = gdal.GetDriverByName("netCDF").CreateMultiDimensional(str(path)).GetRootGroup()
    lat, lon = np.arange(-88, 89, 4.0), np.arange(-178, 180, 4.0)
    axes = {"time": (STEPS, "days since 2020-1-1"), "lat": (lat, "degrees_north"), "lon": (lon, "degrees_east")}
    kind, text = gdal.ExtendedDataType.Create(gdal.GDT_Float64), gdal.ExtendedDataType.CreateString()
    dimensions = []
    for name, (values, units) in axes.items():
        dimension = root.CreateDimension(name, None, None, len(values))
        array = root.CreateMDArray(name, [dimension], kind)
        array.Write(values)
        array.CreateAttribute("units", [], text).Write(units)
        dimensions.append(dimension)
    array = root.CreateMDArray("tas", dimensions, kind)
    array.Write(np.arange(3.0)[:, None, None] * np.ones((3, 45, 90)))


@pytest.fixture(params=["zarr 2", "zarr 3", "netcdf", "hdf5"])
def cube(request, tmp_path) -> SourceRef:
    path = tmp_path / {"netcdf": "cube.nc", "hdf5": "cube.h5"}.get(request.param, "cube.zarr")
    if request.param in ("netcdf", "hdf5"):
        write_netcdf(tmp_path / "cube.nc")
        (tmp_path / "cube.nc").rename(path)
    else:
        path.mkdir()
        write_zarr(path, third=request.param == "zarr 3")
    return SourceRef(str(path), version="1")


@pytest.fixture
def listing_server(file_server) -> Iterator[str]:
    """Serve the folder as Python's own server does, which lists what lies in it."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(file_server.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        gdal.VSICurlClearCache()


def first_value(ref: SourceRef) -> float:
    source = open_source(ref, choose=True)
    assert source.band_count == 1
    assert source.is_geospatial
    return float(source.sampled_values(1)[0])


def test_cube_in_degrees_is_the_whole_earth(cube):
    source = open_source(cube, choose=True)
    assert source.footprint is not None
    assert source.footprint.bbox == pytest.approx([-180, -90, 180, 90])
    assert describe(source)["axes"]["time"] == ["2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z", "2020-03-03T00:00:00Z"]


@pytest.mark.parametrize(
    ("text", "method", "value"),
    [
        ("time=2020-02-01", "", 1),
        ("time=2020-02-01T00:00:00Z", "", 1),
        ("time=2020-03", "", 2),
        ("time=2020-02-10", "nearest", 1),
        ("time=2020-02-10", "ffill", 1),
        ("time=2020-02-10", "bfill", 2),
        ("time=nearest::2019-01-01", "", 0),
    ],
)
def test_plane_is_chosen_by_the_value_of_its_axis(cube, text, method, value):
    assert first_value(with_selection(cube, [text], method)) == value


@pytest.mark.parametrize(
    ("text", "method"),
    [("time=2020-02-10", ""), ("level=3", ""), ("time=yesterday", "nearest"), ("time=2019-01-01", "pad")],
)
def test_value_that_there_is_not_is_refused(cube, text, method):
    with pytest.raises(InvalidParameter, match="sel"):
        open_source(with_selection(cube, [text], method), choose=True)


@pytest.mark.parametrize(("text", "method"), [("time", ""), ("=3", ""), ("time=3", "last"), ("time=last::3", "")])
def test_selection_that_makes_no_sense_is_refused(text, method):
    with pytest.raises(InvalidParameter):
        with_selection(SourceRef("/a.nc", version="1"), [text], method)


@pytest.mark.parametrize("third", [False, True])
def test_plane_of_zarr_is_chosen_by_number(tmp_path, third):
    write_zarr(tmp_path / "cube.zarr", third=third)
    ref = SourceRef(str(tmp_path / "cube.zarr"), version="1")
    assert first_value(with_subdataset(ref, "/tas:2")) == 2
    with pytest.raises(InvalidParameter):
        with_subdataset(ref, "/tas:3")


@pytest.mark.parametrize("third", [False, True])
@pytest.mark.parametrize("kept", ["consolidated", "listed", "named"])
def test_zarr_is_read_from_a_web_server(file_server, listing_server, third, kept):
    """Of a server that lists its folders, or doesn't, the whole store with consolidated metadata, or one array."""
    folder = file_server.folder / "cube.zarr"
    folder.mkdir()
    url = listing_server if kept == "listed" else file_server.url
    write_zarr(folder, third=third, consolidated=kept == "consolidated")
    if third and kept == "consolidated":
        document = json.loads((folder / "zarr.json").read_text())
        arrays = {name: json.loads((folder / name / "zarr.json").read_text()) for name in ("time", "lat", "lon", "tas")}
        document["consolidated_metadata"] = {"kind": "inline", "metadata": arrays}
        (folder / "zarr.json").write_text(json.dumps(document))
    location = f"/vsicurl/{url}/cube.zarr" + ("/tas" if kept == "named" else "")
    ref = SourceRef(location, version=url)
    assert first_value(ref) == 0
    assert first_value(with_selection(ref, ["time=2020-03"])) == 2
    source = open_source(ref, choose=True)
    assert source.footprint is not None
    assert source.footprint.bbox == pytest.approx([-180, -90, 180, 90])


def test_zarr_of_which_nothing_can_be_listed_says_what_helps(file_server):
    folder = file_server.folder / "cube.zarr"
    folder.mkdir()
    write_zarr(folder, third=False, consolidated=False)
    with pytest.raises(SourceUnreadable, match="consolidate its metadata"):
        open_source(SourceRef(f"/vsicurl/{file_server.url}/cube.zarr", version="1"), choose=True)


def test_hdf_of_one_image_is_chosen_from_by_value(tmp_path):
    write_netcdf(tmp_path / "cube.nc")
    (tmp_path / "cube.nc").rename(tmp_path / "cube.h5")
    source = open_source(with_selection(SourceRef(str(tmp_path / "cube.h5"), version="1"), ["time=2020-03"]))
    assert source.driver.startswith("HDF5")
    assert (source.band_count, source.sampled_values(1)[0]) == (1, 2)


def test_hdf_that_follows_cf_is_read_as_netcdf_of_the_same_name_is(tmp_path):
    """Place, order of the rows, scale and missing values; what has no place is read as before."""
    write_netcdf(tmp_path / "cube.nc")
    netcdf = open_source(SourceRef(str(tmp_path / "cube.nc"), version="1"))
    (tmp_path / "cube.nc").rename(tmp_path / "cube.h5")
    hdf = open_source(SourceRef(str(tmp_path / "cube.h5"), version="1"))
    assert hdf.driver == "HDF5Image"
    assert hdf.geotransform == netcdf.geotransform
    assert (hdf.nodata, hdf.scaling(1), hdf.dtype) == (netcdf.nodata, netcdf.scaling(1), netcdf.dtype)
    assert not list(tmp_path.glob("*.xml"))


@pytest.mark.parametrize("third", [False, True])
def test_zarr_may_be_one_array(tmp_path, third):
    write_zarr(tmp_path / "cube.zarr", third=third)
    (tmp_path / "cube.zarr" / "tas").rename(tmp_path / "array.zarr")
    ref = SourceRef(str(tmp_path / "array.zarr"), version="1")
    source = open_source(with_selection(ref, ["time=2"]), choose=True)
    assert source.sampled_values(1)[0] == 2
    assert (source.width, source.height) == (90, 45)


@pytest.mark.parametrize("name", ["cube.nc", "cube.h5"])
@pytest.mark.urls("tests.tiles.site")
def test_every_route_takes_the_selection(tmp_path, client: Client, name):
    write_netcdf(tmp_path / "written.nc")
    urls.FILES["cube"] = (tmp_path / "written.nc").rename(tmp_path / name)
    try:
        query = "sel=time=2020-02-10&sel_method=nearest"
        document = client.get(f"/paths/cube/tilejson.json?{query}").json()
        placed = client.get(f"/paths/cube/tiles/WebMercatorQuad/tilejson.json?{query}").json()
        assert placed["bounds"] == pytest.approx([-180, -85.0511, 180, 85.0511], abs=1e-3)
        assert "sel=time%3D2020-02-10&sel_method=nearest" in document["tiles"][0]
        statistics = client.get(f"/paths/cube/data/statistics?{query}").json()
        assert [next(iter(statistics.values()))[name] for name in ("min", "max")] == [1, 1]
        assert client.get(f"/paths/cube/data/point/10,10?{query}").json()["values"] == [1]
        assert client.get(f"/paths/cube/data/thumbnail.png?{query}&rescale=0,2").status_code == 200
        refused = client.get("/paths/cube/data/thumbnail.png?sel=time=2020-02-10")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_parameter")
        # Also where nothing is selected.
        refused = client.get("/paths/cube/tilejson.json?sel_method=best")
        assert refused.status_code == 400
        assert refused.json()["description"].startswith("sel_method must be one of")
    finally:
        urls.FILES.clear()


@pytest.mark.parametrize(
    ("value", "units", "calendar", "expected"),
    [
        (0.5, "days since 2001-1-1", "", "2001-01-01T12:00:00+00:00"),
        (365 * 150, "days since 1850-01-01", "noleap", "2000-01-01T00:00:00+00:00"),
        (59, "days since 2001-01-01", "360_day", "2001-02-28T00:00:00+00:00"),
        (1, "hours since 1970-01-01 00:00:00", "gregorian", "1970-01-01T01:00:00+00:00"),
    ],
)
def test_moment_is_by_the_calendar(value, units, calendar, expected):
    (found,) = moments([value], units, calendar)
    assert found is not None
    assert found.isoformat() == expected


def test_time_that_makes_no_sense_is_none():
    assert moments([1.0, float("nan")], "days since never", "") == [None, None]


def test_system_of_degrees_has_longitudes_first(tmp_path):
    write_netcdf(tmp_path / "cube.nc")
    source = open_source(SourceRef(str(tmp_path / "cube.nc"), version="1"))
    srs = osr.SpatialReference()
    srs.ImportFromWkt(source.wkt)
    assert srs.IsGeographic()
