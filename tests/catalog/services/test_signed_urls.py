"""One file under many signatures is one file."""

import pytest

from catalog.models import ChecksumFile, Item
from catalog.remote.signed_urls import unsigned
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.imagery import write_scene

BASE = "https://store.example/container/scene.tif"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("?sv=2021-06-08&st=a&se=b&sr=c&sp=r&sig=d%2Fe", ""),
        ("?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=a&versionId=7", "?versionId=7"),
        ("?x-goog-signature=a&x-goog-date=b", ""),
        ("?AWSAccessKeyId=a&Signature=b&Expires=3", ""),
        ("?Expires=3", "?Expires=3"),
        ("?sv=2&layer=1", "?sv=2&layer=1"),
    ],
)
def test_unsigned_keeps_what_names_the_file(query, kept):
    assert unsigned(BASE + query) == BASE + kept


def test_unsigned_leaves_keys_of_buckets_alone():
    assert unsigned("s3://bucket/a?sig=1") == "s3://bucket/a?sig=1"


@pytest.mark.django_db(transaction=True)
def test_ingest_of_the_same_file_signed_anew_is_the_same_item(user, collection, file_server):
    write_scene(file_server.folder / "scene.tif")
    for signature in ("one", "two"):
        href = f"{file_server.url}/scene.tif?sv=1&sig={signature}"
        job = create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(href=href)])
        process_source(job.sources.get().pk)
        source = job.sources.get()
        assert source.state == "succeeded", source.error_description
    assert Item.objects.count() == 1
    file = ChecksumFile.objects.exclude(url="").get()
    assert file.url.endswith("sig=two")
    assert Item.objects.get().assets["data"]["href"].endswith("sig=two")
