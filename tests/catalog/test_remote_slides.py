"""Slides in buckets and on web servers: from an ingest by a real worker to their tiles."""

import base64
import logging
import zlib

import pytest
from django.test import Client

from catalog.models import ChecksumFile, IngestSource, Item
from catalog.remote.probing import describe
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sidecars import find_sidecars
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.test_pipeline import _errors, _ingest, _wait
from tests.tiles.slides import write_ome
from tests.tiles.test_outside_names import HDF5
from tiles.errors import SourceUnreachable
from tiles.slides.source import SlideSource
from tiles.slides.tile import untouched_tile
from tiles.sources import copies
from tiles.sources.copies import CopySettings, configure_copies
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.style import Style

SERIES = "2024/slide/"


@pytest.fixture
def series(bucket, data_file):
    """Upload a whole-slide series of five levels in a folder of the bucket, beside a file that is none of it."""
    for path in sorted(data_file("medical/cmu-dicom-wsi").iterdir()):
        bucket.upload_file(str(path), "imagery", SERIES + path.name)
    bucket.put_object(Bucket="imagery", Key=SERIES + "other.dcm", Body=b"no DICOM at all" * 100)
    return bucket


@pytest.fixture
def copies_folder(tmp_path):
    before = copies._settings[0]
    configure_copies(CopySettings(folder=str(tmp_path / "copies")))
    yield tmp_path / "copies"
    configure_copies(before)


def ingest(collection, user, *, href: str) -> IngestSource:
    job = create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(href=href)])
    process_source(job.sources.get().pk)
    return job.sources.get()


@pytest.mark.django_db(transaction=True)
def test_series_in_a_bucket_becomes_one_item(series, worker, api, collection):
    # In this order, so that the worker inherits where the store is.
    del series, worker
    job = _wait(api, _ingest(api, collection, [{"prefix": f"s3://imagery/{SERIES}"}]))
    assert job["counts"] | {"succeeded": 6, "failed": 1} == job["counts"], _errors(api, job)
    assert _errors(api, job) == {"other.dcm": "not_an_image"}
    item = Item.objects.get()
    assert (item.item_id, item.properties["proj:shape"]) == ("level_2220x2967", [2967, 2220])
    assert item.assets["data"]["geodata:driver"] == "dicom"
    assert "thumbnail" in item.assets
    client, base = Client(), f"/tiles/{item.collection_id}/{item.item_id}"
    document = client.get(f"{base}/tilejson.json").json()
    assert document["width"] == 2220
    # Lower levels are files of their own: their tiles are handed on as they lie there.
    tile = client.get(f"{base}/tiles/{document['maxzoom'] - 2}/0/0.jpg")
    assert tile.status_code == 200
    parts = [each for each in ChecksumFile.objects.filter(collection=collection) if each.url]
    assert [len(each.siblings) for each in parts if each.name == "level_2220x2967.dcm"] == [4]


def test_series_is_the_same_by_whichever_file(series, db):
    del series, db
    found = [find_sidecars(describe(f"s3://imagery/{SERIES}level_{size}.dcm")) for size in ("2220x2967", "138x185")]
    assert found[0] == found[1]
    assert found[0][0].href.endswith("level_2220x2967.dcm")
    assert "other.dcm" not in found[0][1]


def test_series_changes_with_any_of_its_files(series):
    before = find_sidecars(describe(f"s3://imagery/{SERIES}level_2220x2967.dcm"))[0].version
    series.delete_object(Bucket="imagery", Key=f"{SERIES}level_138x185.dcm")
    assert find_sidecars(describe(f"s3://imagery/{SERIES}level_2220x2967.dcm"))[0].version != before


def test_series_without_its_original_is_refused(series, collection, user):
    series.delete_object(Bucket="imagery", Key=f"{SERIES}level_2220x2967.dcm")
    source = ingest(collection, user, href=f"s3://imagery/{SERIES}level_555x741.dcm")
    assert source.state == IngestSource.State.FAILED
    assert "full resolution" in source.error_description


@pytest.mark.parametrize("where", ["s3", "http"])
def test_slide_on_a_server_is_shown(where, bucket, file_server, data_file, collection, user, copies_folder):
    path = data_file("medical/CMU-1-Small-Region.svs")
    if where == "s3":
        bucket.upload_file(str(path), "imagery", "slide.svs")
        href = "s3://imagery/slide.svs"
    else:
        (file_server.folder / "slide.svs").write_bytes(path.read_bytes())
        href = f"{file_server.url}/slide.svs"
    source = ingest(collection, user, href=href)
    assert source.state == IngestSource.State.SUCCEEDED, source.error_description
    # Nothing was fetched that it takes no look at.
    assert sum(copy.stat().st_blocks * 512 for copy in copies_folder.rglob("slide.svs")) < path.stat().st_size
    item = Item.objects.get()
    assert item.assets["data"]["geodata:driver"] == "openslide"
    assert item.properties["geodata:associated_images"] == ["label", "macro", "thumbnail"]
    base = f"/tiles/{item.collection_id}/{item.item_id}"
    assert Client().get(f"{base}/tiles/3/1/1.jpg").status_code == 200
    assert Client().get(f"{base}/deepzoom.dzi").status_code == 200


def test_slide_in_a_bucket_shows_its_first_tile_by_few_requests(bucket, data_file, caplog, copies_folder):
    bucket.upload_file(str(data_file("medical/CMU-1-Small-Region.svs")), "imagery", "slide.svs")
    ref = SourceRef("/vsis3/imagery/slide.svs", version="1", driver="openslide")
    assert not copies_folder.exists()
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        source = open_source(ref)
        assert isinstance(source, SlideSource)
        tiles = [untouched_tile(source, source.pixel_grid, (4, 3, row), style=Style(), size=0) for row in (4, 5)]
    assert all(tiles)
    # What there is and the file's head, two pages' descriptions, and the tiles.
    asked = [record.getMessage() for record in caplog.records if "GET /imagery/slide.svs" in record.getMessage()]
    assert len(asked) <= 6, asked
    assert source.describe()["magnification"] == 20
    bucket.put_object(Bucket="imagery", Key="slide.svs", Body=b"another one " * 200_000)
    with pytest.raises(SourceUnreachable):
        untouched_tile(source, source.pixel_grid, (4, 8, 11), style=Style(), size=0)


def test_ome_tiff_of_several_files_on_a_server_is_shown(file_server, collection, user):
    write_ome(file_server.folder / "first.ome.tif", z=2, companion="second.ome.tif")
    href = f"{file_server.url}/first.ome.tif"
    missing = ingest(collection, user, href=href)
    assert "second.ome.tif" in missing.error_description
    write_ome(file_server.folder / "second.ome.tif", z=2)
    source = ingest(collection, user, href=href)
    assert source.state == IngestSource.State.SUCCEEDED, source.error_description
    item = Item.objects.get()
    assert Client().get(f"/tiles/{item.collection_id}/{item.item_id}/tiles/0/0/0.png?z=1").status_code == 200


def test_hdf5_on_a_server_that_names_other_files_is_refused(file_server, collection, user):
    (file_server.folder / "a.h5").write_bytes(zlib.decompress(base64.b85decode(HDF5)))
    source = ingest(collection, user, href=f"{file_server.url}/a.h5")
    assert (source.state, source.error_code) == (IngestSource.State.FAILED, "unsupported_format")
