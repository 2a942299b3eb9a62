import errno
import hashlib
import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from catalog.errors import InvalidInput, TooLarge
from catalog.models import ChecksumFile, DroppedObject
from catalog.services.consistency import check_consistency
from catalog.services.files.deleting import delete_dropped_objects, delete_file
from catalog.services.files.storing import gdal_path, move_blob, safe_name, store_blob, store_upload
from tests.catalog.factories import UserFactory

CONTENT = b"pixels" * 1000


def _stored() -> set[str]:
    """Every object in storage."""
    root = [""]
    found: set[str] = set()
    while root:
        folder = root.pop()
        try:
            folders, files = default_storage.listdir(folder)
        except FileNotFoundError:
            continue
        found.update(f"{folder}/{name}" for name in files)
        root += [f"{folder}/{name}".lstrip("/") for name in folders]
    return found


def _upload(user, content=CONTENT, **options):
    return store_upload(user=user, name="scene.tif", stream=io.BytesIO(content), **options)


def test_store_upload_hashes_what_it_stores(user):
    file = _upload(user, media_type="image/tiff")
    assert file.checksum == "1220" + hashlib.sha256(CONTENT).hexdigest()
    assert file.size == len(CONTENT)
    with file.blob.open() as stored:
        assert stored.read() == CONTENT
    with open(gdal_path(file), "rb") as on_disk:  # noqa: PTH123
        assert on_disk.read() == CONTENT


@pytest.mark.parametrize("expected", [None, len(CONTENT)])
def test_store_upload_over_the_limit_leaves_nothing(user, settings, expected):
    settings.UPLOAD_MAX_BYTES = 1000
    before = _stored()
    with pytest.raises(TooLarge, match="1,000"):
        _upload(user, expected_bytes=expected)
    assert _stored() == before
    assert not ChecksumFile.objects.exists()


def test_store_upload_that_breaks_off_leaves_nothing(user):
    before = _stored()
    with pytest.raises(InvalidInput, match="broke off") as caught:
        _upload(user, expected_bytes=len(CONTENT) + 1)
    assert caught.value.code == "upload_incomplete"
    assert _stored() == before


def test_store_blob_on_a_full_disk_leaves_nothing(user, monkeypatch):
    file = _upload(user)
    before = _stored()

    def is_full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    # Asked for once storage has created the object.
    monkeypatch.setattr("catalog.services.files.storing.ContentFile.chunks", is_full)
    with pytest.raises(OSError, match="No space"):
        store_blob(like=file, name="thumbnail.webp", content=CONTENT, media_type="image/webp")
    monkeypatch.undo()
    assert _stored() == before
    assert ChecksumFile.objects.count() == 1


def test_store_upload_of_nothing_refuses(user):
    with pytest.raises(InvalidInput, match="empty"):
        _upload(user, content=b"")


def test_store_upload_to_s3_is_read_from_there(user, bucket, object_store, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "imagery",
                "location": "files",
                "endpoint_url": object_store.endpoint,
                "access_key": "testing",
                "secret_key": "testing",
                "region_name": "us-east-1",
            },
        },
    }
    file = _upload(user)
    key = f"files/{file.blob.name}"
    assert bucket.get_object(Bucket="imagery", Key=key)["Body"].read() == CONTENT
    assert gdal_path(file) == f"/vsis3/imagery/{key}"


@pytest.mark.django_db(transaction=True)
def test_delete_file_takes_its_object_with_it(user):
    before = _stored()
    delete_file(_upload(user))
    assert _stored() == before


@pytest.mark.django_db(transaction=True)
def test_delete_file_keeps_its_object_for_a_time(user, settings):
    settings.DELETED_KEPT_HOURS = 72
    before = _stored()
    file = _upload(user)
    held = _stored()
    delete_file(file)
    assert delete_dropped_objects() == 0
    name = str(file.blob.name)
    assert name not in {each.subject for each in check_consistency(grace=timedelta(0))}
    assert _stored() == held
    DroppedObject.objects.update(dropped=timezone.now() - timedelta(hours=73))
    assert delete_dropped_objects() == 1
    assert _stored() == before
    assert not DroppedObject.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_delete_dropped_objects_leaves_what_a_file_names_again(user, settings):
    settings.DELETED_KEPT_HOURS = 1
    file = _upload(user)
    delete_file(file)
    DroppedObject.objects.update(dropped=timezone.now() - timedelta(hours=2))
    file.save(force_insert=True)
    assert delete_dropped_objects() == 0
    assert file.blob.storage.exists(file.blob.name)


@pytest.mark.django_db(transaction=True)
def test_store_upload_of_the_same_again_is_stored_once(user):
    before = _stored()
    first, second = _upload(user), _upload(user)
    others = _upload(UserFactory())
    assert first.pk != second.pk
    assert first.blob.name == second.blob.name != others.blob.name
    assert len(_stored() - before) == 2
    delete_file(first)
    with second.blob.open() as stored:
        assert stored.read() == CONTENT
    delete_file(second)
    delete_file(others)
    assert _stored() == before


@pytest.mark.django_db(transaction=True)
def test_store_upload_of_the_same_again_that_fails_leaves_the_first(user, monkeypatch):
    first = _upload(user)
    before = _stored()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("catalog.services.files.storing.record", fail)
    with pytest.raises(RuntimeError):
        _upload(user)
    assert _stored() == before
    assert list(ChecksumFile.objects.all()) == [first]


@pytest.mark.django_db(transaction=True)
def test_moved_object_stays_for_those_who_share_it(user):
    first, second = _upload(user), _upload(user)
    folders = [_upload(user, content=b"%d" % n) for n in range(2)]
    for file, beside in zip((first, second), folders, strict=True):
        move_blob(file, beside=beside)
    for file, beside in zip((first, second), folders, strict=True):
        file.refresh_from_db()
        assert str(file.blob.name).rpartition("/")[0] == str(beside.blob.name).rpartition("/")[0]
        with file.blob.open() as stored:
            assert stored.read() == CONTENT


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("scene.tif", "scene.tif"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\scene.tif", "scene.tif"),
        ("Grüße aus Köln.tif", "Grue_aus_Koln.tif"),
        (".htaccess", "htaccess"),
        ("a" * 300 + ".tif", "a" * 196 + ".tif"),
    ],
)
def test_safe_name_is_the_last_part_in_plain_characters(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["", "/", "..", "___", "日本"])
def test_safe_name_of_nothing_usable_refuses(name):
    with pytest.raises(InvalidInput, match="name"):
        safe_name(name)
