"""What one file costs: requests to its store, statements to the database, openings. These don't waver, times do."""

from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from osgeo import gdal

from catalog.models import IngestSource
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.imagery import write_scene
from tiles.sources import drivers
from tiles.sources.statistics import summarize

pytestmark = pytest.mark.django_db
# Of these there are as many as of transactions.
BRACKETS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def ingest(user, collection, file_server):
    """Return a function that has a worker ingest a remote file."""

    def run(name: str) -> IngestSource:
        specs = [SourceSpec(href=f"{file_server.url}/{name}")]
        (pk,) = create_job(user=user, collection_id=collection.pk, sources=specs).sources.values_list("pk", flat=True)
        process_source(pk)
        source = IngestSource.objects.get(pk=pk)
        assert source.state == IngestSource.State.SUCCEEDED, source.error_description
        return source

    return run


def write_cog(path, *, size: int = 512) -> None:
    write_scene(path.with_suffix(".plain"), size=size)
    options = ["COMPRESS=DEFLATE", "BLOCKSIZE=256"]
    gdal.Translate(str(path), str(path.with_suffix(".plain")), format="COG", creationOptions=options)


def test_small_cog_is_asked_for_few_times(ingest, file_server):
    write_cog(file_server.folder / "a.tif")
    ingest("a.tif")
    asked = Counter((request.method, request.path) for request in file_server.requests)
    assert asked["HEAD", "/a.tif"] <= 2
    # Its header, and all the rest at once.
    assert asked["GET", "/a.tif"] == 2
    # Overviews, mask and metadata beside it.
    assert sum(asked.values()) <= 7


def test_large_cog_is_read_in_parts(ingest, file_server):
    write_cog(file_server.folder / "a.tif", size=4096)
    ingest("a.tif")
    asked = Counter((request.method, request.path) for request in file_server.requests)
    assert asked["GET", "/a.tif"] <= 24


def test_file_is_opened_once(ingest, file_server, monkeypatch):
    opened = []
    open_one = drivers.open_raster
    monkeypatch.setattr(
        drivers, "open_raster", lambda name, **options: opened.append(name) or open_one(name, **options)
    )
    write_cog(file_server.folder / "a.tif")
    ingest("a.tif")
    assert opened == [f"/vsicurl/{file_server.url}/a.tif"]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_statistics_by_counts_are_those_by_values(dtype):
    values = np.random.default_rng(7).normal(90, 40, 20_000).clip(0, 255).astype(dtype) - dtype(3)
    by_counts, by_values = (summarize(each, total=25_000) for each in (values, values.astype(np.int64)))
    for field in fields(by_counts):
        assert getattr(by_counts, field.name) == pytest.approx(getattr(by_values, field.name), rel=1e-9), field.name


def test_file_takes_thirteen_statements(ingest, file_server):
    for name in ("a.tif", "b.tif"):
        write_scene(file_server.folder / name)
    ingest("a.tif")
    specs = [SourceSpec(href=f"{file_server.url}/b.tif")]
    source = IngestSource.objects.get()
    job = create_job(user=source.job.owner, collection_id=source.job.collection_id, sources=specs)
    (pk,) = job.sources.values_list("pk", flat=True)
    with CaptureQueriesContext(connection) as captured:
        process_source(pk)
    statements = [query["sql"] for query in captured if not query["sql"].startswith(BRACKETS)]
    assert len(statements) <= 13, "\n".join(statements)
