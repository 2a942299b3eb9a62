from datetime import UTC, datetime

import pytest

from catalog.extraction import extract
from catalog.extraction.acquisition import day_in_name, parse_product_name, parse_time, since

NAIP = "m_4709963_se_14_1_20100629.tif"


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "moment", "platform"),
    [
        ("LC08_L2SP_005009_20150710_20200908_02_T2_SR_B2.TIF", at(2015, 7, 10), "landsat-8"),
        ("LC81270592013238LGN00_B4.tif", at(2013, 8, 26), "landsat-8"),
        ("LE07_L1TP_044034_20010703_20200917_02_T1_B1.TIF", at(2001, 7, 3), "landsat-7"),
        ("S2A_MSIL1C_20180101T105441_N0206_R051_T31TDH_20180101T124911.zip", at(2018, 1, 1, 10, 54, 41), "sentinel-2a"),
        ("T31TDH_20180101T105441_B01.jp2", at(2018, 1, 1, 10, 54, 41), None),
        ("S2B_31TDH_20180101_0_L2A_TCI.tif", at(2018, 1, 1), "sentinel-2b"),
        (
            "s1a-iw-grd-vv-20210401t053624-20210401t053649-037254-046404-001.tiff",
            at(2021, 4, 1, 5, 36, 24),
            "sentinel-1a",
        ),
        (
            "S1B_IW_GRDH_1SDV_20210401T053624_20210401T053649_037254_046404_1A2B.tif",
            at(2021, 4, 1, 5, 36, 24),
            "sentinel-1b",
        ),
        ("m_4709963_se_14_1_20100629.tif", at(2010, 6, 29), "naip"),
        ("m_3008501_ne_16_060_20191201_20200113.tif", at(2019, 12, 1), "naip"),
        ("19JAN12153424-M1BS-059041031010_01_P001.TIF", at(2019, 1, 12, 15, 34, 24), None),
        ("WV03_20150101123000_104001000A_15JAN01.tif", at(2015, 1, 1, 12, 30), "worldview-3"),
        ("MOD13A1.A2018001.h12v04.006.hdf", at(2018, 1, 1), None),
    ],
)
def test_parse_product_name_of_known_archive_tells_time_and_platform(name, moment, platform):
    product = parse_product_name(name)
    assert product is not None
    assert product.acquisition.moment == moment
    assert product.properties.get("platform") == platform


@pytest.mark.parametrize("name", ["holiday.tif", "LC08_L2SP_005009_20159910_20200908_02_T2_B2.TIF", "S2_overview.tif"])
def test_parse_product_name_of_other_names_is_none(name):
    assert parse_product_name(name) is None


def test_parse_product_name_with_only_a_day_spans_the_day():
    product = parse_product_name(NAIP)
    assert product is not None
    assert (product.acquisition.start, product.acquisition.end) == (at(2010, 6, 29), at(2010, 6, 29, 23, 59, 59))


@pytest.mark.parametrize(("name", "moment"), [("tmmx_20190121.nc", at(2019, 1, 21)), ("a-2020-02-30.tif", None)])
def test_day_in_name_is_a_real_day(name, moment):
    found = day_in_name(name)
    assert (found and found.moment) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2018:07:16 06:06:23", at(2018, 7, 16, 6, 6, 23)),
        ("2021-03-04T05:06:07Z", at(2021, 3, 4, 5, 6, 7)),
        ("2021-03-04T07:06:07+02:00", at(2021, 3, 4, 5, 6, 7)),
        ("19961217102630", at(1996, 12, 17, 10, 26, 30)),
        ("14-APR-2017 10:27:29.454657", datetime(2017, 4, 14, 10, 27, 29, 454657, tzinfo=UTC)),
        ("12/29/09 09:59:15", at(2009, 12, 29, 9, 59, 15)),
        ("0000:00:00 00:00:00", None),
        ("1970-01-01T00:00:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_parse_time_reads_what_formats_write(text, moment):
    assert parse_time(text) == moment


def test_since_counts_units_from_their_origin():
    assert list(since("{17897,17927.5}", "days since 1950-01-01")) == [at(1999, 1, 1), at(1999, 1, 31, 12)]


@pytest.mark.parametrize(
    ("metadata", "name", "moment", "source"),
    [
        ({"TIFFTAG_DATETIME": "2018:07:16 06:06:23"}, "a.tif", at(2018, 7, 16, 6, 6, 23), "tiff-tag"),
        ({"TIFFTAG_DATETIME": "2020:01:01 00:00:00"}, NAIP, at(2010, 6, 29), "product-name:naip"),
        ({"ACQUISITION_DATE": "2012-05-06"}, NAIP, at(2012, 5, 6), "metadata"),
        ({"start_time": "2022-07-24T10:45:26"}, "a.tif", at(2022, 7, 24, 10, 45, 26), "metadata"),
        ({}, "a_20190121.tif", at(2019, 1, 21), "name-date"),
    ],
)
def test_extract_takes_the_most_trustworthy_time(make_raster, metadata, name, moment, source):
    extraction = extract(make_raster(metadata=metadata), name=name)
    assert (extraction.datetime, extraction.datetime_source) == (moment, source)
