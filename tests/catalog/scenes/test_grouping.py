"""Which files are of one scene, by their paths alone."""

import pytest
from django.test import Client

from catalog.models import Item
from catalog.scenes.grouping import chosen_sensors, group_files
from catalog.scenes.pattern import check_pattern
from catalog.scenes.scene import SceneError, SceneFiles
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.scenes.ingesting import ingest, outcome, upload, write_band

LANDSAT = "LC09_L1TP_190024_20220610_20230412_02_T1"


def grouped(hrefs, option=None):
    return [
        (group.id if group.sensor else "", len(group.hrefs)) for group in group_files(hrefs, chosen_sensors(option))
    ]


def test_files_of_two_scenes_in_one_folder_are_told_apart():
    other = LANDSAT.replace("190024", "190025")
    hrefs = [f"s3://b/x/{scene}_{name}" for scene in (LANDSAT, other) for name in ("B1.TIF", "B2.TIF", "MTL.txt")]
    assert grouped([*hrefs, "s3://b/x/readme.tif"]) == [("", 1), (LANDSAT, 3), (other, 3)]


def test_same_scene_in_two_folders_is_two():
    assert grouped([f"s3://b/{each}/{LANDSAT}_B{band}.TIF" for each in "xy" for band in (1, 2)]) == [
        (LANDSAT, 2),
        (LANDSAT, 2),
    ]


def test_lone_band_is_no_scene_and_lone_metadata_is():
    assert grouped([f"https://e.org/{LANDSAT}_B1.TIF"]) == [("", 1)]
    assert grouped([f"https://e.org/{LANDSAT}_MTL.xml?sig=1"]) == [(LANDSAT, 1)]


def test_scenes_are_given_as_a_listing_leaves_their_folders():
    seen = []

    def listing():
        for number in range(3):
            for band in (1, 2):
                seen.append(number)
                yield f"s3://b/{number}/{LANDSAT}_B{band}.TIF"

    for count, _ in enumerate(group_files(listing()), 1):
        assert len(seen) <= 2 * count + 1


@pytest.mark.parametrize(
    ("pattern", "hrefs", "scenes"),
    [
        ("{scene}_{band}.tif", ["s3://b/l8_B2.tif", "s3://b/l8_B3.tif", "s3://b/x.tif"], [("", 1), ("l8", 2)]),
        ("{scene}/{band}.tif", ["s3://b/a/red.tif", "s3://b/a/nir.tif", "s3://b/c/red.tif"], [("a", 2), ("", 1)]),
        ("{band}/{scene}.tif", ["s3://b/nir/a.tif", "s3://b/red/a.tif"], [("a", 2)]),
        ("{scene}-{date}-{band}.*", ["f-2024-01-02-r.tif", "f-2024-01-02-n.TIF"], [("f", 2)]),
    ],
)
def test_pattern_says_which_files_are_of_one_scene(pattern, hrefs, scenes):
    assert sorted(grouped(hrefs, {"pattern": pattern})) == sorted(scenes)


@pytest.mark.parametrize(
    "pattern", ["", "{scene}.tif", "{scene}{band}.tif", "{scene}_{band}_{x}.tif", "{scene}_**_{band}"]
)
def test_pattern_that_tells_nothing_apart_is_refused(pattern):
    with pytest.raises(SceneError):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "option",
    [
        1,
        "yes",
        {"pattern": "{scene}.tif"},
        {"pattern": 3},
        {"glob": "x"},
        {"pattern": "{scene}_{band}", "bands": {"a": 1}},
    ],
)
def test_api_refuses_other_values_of_scenes(api, collection, option):
    body = {"collection": collection.pk, "sources": [{"href": "https://e.org/a.tif"}], "options": {"scenes": option}}
    answer = api.post("/api/ingests/", body, format="json")
    assert answer.status_code == 400
    assert "scenes" in answer.json()["description"]


def test_pattern_with_names_for_its_bands_shows_ndvi(user, collection, tmp_path):
    for band, value in (("B4", 1000), ("B5", 3000), ("B6", 500)):
        write_band(tmp_path / f"l8_{band}.tif", value=value)
    write_band(tmp_path / "other_thing.tif")
    scenes = {"pattern": "{scene}_{band}.*", "bands": {"B4": "red", "B5": "nir"}}
    job = ingest(user, collection, upload(user, tmp_path), scenes=scenes)
    assert sorted(kind for kind, *_ in outcome(job)) == ["file", "scene"]
    item = Item.objects.get(item_id="l8")
    assert set(item.assets) == {"red", "nir", "B6", "thumbnail"}
    assert item.assets["red"]["bands"][0]["name"] == "B4"
    assert Client().get("/tiles/scenes/l8/data/thumbnail.webp?render=ndvi").status_code == 200


@pytest.mark.parametrize(
    ("sensor", "scene", "names"),
    [
        ("aster", "AST_L1T_00305032000040446_20150409135350_78838", ["{}.hdf", "{}.hdf.xml", "{}_T.tif", "{}.jpg"]),
        ("modis", "MOD021KM.A2022033.1045.061.2022042050729", ["{}.hdf", "{}.hdf.xml"]),
        ("viirs", "VJ109GA.A2022033.h09v05.002.2022034071155", ["{}.h5", "{}.h5.xml"]),
        ("hls", "HLS.L30.T10SEG.2022033T184436.v2.0", ["{}.B04.tif", "{}.Fmask.tif", "{}.cmr.xml", "{}_stac.json"]),
        ("planet", "20220202_101112_12_2413", ["{}_3B_AnalyticMS_SR_8b.tif", "{}_3B_udm2.tif", "{}_metadata.json"]),
        ("planet", "20200101_101112_ssc1_u0001", ["{}_analytic.tif", "{}_analytic_udm.tif", "{}_metadata.json"]),
        ("maxar", "19JAN12153424", ["{}-M1BS_R1C1-0123_01_P001.TIF", "{}-M1BS-0123_01_P001.IMD"]),
        ("airbus", "PNEO3_PMS_202108271047043_ORT_abc-1", ["IMG_{}_R1C1.TIF", "DIM_{}.XML", "PREVIEW_{}.JPG"]),
        ("naip", "m_3211605_ne_11_060_20200415", ["{}.tif", "{}_20200730.xml"]),
        ("sentinel-2", "S2A_7HFE_20190212_0_L2A", ["{}/B04.tif", "{}/L2A_PVI.tif", "{}/{}.json"]),
    ],
)
def test_files_of_each_archive_are_one_scene(sensor, scene, names):
    hrefs = sorted(f"s3://b/some/folder/{name.replace('{}', scene)}" for name in names)
    (group,) = group_files(hrefs, chosen_sensors(True))
    assert group.sensor
    assert (group.sensor.name, group.id, group.hrefs) == (sensor, scene, hrefs)


def test_aster_granule_is_dated_by_its_name():
    scene = "AST_L1T_00305032000040446_20150409135350_78838"
    sensor = next(each for each in chosen_sensors(True) if each.name == "aster")
    found = sensor.describe(SceneFiles(scene, [f"{scene}.hdf", f"{scene}_T.tif"], lambda _: b""))
    assert (found.id, found.properties["datetime"]) == (scene, "2000-05-03T04:04:46Z")
    assert [asset.key for asset in found.assets] == ["hdf", "T"]


@pytest.mark.django_db
def test_scene_whose_store_is_away_is_tried_again(user, collection, closed_port, settings):
    settings.INGEST_ALLOW_PRIVATE = ["127.0.0.0/8"]
    hrefs = [f"http://127.0.0.1:{closed_port}/{LANDSAT}_B{band}.TIF" for band in (3, 4)]
    job = create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(href=href) for href in hrefs])
    source = job.sources.get()
    process_source(source.pk)
    source.refresh_from_db()
    assert (source.kind, source.state, source.retries, source.parts) == ("scene", "queued", 1, hrefs)
