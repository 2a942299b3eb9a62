"""What metadata of our own making say of scenes, with no image opened."""

import pytest

from catalog.scenes.landsat import describe as describe_landsat
from catalog.scenes.metadata_files import parse_xml
from catalog.scenes.scene import SceneError, SceneFiles
from catalog.scenes.sentinel1 import describe as describe_sentinel_1
from catalog.scenes.sentinel2 import describe as describe_sentinel_2

C1 = "LE07_L1TP_190024_20010610_20170205_01_T1"
C1_MTL = f"""GROUP = L1_METADATA_FILE
  GROUP = METADATA_FILE_INFO
    LANDSAT_SCENE_ID = "LE71900242001161EDC00"
    LANDSAT_PRODUCT_ID = "{C1}"
    COLLECTION_NUMBER = 01
    FILE_DATE = 2017-02-05T10:11:12Z
  END_GROUP = METADATA_FILE_INFO
  GROUP = PRODUCT_METADATA
    DATA_TYPE = "L1TP"
    COLLECTION_CATEGORY = "T1"
    WRS_PATH = 190
    WRS_ROW = 024
    DATE_ACQUIRED = 2001-06-10
    SCENE_CENTER_TIME = "09:41:02.0123456Z"
    FILE_NAME_BAND_3 = "{C1}_B3.TIF"
    FILE_NAME_BAND_6_VCID_1 = "{C1}_B6_VCID_1.TIF"
  END_GROUP = PRODUCT_METADATA
  GROUP = IMAGE_ATTRIBUTES
    CLOUD_COVER = -1
    SUN_AZIMUTH = 144.1
    SUN_ELEVATION = 57.9
  END_GROUP = IMAGE_ATTRIBUTES
  GROUP = RADIOMETRIC_RESCALING
    RADIANCE_MULT_BAND_3 = 0.6
    RADIANCE_ADD_BAND_3 = -5.6
    REFLECTANCE_MULT_BAND_3 = 1.3E-03
    REFLECTANCE_ADD_BAND_3 = -0.012
    RADIANCE_MULT_BAND_6_VCID_1 = 6.7E-02
    RADIANCE_ADD_BAND_6_VCID_1 = -0.067
  END_GROUP = RADIOMETRIC_RESCALING
END_GROUP = L1_METADATA_FILE
END
"""
S2 = "S2B_MSIL2A_20230601T101559_N0509_R065_T33UUU_20230601T131415"
S2_PRODUCT = f"""<?xml version="1.0" encoding="UTF-8"?><n1:Level-2A_User_Product xmlns:n1="x"><n1:General_Info>
<Product_Info><PRODUCT_START_TIME>2023-06-01T10:15:59.024Z</PRODUCT_START_TIME>
<PRODUCT_URI>{S2}.SAFE</PRODUCT_URI><Datatake datatakeIdentifier="G"><SENSING_ORBIT_NUMBER>65</SENSING_ORBIT_NUMBER>
<SENSING_ORBIT_DIRECTION>DESCENDING</SENSING_ORBIT_DIRECTION></Datatake>
<Granule datastripIdentifier="S2B_OPER_MSI_L2A_DS_2BPS_20230601T131415_S20230601T101601_N05.09">
<IMAGE_FILE>GRANULE/L2A_T33UUU/IMG_DATA/R10m/T33UUU_20230601T101559_B04_10m</IMAGE_FILE>
<IMAGE_FILE>GRANULE/L2A_T33UUU/IMG_DATA/R10m/T33UUU_20230601T101559_B08_10m</IMAGE_FILE></Granule></Product_Info>
<QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
</QUANTIFICATION_VALUES_LIST><BOA_ADD_OFFSET_VALUES_LIST><BOA_ADD_OFFSET band_id="0">-1000</BOA_ADD_OFFSET>
</BOA_ADD_OFFSET_VALUES_LIST></n1:General_Info><n1:Geometric_Info><Product_Footprint><Product_Footprint>
<Global_Footprint><EXT_POS_LIST>52.3 12.0 52.3 13.6 51.3 13.6 51.3 12.1 52.3 12.0</EXT_POS_LIST></Global_Footprint>
</Product_Footprint></Product_Footprint></n1:Geometric_Info>
<n1:Quality_Indicators_Info><Cloud_Coverage_Assessment>12.5</Cloud_Coverage_Assessment></n1:Quality_Indicators_Info>
</n1:Level-2A_User_Product>"""
S1 = "S1B_IW_GRDH_1SDV_20200102T030405_20200102T030430_019634_0251A0_A1B2"
S1_MANIFEST = """<x:XFDU xmlns:x="u" xmlns:safe="s" xmlns:s1="t" xmlns:gml="g"><metadataSection>
<safe:processing stop="2020-01-02T06:07:08.000000"/><safe:nssdcIdentifier>2016-025A</safe:nssdcIdentifier>
<safe:orbitNumber>19634</safe:orbitNumber><safe:relativeOrbitNumber>132</safe:relativeOrbitNumber>
<s1:orbitProperties><s1:pass>DESCENDING</s1:pass></s1:orbitProperties>
<s1:transmitterReceiverPolarisation>VV</s1:transmitterReceiverPolarisation>
<s1:transmitterReceiverPolarisation>VH</s1:transmitterReceiverPolarisation>
<safe:acquisitionPeriod><safe:startTime>2020-01-02T03:04:05.000000</safe:startTime>
<safe:stopTime>2020-01-02T03:04:30.000000</safe:stopTime></safe:acquisitionPeriod>
<safe:resource role="AUX_RES"/><safe:footPrint>
<gml:coordinates>46.0,1.5 46.4,4.8 44.9,5.1 44.5,1.9</gml:coordinates></safe:footPrint></metadataSection>
<dataObjectSection><fileLocation href="./measurement/gone.tiff"/></dataObjectSection></x:XFDU>"""


def test_landsat_7_of_collection_1_has_its_bands_and_their_scales():
    paths = [f"{C1}_{name}" for name in ("B3.TIF", "B6_VCID_1.TIF", "BQA.TIF", "MTL.txt")]
    found = describe_landsat(SceneFiles(C1, paths, lambda _: C1_MTL.encode()))
    assets = {asset.key: asset for asset in found.assets}
    assert list(assets) == ["red", "lwir_low", "bqa", "mtl.txt"]
    assert (assets["red"].bands[0].scale, assets["red"].bands[0].offset) == (0.0013, -0.012)
    assert (assets["lwir_low"].bands[0].scale, assets["lwir_low"].bands[0].offset) == (0.067, -0.067)
    assert "cloud" in assets["bqa"].roles
    properties = found.properties
    assert (properties["platform"], properties["instruments"]) == ("landsat-7", ["etm+"])
    assert (properties["datetime"], properties["created"]) == ("2001-06-10T09:41:02.0123456Z", "2017-02-05T10:11:12Z")
    assert "eo:cloud_cover" not in properties
    assert (properties["landsat:collection_number"], properties["landsat:correction"]) == ("01", "L1TP")
    assert found.renders["ndvi"]["expression"] == "(b2-b1)/(b2+b1)"
    assert found.warnings == []


@pytest.mark.parametrize(
    ("scene", "keys"),
    [
        ("LM03_L1TP_020031_19800610_20200905_02_T2", ["green", "red", "nir08", "nir09"]),
        ("LM05_L1TP_020031_19840610_20200905_02_T2", ["nir09"]),
        ("LC81270592013238LGN00", ["red", "nir08", "swir16", "swir22"]),
    ],
)
def test_bands_are_numbered_as_each_satellite_has_them(scene, keys):
    paths = [f"{scene}_B{band}.TIF" for band in (4, 5, 6, 7)]
    found = describe_landsat(SceneFiles(scene, paths, lambda _: b""))
    assert [asset.key for asset in found.assets if not asset.key.startswith("b")] == keys


def test_sentinel_2_of_a_late_baseline_has_an_offset_in_bands_and_ndvi():
    paths = ["MTD_MSIL2A.xml", "GRANULE/L2A_T33UUU/IMG_DATA/R10m/T33UUU_20230601T101559_B04_10m.jp2"]
    found = describe_sentinel_2(SceneFiles(S2, paths, lambda _: S2_PRODUCT.encode()))
    assert found.id == "S2B_T33UUU_20230601T101601_L2A"
    red = next(asset for asset in found.assets if asset.key == "red")
    assert (red.bands[0].scale, red.bands[0].offset) == (0.0001, -0.1)
    assert found.renders["ndvi"]["expression"] == "(b2-b1)/(b2+b1-2000)"
    assert (found.properties["eo:cloud_cover"], found.properties["sat:relative_orbit"]) == (12.5, 65)
    assert found.geometry is not None
    assert found.geometry["coordinates"][0][0] == [12.0, 52.3]
    assert "B08_10m is missing" in found.warnings[0]


def test_sentinel_1_is_described_by_its_manifest():
    found = describe_sentinel_1(SceneFiles(S1, ["manifest.safe"], lambda _: S1_MANIFEST.encode()))
    properties = found.properties
    assert found.id == S1[:-5]
    assert (properties["sat:orbit_state"], properties["sat:relative_orbit"]) == ("descending", 132)
    assert (properties["s1:orbit_source"], properties["sar:polarizations"]) == ("RESORB", ["VV", "VH"])
    assert properties["datetime"] == "2020-01-02T03:04:17.500000Z"
    assert found.warnings == ["gone.tiff is missing, which the manifest names."]


@pytest.mark.parametrize("content", [b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a", b"", b"\xff\xfe"])
def test_parse_xml_refuses_entities_and_what_is_no_xml(content):
    with pytest.raises(SceneError):
        parse_xml(content)
