"""A remote file that was replaced is read anew where it is ingested again, and till then not at all."""

import math

import pytest
from django.test import Client
from osgeo import gdal

from catalog.extraction import extract
from catalog.services.ingest.imagery import admit_remote_file, write_imagery_item
from catalog.services.items.assets import find_source
from tests.catalog.factories import ChecksumFileFactory, IngestJobFactory, IngestSourceFactory
from tests.catalog.imagery import write_scene
from tiles.sources.pool import POOL
from tiles.sources.registry import open_source


def test_extract_after_replacement_describes_the_new_file(file_server):
    path = f"/vsicurl/{file_server.url}/a.tif"
    write_scene(file_server.folder / "a.tif", size=128)
    assert extract(path, name="a.tif").properties["proj:shape"] == [128, 128]
    write_scene(file_server.folder / "a.tif", size=256)
    assert extract(path, name="a.tif").properties["proj:shape"] == [256, 256]


def test_open_source_of_a_new_version_reads_the_new_file(collection, file_server):
    url = f"{file_server.url}/a.tif"
    for size in (128, 256):
        write_scene(file_server.folder / "a.tif", size=size)
        file = ChecksumFileFactory(collection=collection, url=url, name="a.tif", version=f"v{size}")
        item = write_imagery_item(file, options={})
        source = open_source(find_source(item, "data"))
        assert (source.width, source.height) == (size, size)
    assert item.properties["proj:shape"] == [256, 256]


def tile_of(item) -> str:
    return f"/tiles/{item.collection_id}/{item.item_id}/data/preview.png"


def ingest(href, *, collection):
    source = IngestSourceFactory(job=IngestJobFactory(collection=collection), href=href)
    return write_imagery_item(admit_remote_file(source), options={})


def forget_all():
    """Be as a process that has read nothing yet: a small file may be known whole."""
    POOL.close()
    gdal.VSICurlClearCache()


def test_part_of_a_file_that_was_replaced_is_not_mixed_with_the_new_one(collection, file_server, client: Client):
    write_scene(file_server.folder / "a.tif", size=2048)
    item = ingest(f"{file_server.url}/a.tif", collection=collection)
    forget_all()
    part = (
        f"/tiles/{item.collection_id}/{item.item_id}/data/region.png?left=0&right=64&top={{}}&bottom={{}}&units=pixels"
    )
    assert client.get(part.format(0, 64)).status_code == 200
    write_scene(file_server.folder / "a.tif", seed=1, size=2048)
    response = client.get(part.format(1900, 2000))
    assert (response.status_code, response.json()["code"]) == (409, "source_replaced")


def test_file_replaced_while_it_is_served_is_not_shown(
    collection, file_server, client: Client, django_capture_on_commit_callbacks
):
    write_scene(file_server.folder / "a.tif", size=512)
    item = ingest(f"{file_server.url}/a.tif", collection=collection)
    assert client.get(tile_of(item)).status_code == 200
    write_scene(file_server.folder / "a.tif", size=256)
    forget_all()
    response = client.get(tile_of(item), {"rescale": "1,2"})
    assert (response.status_code, response.json()["code"]) == (409, "source_replaced")
    assert "a.tif was replaced since it was ingested" in response.json()["description"]
    with django_capture_on_commit_callbacks(execute=True):
        item = ingest(f"{file_server.url}/a.tif", collection=collection)
    assert client.get(tile_of(item), {"rescale": "1,3"}).status_code == 200
    assert item.properties["proj:shape"] == [256, 256]


def test_object_replaced_while_it_is_served_is_not_shown(collection, bucket, tmp_path, client: Client):
    for size in (512, 256):
        write_scene(tmp_path / f"{size}.tif", size=size)
    bucket.put_object(Bucket="imagery", Key="a.tif", Body=(tmp_path / "512.tif").read_bytes())
    item = ingest("s3://imagery/a.tif", collection=collection)
    assert client.get(tile_of(item)).status_code == 200
    bucket.put_object(Bucket="imagery", Key="a.tif", Body=(tmp_path / "256.tif").read_bytes())
    forget_all()
    response = client.get(tile_of(item), {"rescale": "1,2"})
    assert (response.status_code, response.json()["code"]) == (409, "source_replaced")


SEVERAL = (
    "tiles/{}.png?assets=data,other&expression=b1-b2&rescale=-255,255",
    "data/preview.png?assets=data,other,data&resampling=average",
    "data/statistics?assets=data,other",
    "data/point/{},{}?assets=data,other",
    "data/pixel?assets=data,other&left=5&top=5&units=pixels",
)


@pytest.fixture
def of_two_files(collection, file_server):
    """Return an item of two remote files, and their folder."""
    for name, seed in (("a.tif", 0), ("b.tif", 7)):
        write_scene(file_server.folder / name, size=1024, seed=seed)
    item, other = (ingest(f"{file_server.url}/{name}", collection=collection) for name in ("a.tif", "b.tif"))
    item.assets["other"], item.asset_files["other"] = other.assets["data"], other.asset_files["data"]
    item.save()
    forget_all()
    return item, file_server.folder


def several(item) -> list[str]:
    """Return addresses at which both files are read: tiles, regions, statistics, values."""
    west, south, east, north = item.bbox
    longitude, latitude = (west + east) / 2, (south + north) / 2
    n = 2**13
    x, y = int((longitude + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n)
    start = f"/tiles/{item.collection_id}/{item.item_id}"
    filled = (SEVERAL[0].format(f"13/{x}/{y}"), *SEVERAL[1:3], SEVERAL[3].format(longitude, latitude), SEVERAL[4])
    return [f"{start}/{each}" for each in filled]


@pytest.mark.parametrize("number", range(len(SEVERAL)))
def test_several_files_are_each_asked_for_by_their_own_content(of_two_files, client: Client, number):
    item, _ = of_two_files
    response = client.get(several(item)[number])
    assert response.status_code == 200, response.content


@pytest.mark.parametrize("number", range(len(SEVERAL)))
def test_one_of_several_files_that_was_replaced_is_not_shown(of_two_files, client: Client, number):
    item, folder = of_two_files
    write_scene(folder / "b.tif", size=512)
    response = client.get(several(item)[number])
    assert (response.status_code, response.json()["code"]) == (409, "source_replaced")
    assert "b.tif was replaced" in response.json()["description"]


@pytest.mark.parametrize("etag", ["", 'W/"1"'])
def test_file_of_no_certain_content_is_read(collection, file_server, client: Client, etag):
    write_scene(file_server.folder / "a.tif", size=256)
    item = ingest(f"{file_server.url}/a.tif", collection=collection)
    collection.files.update(etag=etag)
    assert client.get(tile_of(item)).status_code == 200
