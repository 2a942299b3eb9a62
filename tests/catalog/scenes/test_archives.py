"""Scenes of further archives: NAIP, MODIS, VIIRS, HLS and Planet."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal

from catalog.services.ingest.jobs import SourceSpec
from tests.catalog.scenes.ingesting import (
    SCENES,
    checked,
    ingest,
    only_item,
    overlap_of,
    put_folder,
    shared_scene,
    write_band,
)

ECS = """<?xml version="1.0"?>
<!DOCTYPE GranuleMetaDataFile SYSTEM "http://ecsinfo.gsfc.nasa.gov/ScienceGranuleMetadata.dtd">
<GranuleMetaDataFile><GranuleURMetaData>
<ECSDataGranule><LocalGranuleID>{name}</LocalGranuleID>
<ProductionDateTime>2022-02-11 05:07:40.000</ProductionDateTime></ECSDataGranule>
<RangeDateTime><RangeEndingTime>23:59:59.000000</RangeEndingTime><RangeEndingDate>2022-02-09</RangeEndingDate>
<RangeBeginningTime>00:00:00.000000</RangeBeginningTime><RangeBeginningDate>2022-02-02</RangeBeginningDate></RangeDateTime>
<QAStats><QAPercentCloudCover>7</QAPercentCloudCover></QAStats>
</GranuleURMetaData></GranuleMetaDataFile>"""


def ingest_prefix(bucket: Any, user: Any, collection: Any, folder: Path) -> Any:
    put_folder(bucket, folder, "archive/")
    return ingest(user, collection, [SourceSpec(prefix="s3://imagery/archive/")])


def shown(query: str, item: Any) -> None:
    answer = Client().get(f"/tiles/scenes/{item.item_id}/data/thumbnail.webp?{query}")
    assert answer.status_code == 200, (query, answer.getvalue())


def write_bands(path: Path, count: int) -> None:
    single = gdal.Open(str(write_band(path.with_suffix(".one.tif"))))
    target = gdal.GetDriverByName("GTiff").Create(str(path), 32, 32, count, gdal.GDT_UInt16)
    target.SetProjection(single.GetProjection())
    target.SetGeoTransform(single.GetGeoTransform())
    for index in range(1, count + 1):
        target.GetRasterBand(index).WriteArray(np.full((32, 32), 100 * index, np.uint16))
    del target, single
    path.with_suffix(".one.tif").unlink()


def test_real_modis_granule_becomes_the_item_that_stactools_makes_of_it(bucket, user, collection):
    item = only_item(ingest_prefix(bucket, user, collection, shared_scene("MOD10A2")))
    expected = json.loads((SCENES / "MOD10A2.expected.json").read_text())
    properties = checked(item)["properties"]
    assert item.item_id == expected["id"]
    assert set(expected["assets"]) <= set(item.assets)
    # Of grids of one kind: what of them is each asset's own, and a system without a code spelled another way.
    apart = {"proj:epsg", "proj:wkt2", "proj:geometry", "proj:shape", "proj:transform"}
    stated = {name: value for name, value in expected["properties"].items() if name not in apart}
    stated["updated"] = "2022-02-10T22:17:10.512Z"
    assert {name: properties.get(name) for name in stated} == stated
    for key in ("Maximum_Snow_Extent", "Eight_Day_Snow_Cover"):
        # As the file itself calls its variables.
        assert item.assets[key]["title"]
        assert item.assets[key]["proj:shape"] == expected["properties"]["proj:shape"]
        assert item.assets[key]["proj:transform"] == pytest.approx(expected["properties"]["proj:transform"])
    assert overlap_of(item, expected) > 0.99
    for key in ("hdf", "Maximum_Snow_Extent", "Eight_Day_Snow_Cover"):
        answer = Client().get(f"/tiles/scenes/{item.item_id}/{key}/data/thumbnail.webp")
        assert answer.status_code == 200, (key, answer.getvalue())
    answers = {
        Client().get(f"/tiles/scenes/{item.item_id}/{key}/data/thumbnail.png?rescale=0,255").getvalue()
        for key in ("Maximum_Snow_Extent", "Eight_Day_Snow_Cover")
    }
    assert len(answers) == 2


def test_real_naip_photograph_has_bands_and_shows_ndvi(bucket, user, collection):
    item = only_item(ingest_prefix(bucket, user, collection, shared_scene("NAIP")))
    assert item.item_id == "m_3211605_ne_11_060_20200415"
    assert {"image", "metadata"} <= set(item.assets)
    properties = checked(item)["properties"]
    assert (properties["datetime"], properties["gsd"]) == ("2020-04-15T00:00:00Z", pytest.approx(0.6, abs=0.01))
    assert (properties["grid:code"], properties["naip:year"]) == ("DOQQ-3211605NE", "2020")
    assert [band["eo:common_name"] for band in item.assets["image"]["bands"]] == ["red", "green", "blue", "nir"]
    for query in ("render=true-color", "render=ndvi"):
        shown(query, item)


def test_granule_of_viirs_has_an_asset_for_each_variable(tmp_path, bucket, user, collection):
    name = "VNP09GA.A2022033.h18v04.001.2022034071155"
    driver = gdal.GetDriverByName("netCDF")
    dataset = driver.CreateMultiDimensional(str(tmp_path / f"{name}.h5"), [], ["FORMAT=NC4"])
    group = dataset.GetRootGroup()
    axes = [group.CreateDimension(axis, None, None, 16) for axis in ("y", "x")]
    for index, variable in enumerate(("SurfReflect_I1", "SurfReflect_I2"), 1):
        array = group.CreateMDArray(variable, axes, gdal.ExtendedDataType.Create(gdal.GDT_Int16))
        array.Write(np.full((16, 16), index, np.int16))
    del array, group, dataset
    (tmp_path / f"{name}.h5.xml").write_text(ECS.format(name=f"{name}.h5"))
    item = only_item(ingest_prefix(bucket, user, collection, tmp_path))
    assert item.item_id == name.rpartition(".")[0]
    assert {"h5", "metadata", "SurfReflect_I1", "SurfReflect_I2"} <= set(item.assets)
    assert (item.properties["platform"], item.properties["eo:cloud_cover"]) == ("suomi-npp", 7)
    assert item.properties["viirs:vertical-tile"] == 4
    assert item.properties["start_datetime"] == "2022-02-02T00:00:00Z"
    for key in ("h5", "SurfReflect_I2"):
        answer = Client().get(f"/tiles/scenes/{item.item_id}/{key}/data/thumbnail.webp?projection=")
        assert answer.status_code == 200, (key, answer.getvalue())


def test_hls_scene_shows_colors_by_common_names(tmp_path, bucket, user, collection):
    name = "HLS.S30.T33UUU.2022033T101219.v2.0"
    for band in ("B02", "B03", "B04", "B8A", "B11", "Fmask"):
        write_band(tmp_path / f"{name}.{band}.tif", value=300)
    (tmp_path / f"{name}.cmr.xml").write_text(
        "<Granule><Temporal><RangeDateTime><BeginningDateTime>2022-02-02T10:12:19.024Z</BeginningDateTime>"
        "</RangeDateTime></Temporal><Platforms><Platform><ShortName>Sentinel-2A</ShortName></Platform></Platforms>"
        "<AdditionalAttributes><AdditionalAttribute><Name>CLOUD_COVERAGE</Name><Values><Value>42</Value></Values>"
        "</AdditionalAttribute><AdditionalAttribute><Name>MEAN_SUN_ZENITH_ANGLE</Name><Values><Value>60.5</Value>"
        "</Values></AdditionalAttribute></AdditionalAttributes></Granule>"
    )
    item = only_item(ingest_prefix(bucket, user, collection, tmp_path))
    properties = checked(item)["properties"]
    assert set(item.assets) == {"B02", "B03", "B04", "B8A", "B11", "Fmask", "cmr", "thumbnail"}
    assert (properties["datetime"], properties["platform"]) == ("2022-02-02T10:12:19.024Z", "sentinel-2a")
    assert (properties["eo:cloud_cover"], properties["view:sun_elevation"]) == (42, 29.5)
    assert properties["grid:code"] == "MGRS-33UUU"
    assert "cloud" in item.assets["Fmask"]["roles"]
    for query in ("assets=red,green,blue", "render=ndvi", "render=true-color"):
        shown(query, item)


@pytest.mark.parametrize(("suffix", "count"), [("3B_AnalyticMS_SR", 4), ("3B_AnalyticMS_SR_8b", 8)])
def test_planet_scene_is_described_by_its_metadata(tmp_path, bucket, user, collection, suffix, count):
    name = "20220202_101112_12_2413"
    write_bands(tmp_path / f"{name}_{suffix}.tif", count)
    write_bands(tmp_path / f"{name}_3B_udm2.tif", 8)
    told = {
        "acquired": "2022-02-02T10:11:12.123456Z",
        "cloud_cover": 0.13,
        "gsd": 3.9,
        "instrument": "PSB.SD",
        "satellite_id": "2413",
        "sun_azimuth": -170.5,
        "sun_elevation": 20.5,
        "view_angle": -3.2,
        "item_type": "PSScene",
    }
    ring = [[15, 45.1], [15.1, 45.1], [15.1, 45.2], [15, 45.2], [15, 45.1]]
    metadata = {"id": name, "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": told}
    (tmp_path / f"{name}_metadata.json").write_text(json.dumps(metadata))
    item = only_item(ingest_prefix(bucket, user, collection, tmp_path))
    properties = checked(item)["properties"]
    assert (properties["eo:cloud_cover"], properties["view:sun_azimuth"], properties["view:off_nadir"]) == (
        13,
        189.5,
        3.2,
    )
    assert (properties["platform"], properties["instruments"]) == ("2413", ["PSB.SD"])
    assert properties["pl:item_type"] == "PSScene"
    assert item.bbox == [15, 45.1, 15.1, 45.2]
    assert "data-mask" in item.assets["udm2"]["roles"]
    for query in ("render=true-color", "render=ndvi"):
        shown(query, item)
