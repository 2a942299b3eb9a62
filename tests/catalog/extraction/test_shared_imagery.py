"""Real imagery of every kind: each file becomes a valid item in the right place, or fails for its true reason."""

import json
from pathlib import Path

import pytest

from catalog.documents.schemas import item_errors
from catalog.extraction import Extraction, ExtractionError, extract
from catalog.extraction.extracting import build_item_document

SIDE_FILES = (".json", ".txt", ".ovr", ".msk", ".rpb")

REFUSED = {
    "bad/corrupt_cog.tif": "truncated",
    "bad/unopenable.tiff": "unsupported_format",
}

# A Zarr in degrees north and east is on Earth without a grid mapping, by CF conventions.
PIXEL_SPACE = {"crs/mars_hirise.tif"}
"""Of the geographic files: another planet, and a cube without a reference system."""

PLACES = {
    "rgb/bahamas_rgb.tif": (-78.96, 23.56, -76.57, 25.55),
    "crs/antimeridian_utm60.tif": (178.00, 50.58, -178.51, 52.77),
    "crs/sea_ice_south_3412.tif": (-180, -90, 180, -39.23),
    "crs/umbra_sar_rotated.tif": (169.45, -19.53, 169.45, -19.52),
    "crs/world_vandergrinten.tif": (-180, -90, 180, 90),
    "crs/world_0_360.tif": (-180, -90, 180, 90),
    "crs/inverted_lat_southup.tif": (-180, -90, 180, 90),
    "crs/goes_geostationary.tif": (-156.3, -79.7, 6.3, 79.7),
    "crs/vanderford_glacier_3031.cog.tif": (107.96, -66.84, 111.84, -65.06),
    "dem/swiss_dem_2056.tif": (7.09, 45.92, 7.10, 45.93),
    "dtype/int16_scale_offset.tif": (126.72, 36.94, 127.99, 37.94),
    "format/gfs_10p0.grib2": (-180, -89.88, 180, 90),
    "format/world_l1.mbtiles": (-180, -84.98, 180, 85.0),
    "format/raster_tiles.gpkg": (-135.35, 60.76, -135.00, 60.93),
    "format/MODIS_ARRAY.nc": (-93.19, 45.00, -91.92, 45.42),
    "format/bcsd_obs_1999.nc": (-85, 33, -74.88, 37.12),
    "gcp_rpc/sentinel1_gcps.tif": (75.61, 9.23, 78.20, 11.19),
    "gcp_rpc/rpcs_ext_file.tif": (46.73, 39.87, 46.74, 39.87),
    "multiband/L7_ETMs.tif": (-34.92, -8.04, -34.83, -7.95),
}

TIMES = {
    "rgb/naip_m_4709963_se_14_1_20100629.tif": ("2010-06-29T00:00:00", "product-name:naip"),
    "gcp_rpc/sentinel1_gcps.tif": ("2018-07-16T06:06:23", "tiff-tag"),
    "format/i_3001a.ntf": ("1996-12-17T10:26:30", "nitf-metadata"),
    "format/bcsd_obs_1999.nc": ("1999-01-31T00:00:00", "netcdf-time"),
    "format/gfs_10p0.grib2": ("2021-09-18T16:00:00", "grib-valid-time"),
    "multiband/enmap_potsdam_tile_128_0.tif": ("2022-07-24T10:45:26", "metadata"),
    "medical/CMU-1-Small-Region.svs": ("2009-12-29T09:59:15", "slide:aperio"),
}


def files_below(folder: Path) -> list[Path]:
    stores = list(folder.rglob("*.zarr"))
    inside = [path for path in folder.rglob("*") if path.is_file() and not any(s in path.parents for s in stores)]
    return sorted([*stores, *(path for path in inside if path.suffix not in SIDE_FILES)])


def extract_file(path: Path) -> Extraction:
    siblings = [other.name for other in path.parent.iterdir() if other != path]
    return extract(str(path), name=path.name, siblings=siblings)


@pytest.fixture(scope="module")
def outcomes(shared_data: Path) -> dict[str, Extraction | ExtractionError]:
    results: dict[str, Extraction | ExtractionError] = {}
    for folder in ("geo", "medical"):
        for path in files_below(shared_data / folder):
            key = str(path.relative_to(shared_data)).removeprefix("geo/")
            try:
                results[key] = extract_file(path)
            except ExtractionError as error:
                results[key] = error
    return results


def test_extract_shared_imagery_fails_only_where_it_must(outcomes):
    refused = {key: found.code for key, found in outcomes.items() if isinstance(found, ExtractionError)}
    assert refused == REFUSED


def test_extract_shared_imagery_makes_valid_items_without_locations(outcomes, shared_data):
    for key, found in outcomes.items():
        if isinstance(found, ExtractionError):
            continue
        document = build_item_document(found, item_id="a", collection_id="c", href="https://example.org/a")
        assert item_errors(document) == [], key
        assert str(shared_data) not in json.dumps(document, allow_nan=False), key


def test_extract_shared_imagery_puts_each_on_earth_or_in_pixel_space(outcomes):
    pixel = {key for key, found in outcomes.items() if isinstance(found, Extraction) and found.kind == "pixel"}
    assert {key for key in pixel if not key.startswith("medical/")} == PIXEL_SPACE


def test_extract_shared_imagery_finds_the_known_places(outcomes):
    found = {key: outcomes[key].bbox for key in PLACES}
    for key, expected in PLACES.items():
        assert found[key] == pytest.approx(expected, abs=0.06), key


def test_extract_shared_imagery_finds_the_known_times(outcomes):
    found = {key: (outcomes[key].datetime.isoformat()[:19], outcomes[key].datetime_source) for key in TIMES}
    assert found == TIMES


def test_extract_slide_tells_scale_magnification_and_associated_images(outcomes):
    properties = outcomes["medical/CMU-1-Small-Region.svs"].properties
    assert properties["geodata:pixel_size"] == [0.499, 0.499]
    assert properties["geodata:magnification"] == 20
    assert properties["geodata:associated_images"] == ["label", "macro", "thumbnail"]
    assert properties["proj:shape"] == [2967, 2220]


def test_extract_multichannel_stack_counts_channels_and_frames(outcomes):
    properties = outcomes["medical/multi-channel-z-series.ome.tif"].properties
    assert (len(properties["geodata:channels"]), properties["geodata:frames"]) == (3, 15)


def test_extract_dicom_slide_is_read_as_a_pyramid(outcomes):
    slide = outcomes["medical/cmu-dicom-wsi/level_2220x2967.dcm"]
    assert (slide.driver, slide.media_type) == ("dicom", "application/dicom")
    assert slide.properties["geodata:pixel_size"] == [0.499, 0.499]


def test_extract_message_archive_cut_short_is_corrupt(data_file, tmp_path):
    content = data_file("geo/format/gfs_10p0.grib2").read_bytes()
    cut = tmp_path / "cut.grib2"
    cut.write_bytes(content[:-100])
    with pytest.raises(ExtractionError) as caught:
        extract(str(cut), name="cut.grib2")
    assert caught.value.code == "corrupt"
