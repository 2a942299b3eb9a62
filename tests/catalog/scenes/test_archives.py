"""Scenes of further archives: NAIP, MODIS, VIIRS, HLS and Planet."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal

from catalog.services.ingest.specs import SourceSpec
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


IMD = """version = "28.3";
generationTime = 2019-01-13T10:00:00.000000Z;
productOrderId = "012345678010_01_P001";
productCatalogId = "A1";
bandId = "Multi";
BEGIN_GROUP = BAND_B
	ULLon = 15.0;
END_GROUP = BAND_B
BEGIN_GROUP = BAND_G
END_GROUP = BAND_G
BEGIN_GROUP = BAND_R
END_GROUP = BAND_R
BEGIN_GROUP = BAND_N
END_GROUP = BAND_N
BEGIN_GROUP = IMAGE_1
	satId = "WV03";
	CatId = "104001004A2B3C00";
	TLCTime = 2019-01-12T15:34:24.500000Z;
	meanSunAz = 160.2;
	meanSunEl = 25.1;
	meanSatAz = 80.0;
	meanOffNadirViewAngle = 12.3;
	cloudCover = 0.021;
	meanProductGSD = 1.24;
END_GROUP = IMAGE_1
END;
"""
DIMAP = """<?xml version="1.0" encoding="UTF-8"?><Dimap_Document><Dataset_Content><CLOUD_COVERAGE>3.5</CLOUD_COVERAGE>
<Dataset_Extent><Vertex><LON>15</LON><LAT>45.1</LAT></Vertex><Vertex><LON>15.1</LON><LAT>45.1</LAT></Vertex>
<Vertex><LON>15.1</LON><LAT>45.2</LAT></Vertex><Vertex><LON>15</LON><LAT>45.2</LAT></Vertex></Dataset_Extent>
</Dataset_Content><Raster_Index_List><Raster_Index><BAND_ID>B2</BAND_ID></Raster_Index>
<Raster_Index><BAND_ID>B1</BAND_ID></Raster_Index><Raster_Index><BAND_ID>B0</BAND_ID></Raster_Index>
<Raster_Index><BAND_ID>B3</BAND_ID></Raster_Index></Raster_Index_List>
<Strip_Source><INSTRUMENT>PHR</INSTRUMENT><IMAGING_DATE>2013-08-27</IMAGING_DATE>
<IMAGING_TIME>10:47:04.3Z</IMAGING_TIME></Strip_Source><Geometric_Values><Located_Geometric_Values>
<LOCATION_TYPE>Center</LOCATION_TYPE><Acquisition_Angles><VIEWING_ANGLE>-7.5</VIEWING_ANGLE></Acquisition_Angles>
<Solar_Incidences><SUN_ELEVATION>50.5</SUN_ELEVATION></Solar_Incidences></Located_Geometric_Values></Geometric_Values>
</Dimap_Document>"""


def test_maxar_delivery_is_described_by_its_imd(tmp_path, bucket, user, collection):
    stem = "19JAN12153424-{}-012345678010_01_P001"
    write_bands(tmp_path / f"{stem.format('M2AS')}.TIF", 4)
    write_band(tmp_path / f"{stem.format('P2AS')}.TIF")
    (tmp_path / f"{stem.format('M2AS')}.IMD").write_text(IMD)
    item = only_item(ingest_prefix(bucket, user, collection, tmp_path))
    properties = checked(item)["properties"]
    assert item.item_id == "19JAN12153424-104001004A2B3C00"
    assert set(item.assets) == {"multispectral", "panchromatic", "multispectral_imd", "thumbnail"}
    assert [band["eo:common_name"] for band in item.assets["multispectral"]["bands"]] == ["blue", "green", "red", "nir"]
    assert properties["datetime"].startswith("2019-01-12T15:34:24.5")
    assert (properties["platform"], properties["eo:cloud_cover"]) == ("worldview-3", 2.1)
    assert (properties["view:off_nadir"], properties["view:sun_elevation"]) == (12.3, 25.1)
    shown("render=ndvi", item)


def test_airbus_delivery_is_described_by_its_dimap(tmp_path, bucket, user, collection):
    name = "PHR1A_MS_201308271047043_SEN_1234567890-001"
    write_bands(tmp_path / f"IMG_{name}_R1C1.TIF", 4)
    (tmp_path / f"DIM_{name}.XML").write_text(DIMAP)
    item = only_item(ingest_prefix(bucket, user, collection, tmp_path))
    properties = checked(item)["properties"]
    assert item.item_id == name
    assert set(item.assets) == {"image_r1c1", "dimap", "thumbnail"}
    assert [band["eo:common_name"] for band in item.assets["image_r1c1"]["bands"]] == ["red", "green", "blue", "nir"]
    assert (properties["datetime"], properties["platform"]) == ("2013-08-27T10:47:04.3Z", "pleiades-1a")
    assert (properties["eo:cloud_cover"], properties["view:off_nadir"]) == (3.5, 7.5)
    assert item.bbox == [15, 45.1, 15.1, 45.2]
    shown("render=ndvi", item)


@pytest.mark.parametrize(
    "metadata",
    [
        b"\xff\xfe\x00",
        b"[]",
        b"[" * 100_000,
        b'{"id": 3, "properties": "none", "geometry": {"type": "Polygon", "coordinates": [["a"]]}}',
        b'{"properties": {"acquired": "yesterday", "cloud_cover": "NaN", "view_angle": [], "instrument": {}}}',
        b'{"properties": {"gsd": "1e999", "sun_azimuth": null}, "geometry": {"type": "Polygon", "coordinates": {}}}',
    ],
)
def test_malformed_metadata_end_in_an_item_with_a_warning_or_a_reason(tmp_path, bucket, user, collection, metadata):
    name = "20220202_101112_12_2413"
    write_bands(tmp_path / f"{name}_3B_AnalyticMS.tif", 4)
    (tmp_path / f"{name}_metadata.json").write_bytes(metadata)
    source = ingest_prefix(bucket, user, collection, tmp_path).sources.last()
    assert source.state == "succeeded" or source.error_code == "metadata_invalid", source.error_description
