"""Landsat scenes, synthetic ones and, where they are, the real ones with the item that USGS makes of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.test import Client

from catalog.models import Collection, Item
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.scenes.ingesting import (
    SCENES,
    checked,
    ingest,
    only_item,
    outcome,
    overlap_of,
    put_folder,
    shared_scene,
    upload,
    write_band,
)
from tests.real_data import SHARED_DATA

REAL = "LC08_L2SR_099120_20191129_20201016_02_T2"
TM = "LT05_L2SP_190024_19870610_20200101_02_T1"
VALUES = {
    "PRODUCT_CONTENTS": {
        "LANDSAT_PRODUCT_ID": TM,
        "PROCESSING_LEVEL": "L2SP",
        "COLLECTION_NUMBER": "02",
        "COLLECTION_CATEGORY": "T1",
        "FILE_NAME_BAND_3": f"{TM}_SR_B3.TIF",
        "FILE_NAME_BAND_4": f"{TM}_SR_B4.TIF",
        "FILE_NAME_BAND_ST_B6": f"{TM}_ST_B6.TIF",
    },
    "IMAGE_ATTRIBUTES": {
        "DATE_ACQUIRED": "1987-06-10",
        "SCENE_CENTER_TIME": "09:30:15.1230000Z",
        "CLOUD_COVER": "12.50",
        "CLOUD_COVER_LAND": "-1",
        "SUN_AZIMUTH": "-135.5",
        "SUN_ELEVATION": "55.25",
        "WRS_PATH": "190",
        "WRS_ROW": "24",
    },
    "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": {
        "REFLECTANCE_MULT_BAND_3": "2.75e-05",
        "REFLECTANCE_ADD_BAND_3": "-0.2",
    },
    "LEVEL2_SURFACE_TEMPERATURE_PARAMETERS": {"TEMPERATURE_MULT_BAND_ST_B6": "0.00341802"},
}


def mtl_json() -> str:
    return json.dumps({"LANDSAT_METADATA_FILE": VALUES})


def mtl_xml() -> str:
    groups = "".join(
        f"<{group}>{''.join(f'<{name}>{text}</{name}>' for name, text in values.items())}</{group}>"
        for group, values in VALUES.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><LANDSAT_METADATA_FILE>{groups}</LANDSAT_METADATA_FILE>'


def mtl_txt() -> str:
    lines = ["GROUP = LANDSAT_METADATA_FILE"]
    for group, values in VALUES.items():
        lines += [f"  GROUP = {group}", *(f'    {name} = "{text}"' for name, text in values.items())]
        lines.append(f"  END_GROUP = {group}")
    return "\n".join([*lines, "END_GROUP = LANDSAT_METADATA_FILE", "END"])


MTLS = {"MTL.json": mtl_json(), "MTL.xml": mtl_xml(), "MTL.txt": mtl_txt()}


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a folder of a Landsat 5 scene without its MTL."""
    folder = tmp_path / TM
    write_band(folder / f"{TM}_SR_B3.TIF", value=8000)
    write_band(folder / f"{TM}_SR_B4.TIF", value=20000)
    write_band(folder / f"{TM}_ST_B6.TIF", value=44000)
    write_band(folder / f"{TM}_QA_PIXEL.TIF", value=5000)
    return folder


@pytest.mark.parametrize("name", MTLS)
def test_scene_is_described_by_each_spelling_of_its_mtl(folder, bucket, user, collection, name):
    (folder / f"{TM}_{name}").write_text(MTLS[name])
    put_folder(bucket, folder, "l5/")
    job = ingest(user, collection, [SourceSpec(prefix="s3://imagery/l5/")])
    item = only_item(job)
    properties = checked(item)["properties"]
    assert [kind for kind, *_ in outcome(job)] == ["prefix", "scene"]
    assert properties["datetime"].startswith("1987-06-10T09:30:15.123")
    assert properties["eo:cloud_cover"] == 12.5
    assert "landsat:cloud_cover_land" not in properties
    assert (properties["view:sun_azimuth"], properties["view:sun_elevation"]) == (224.5, 55.25)
    assert (properties["platform"], properties["instruments"]) == ("landsat-5", ["tm"])
    assert properties["landsat:wrs_row"] == "024"
    assert set(item.assets) == {"red", "nir08", "lwir", "qa_pixel", name.lower(), "thumbnail"}
    red = item.assets["red"]
    assert red["bands"][0]["eo:common_name"] == red["eo:bands"][0]["common_name"] == "red"
    assert (red["bands"][0]["raster:scale"], red["bands"][0]["raster:offset"]) == (2.75e-05, -0.2)
    assert red["proj:shape"] == [32, 32]
    assert properties["proj:code"] == "EPSG:32633"
    assert item.assets["qa_pixel"]["roles"] == ["cloud", "cloud-shadow", "snow-ice", "water-mask"]


def test_scene_of_uploads_shows_ndvi_at_once_and_again_changes_nothing(folder, user, collection):
    (folder / f"{TM}_MTL.txt").write_text(mtl_txt())
    specs = upload(user, folder)
    item = only_item(ingest(user, collection, specs))
    for query in ("render=ndvi", "assets=nir08,red,nir08"):
        answer = Client().get(f"/tiles/scenes/{TM}/tiles/13/4437/2942.png?{query}")
        assert answer.status_code == 200, answer.getvalue()
    zero, red, nir = 0.2 / 2.75e-05, 8000 + 1, 20000 + 1
    point = Client().get(f"/tiles/scenes/{TM}/data/point/15.0001,45.1516?render=ndvi").json()
    assert np.isclose(next(iter(point["values"])), (nir - red) / (nir + red - 2 * zero), atol=0.002), point
    ingest(user, collection, specs)
    again = Item.objects.get()
    assert again.version == item.version
    assert Collection.objects.get().extra["renders"].keys() == {"ndvi"}


def test_scene_given_as_a_list_is_one_source_and_finds_its_mtl(folder, bucket, user, collection):
    (folder / f"{TM}_MTL.json").write_text(mtl_json())
    put_folder(bucket, folder, "l5/")
    hrefs = [f"s3://imagery/l5/{path.name}" for path in sorted(folder.glob("*.TIF"))]
    job = ingest(user, collection, [SourceSpec(href=href) for href in hrefs])
    assert outcome(job) == [("scene", TM, "succeeded", "")]
    assert only_item(job).properties["eo:cloud_cover"] == 12.5


def test_mtl_alone_brings_the_images_that_it_names(folder, bucket, user, collection):
    (folder / f"{TM}_MTL.json").write_text(mtl_json())
    put_folder(bucket, folder, "l5/")
    job = ingest(user, collection, [SourceSpec(href=f"s3://imagery/l5/{TM}_MTL.json")])
    assert {"red", "nir08", "lwir", "mtl.json"} <= only_item(job).assets.keys()


def test_scene_with_a_band_missing_says_so_and_shows_the_others(folder, bucket, user, collection):
    (folder / f"{TM}_MTL.json").write_text(mtl_json())
    (folder / f"{TM}_SR_B4.TIF").unlink()
    (folder / f"{TM}_ST_B6.TIF").write_bytes((folder / f"{TM}_ST_B6.TIF").read_bytes()[:500])
    put_folder(bucket, folder, "l5/")
    job = ingest(user, collection, [SourceSpec(prefix="s3://imagery/l5/")])
    item, source = only_item(job), job.sources.last()
    assert {"red", "qa_pixel", "mtl.json"} <= item.assets.keys()
    assert "nir08" not in item.assets
    assert source.state == "succeeded"
    missing, damaged = source.warnings
    assert "SR_B4.TIF is missing" in missing
    assert "ST_B6.TIF is left out" in damaged
    assert item.properties["geodata:warnings"] == source.warnings


def test_mtl_of_another_scene_is_not_used_and_told(folder, bucket, user, collection):
    (folder / f"{TM}_MTL.json").write_text(mtl_json().replace("_190024_", "_190025_"))
    put_folder(bucket, folder, "l5/")
    job = ingest(user, collection, [SourceSpec(prefix="s3://imagery/l5/")])
    item = only_item(job)
    assert "eo:cloud_cover" not in item.properties
    assert item.properties["start_datetime"].startswith("1987-06-10")
    assert "describes LT05_L2SP_190025" in job.sources.last().warnings[0]


def test_images_in_several_coordinate_systems_are_told(folder, bucket, user, collection):
    (folder / f"{TM}_MTL.json").write_text(mtl_json())
    write_band(folder / f"{TM}_SR_B4.TIF", epsg=32634)
    put_folder(bucket, folder, "l5/")
    job = ingest(user, collection, [SourceSpec(prefix="s3://imagery/l5/")])
    assert "proj:code" not in only_item(job).properties
    assert "several coordinate systems: EPSG:32633, EPSG:32634" in job.sources.last().warnings[0]


def test_scenes_false_makes_an_item_of_each_file(folder, bucket, user, collection):
    put_folder(bucket, folder, "l5/")
    ingest(user, collection, [SourceSpec(prefix="s3://imagery/l5/")], scenes=False)
    assert Item.objects.count() == 4


def test_real_scene_becomes_the_item_that_usgs_makes_of_it(bucket, user, collection):
    put_folder(bucket, shared_scene(REAL), f"landsat/{REAL}/")
    item = only_item(ingest(user, collection, [SourceSpec(prefix="s3://imagery/landsat/")]))
    expected = json.loads((SCENES / f"{REAL}.expected.json").read_text())
    own, theirs = checked(item)["properties"], expected["properties"]
    assert item.item_id == expected["id"]
    assert own["datetime"] == "2019-11-29T01:00:37.5764700Z"
    for name, stated in {
        "eo:cloud_cover": "eo:cloud_cover",
        "view:sun_azimuth": "eo:sun_azimuth",
        "view:sun_elevation": "eo:sun_elevation",
        "view:off_nadir": "eo:off_nadir",
    }.items():
        assert own[name] == theirs[stated]
    for name in ("scene_id", "collection_category", "collection_number", "wrs_type", "cloud_cover_land"):
        assert own[f"landsat:{name}"] == theirs[f"landsat:{name}"]
    names = {asset["bands"][0].get("name"): asset["bands"][0] for asset in item.assets.values() if "bands" in asset}
    for band in theirs["eo:bands"]:
        assert names[band["name"]]["eo:common_name"] == band["common_name"]
        assert abs(names[band["name"]]["eo:center_wavelength"] - band["center_wavelength"]) <= 0.011
    ends = {Path(asset["href"]).name for asset in expected["assets"].values()} - {REAL}
    assert ends <= {Path(asset["href"]).name for asset in item.assets.values()}
    assert overlap_of(item, expected) > 0.98
    for query in ("assets=red,green,blue", "render=ndvi", "render=true-color"):
        answer = Client().get(f"/tiles/scenes/{item.item_id}/data/thumbnail.webp?{query}")
        assert answer.status_code == 200, answer.getvalue()


GREENLAND = "LC08_L2SP_005009_20150710_20200908_02_T2"


def test_real_scene_of_few_bands_lies_where_usgs_says_and_shows_ndvi(bucket, user, collection):
    folder = SHARED_DATA / "geo" / "multiband" / "landsat-c2-l2_005009_greenland"
    if not folder.is_dir():
        pytest.skip("the shared imagery is not here")
    put_folder(bucket, folder, "greenland/")
    job = ingest(user, collection, [SourceSpec(prefix="s3://imagery/greenland/")])
    item = only_item(job)
    expected = json.loads((folder / f"{GREENLAND}_SR_stac.json").read_text())
    assert item.properties["eo:cloud_cover"] == expected["properties"]["eo:cloud_cover"]
    assert {"red", "green", "blue", "nir08", "qa_pixel"} <= item.assets.keys()
    assert any("SR_B1.TIF is missing" in warning for warning in job.sources.last().warnings)
    assert overlap_of(item, expected) > 0.98
    answer = Client().get(f"/tiles/scenes/{GREENLAND}/data/thumbnail.webp?render=ndvi")
    assert answer.status_code == 200, answer.getvalue()
