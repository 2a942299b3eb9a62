import io

import pytest

from catalog.errors import SourceRefused, SourceUnreachable
from catalog.models import Collection
from catalog.remote.admission import admit
from catalog.remote.probing import describe
from catalog.services.files.storing import store_upload
from catalog.services.ingest.imagery import admit_remote_file, adopt_upload
from tests.catalog.factories import IngestJobFactory, IngestSourceFactory


def test_adopt_upload_does_not_keep_its_collection_from_being_deleted(user, collection):
    file = store_upload(user=user, name="a.tif", stream=io.BytesIO(b"pixels"))
    job = IngestJobFactory(collection=collection, owner=user)
    source = IngestSourceFactory(job=job, kind="file", href="", file=file)
    adopt_upload(source)
    collection.delete()
    assert not Collection.objects.exists()


def test_adopt_upload_into_two_collections_has_a_row_in_each(user, collection):
    file = store_upload(user=user, name="a.tif", stream=io.BytesIO(b"pixels"))
    job = IngestJobFactory(collection=collection, owner=user)
    first = adopt_upload(IngestSourceFactory(job=job, kind="file", href="", file=file)).pk
    other = IngestJobFactory(owner=user)
    again = [adopt_upload(IngestSourceFactory(job=other, kind="file", href="", file=file)).pk for _ in range(2)]
    assert again[0] == again[1] != first


@pytest.mark.django_db
@pytest.mark.parametrize("escaped", ["a%00b.tif", "a%0Ab.tif", "a%2Fb.tif"])
def test_admit_remote_file_of_an_odd_name_has_a_plain_one(file_server, monkeypatch, escaped):
    (file_server.folder / "a.tif").write_bytes(b"pixels")
    found = describe(f"{file_server.url}/a.tif")
    monkeypatch.setattr("catalog.services.ingest.imagery.describe", lambda _: found)
    name = admit_remote_file(IngestSourceFactory(href=f"{file_server.url}/{escaped}")).name
    assert name.isprintable()
    assert "/" not in name


@pytest.fixture
def own_storage(settings):
    """Have the site keep its own files under `s3://geodata/files/`."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": "geodata", "location": "files"},
        },
    }


@pytest.mark.usefixtures("own_storage")
@pytest.mark.parametrize(
    "href", ["s3://geodata/files/ab/scene.tif", "s3://geodata/fi", "s3://geodata/", "s3://geodata"]
)
def test_admit_what_lies_in_the_sites_own_storage_refuses(href):
    with pytest.raises(SourceRefused, match="own storage"):
        admit(href)


@pytest.mark.usefixtures("own_storage")
@pytest.mark.parametrize(
    "href", ["s3://geodata/imagery/a.tif", "s3://geodata/files-of-others/a.tif", "s3://imagery/files/"]
)
def test_admit_what_lies_beside_the_sites_own_storage_passes(href):
    assert admit(href).scheme == "s3"


@pytest.mark.parametrize(
    "href", ["S3://imagery/a.tif", "HTTPS://8.8.8.8/a.tif", "https://8.8.8.8/a\x01.tif", "s3://b/a\n.tif"]
)
def test_admit_what_gdal_would_read_otherwise_refuses(href):
    with pytest.raises(SourceRefused):
        admit(href)


@pytest.mark.parametrize("location", ["http://[bad/a.tif", "//["])
def test_describe_redirect_to_no_url_is_unreachable(redirecting_server, location):
    with pytest.raises((SourceRefused, SourceUnreachable)):
        describe(redirecting_server(location))
