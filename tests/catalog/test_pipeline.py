"""From a request to a picture, with a real broker, a real worker and real stores."""

import io
import signal
from datetime import timedelta

import numpy as np
import pytest
import redis
from django.test import Client
from django.utils import timezone
from osgeo import osr
from PIL import Image

from catalog.models import IngestJob, IngestSource, Item
from catalog.services.ingest.jobs import finish_ended_jobs, redispatch_lost_sources
from tests.catalog.imagery import NORTH, PIXEL, WEST, write_scene
from tests.services.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def _wait(api, job):
    """Look at the job until it has ended, doing meanwhile what the beat does."""

    def has_ended() -> bool:
        redispatch_lost_sources()
        finish_ended_jobs()
        return _look(api, job)["state"] != "running"

    try:
        wait_until(has_ended, what="the job's end")
    except TimeoutError:
        pytest.fail(f"the job has not ended: {_look(api, job)['counts']}")
    return _look(api, job)


def _look(api, job):
    return api.get(job["links"]["self"]).json()


def _ingest(api, collection, sources):
    answer = api.post("/api/ingests/", {"collection": collection.pk, "sources": sources}, format="json")
    assert answer.status_code == 202, answer.json()
    return answer.json()


def _errors(api, job):
    sources = api.get(job["links"]["sources"]).json()["results"]
    return {source["name"]: source["error"]["code"] for source in sources if source["error"]}


def _pixel_at(png: bytes, tile, lon_lat):
    """Return the color of a place on a WebMercator tile."""
    z, x, y = tile
    lon, lat = lon_lat
    n = 2**z
    column = ((lon + 180) / 360 * n - x) * 256
    row = ((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n - y) * 256
    return Image.open(io.BytesIO(png)).convert("RGBA").getpixel((int(column), int(row)))


def _place_of(column, row):
    """Longitude and latitude of the centre of one of the scene's pixels."""
    utm, wgs84 = osr.SpatialReference(), osr.SpatialReference()
    utm.ImportFromEPSG(32633)
    wgs84.ImportFromEPSG(4326)
    wgs84.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    x, y = WEST + (column + 0.5) * PIXEL, NORTH - (row + 0.5) * PIXEL
    return osr.CoordinateTransformation(utm, wgs84).TransformPoint(x, y)[:2]


def test_pipeline_from_s3_prefix_shows_the_sources_pixels(bucket, worker, api, collection, tmp_path):
    # In this order, so that the worker inherits where the store is.
    del worker
    pixels = write_scene(tmp_path / "scene.tif")
    bucket.upload_file(str(tmp_path / "scene.tif"), "imagery", "2024/scene.tif")
    bucket.put_object(Bucket="imagery", Key="2024/readme.txt", Body=b"not imagery")
    job = _wait(api, _ingest(api, collection, [{"prefix": "s3://imagery/2024/"}]))
    assert job["counts"] | {"succeeded": 2, "failed": 0} == job["counts"], _errors(api, job)

    anonymous = Client()
    (feature,) = anonymous.get("/stac/search", {"bbox": "14.9,45.0,15.2,45.2"}).json()["features"]
    assert feature["properties"]["datetime"] == "2024-05-01T10:30:00Z"
    links = {link["rel"]: link["href"] for link in feature["links"]}
    tilejson = anonymous.get(links["tilejson"]).json()
    column, row = 100, 50
    lon, lat = _place_of(column, row)
    z = tilejson["maxzoom"]
    x, y = int((lon + 180) / 360 * 2**z), int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**z)
    template = tilejson["tiles"][0].replace(".webp", ".png")
    answer = anonymous.get(template.format(z=z, x=x, y=y))
    assert answer.status_code == 200
    shown = _pixel_at(answer.content, (z, x, y), (lon, lat))
    assert shown[3] == 255
    assert np.abs(np.array(shown[:3], int) - pixels[:, row, column]).max() <= 3
    thumbnail = anonymous.get(feature["assets"]["thumbnail"]["href"])
    assert Image.open(io.BytesIO(b"".join(thumbnail.streaming_content))).format == "WEBP"


def test_pipeline_with_bad_sources_ingests_the_good(worker, api, collection, file_server):
    del worker
    folder, url = file_server.folder, file_server.url
    write_scene(folder / "good.tif")
    (folder / "text.tif").write_text("This is not an image at all.\n" * 100)
    (folder / "truncated.tif").write_bytes((folder / "good.tif").read_bytes()[:20_000])
    (folder / "virtual.tif").write_text(
        "<VRTDataset rasterXSize='1' rasterYSize='1'><VRTRasterBand dataType='Byte' band='1'><SimpleSource>"
        "<SourceFilename>/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    (folder / "empty.tif").write_bytes(b"")
    hrefs = [
        f"{url}/{name}" for name in ("good.tif", "text.tif", "truncated.tif", "virtual.tif", "empty.tif", "none.tif")
    ]
    job = _wait(
        api,
        _ingest(
            api,
            collection,
            [
                *({"href": href} for href in hrefs),
                {"href": "http://10.0.0.1/private.tif"},
                {"href": "/vsicurl/http://example.org/vsi.tif"},
                {"href": "ftp://example.org/scheme.tif"},
            ],
        ),
    )
    errors = _errors(api, job)
    assert job["counts"]["succeeded"] == 1
    assert errors.pop("truncated.tif") in {"truncated", "corrupt"}
    assert errors == {
        "text.tif": "not_an_image",
        "virtual.tif": "unsupported_format",
        "empty.tif": "not_an_image",
        "none.tif": "source_not_found",
        "private.tif": "source_refused",
        "vsi.tif": "source_refused",
        "scheme.tif": "source_refused",
    }
    assert [item.item_id for item in Item.objects.all()] == ["good"]


def test_pipeline_of_an_upload_makes_an_item(worker, api, collection, tmp_path):
    del worker
    write_scene(tmp_path / "upload.tif")
    content = (tmp_path / "upload.tif").read_bytes()
    file = api.generic("POST", "/api/files/?name=upload.tif", content, content_type="image/tiff").json()
    job = _wait(api, _ingest(api, collection, [{"file": file["id"]}]))
    assert job["counts"]["succeeded"] == 1, _errors(api, job)
    feature = Client().get("/stac/search").json()["features"][0]
    assert feature["id"] == "upload"
    assert feature["assets"]["data"]["file:checksum"] == file["checksum"]
    download = Client().get(feature["assets"]["data"]["href"])
    assert b"".join(download.streaming_content) == content


def test_pipeline_of_two_files_with_one_name_makes_two_items(worker, api, collection, file_server):
    del worker
    for folder in ("a", "b"):
        (file_server.folder / folder).mkdir()
        write_scene(file_server.folder / folder / "B04.tif", seed=ord(folder))
    hrefs = [{"href": f"{file_server.url}/{folder}/B04.tif"} for folder in ("a", "b")]
    _wait(api, _ingest(api, collection, hrefs))
    ids = sorted(Item.objects.values_list("item_id", flat=True))
    assert len(ids) == 2
    assert ids[0] == "B04"
    # Again: the same two, unchanged.
    versions = list(Item.objects.order_by("pk").values_list("item_id", "version"))
    _wait(api, _ingest(api, collection, hrefs))
    assert list(Item.objects.order_by("pk").values_list("item_id", "version")) == versions


def test_pipeline_with_worker_killed_and_broker_flushed_still_ends(
    worker, api, collection, file_server, redis_site, monkeypatch
):
    monkeypatch.setattr("catalog.services.ingest.jobs.GRACE", timedelta(0))
    names = [f"scene{number:02}.tif" for number in range(12)]
    for number, name in enumerate(names):
        write_scene(file_server.folder / name, seed=number)
    # The worker can't be done before it is killed.
    with file_server.holding(names[-1]):
        job = _ingest(api, collection, [{"href": f"{file_server.url}/{name}"} for name in names])
        succeeded = IngestSource.objects.filter(state="succeeded")
        wait_until(succeeded.exists, what="the first item")
        assert worker.reap() == -signal.SIGKILL
    with redis.from_url(redis_site) as client:
        client.flushall()
    assert IngestJob.objects.get().finished is None
    # The dead worker's leases run out.
    IngestSource.objects.filter(state="running").update(lease_expires=timezone.now() - timedelta(seconds=1))
    worker.start()
    job = _wait(api, job)
    assert job["counts"]["succeeded"] == len(names), _errors(api, job)
    assert Item.objects.count() == len(names)
