"""How many modules and functions a reader passes who follows one request, or one file, through the code."""

import pytest
from django.test import Client

from catalog.models import Item
from catalog.services.files.storing import store_upload
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.imagery import write_scene
from tests.hops import Hops

TILES = "/tiles/scenes/scene/data/tiles/{}.webp"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # Within the image, near its own resolution; and at its edges, from far enough to be averaged.
        ("14/8875/5884", "14/8876/5884"),
        ("12/2218/1470", "12/2218/1471"),
    ],
)
def test_warm_tile_passes_few_modules_and_functions(scene, first, second):
    del scene
    client = Client()
    assert client.get(TILES.format(first)).status_code == 200
    with Hops() as hops:
        answer = client.get(TILES.format(second))
    assert answer.status_code == 200
    assert len(hops.modules) <= 15, str(hops)
    assert hops.functions <= 80, str(hops)


def test_ingest_of_an_upload_passes_few_modules_and_functions(user, collection, tmp_path):
    def ingest(name: str) -> Hops:
        write_scene(tmp_path / name)
        with (tmp_path / name).open("rb") as stream:
            file = store_upload(user=user, name=name, stream=stream)
        with Hops() as hops:
            job = create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(file=file.pk)])
            process_source(job.sources.get().pk)
        return hops

    # The first one imports what it needs.
    ingest("first.tif")
    hops = ingest("second.tif")
    assert Item.objects.count() == 2
    assert len(hops.modules) <= 35, str(hops)
    assert hops.functions <= 170, str(hops)
