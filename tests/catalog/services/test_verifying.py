"""Files are read again and compared; what was expected stays, whatever is found."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from catalog.models import AuditEntry, ChecksumFile
from catalog.remote.probing import ZARR_MEDIA_TYPE, describe
from catalog.services.consistency import check_consistency
from catalog.services.files.storing import store_upload
from catalog.services.files.verifying import verify_file, verify_some_files
from catalog.services.standing import take_standing
from tests.catalog.factories import ChecksumFileFactory, CollectionFactory, ItemFactory, UserFactory

pytestmark = pytest.mark.django_db
CONTENT = b"pixels" * 1000
OTHER = b"pixels" * 999 + b"pixelz"


def multihash(content: bytes) -> str:
    return "1220" + hashlib.sha256(content).hexdigest()


@pytest.fixture
def stored(user, collection) -> ChecksumFile:
    file = store_upload(user=user, name="scene.tif", stream=io.BytesIO(CONTENT))
    file.collection = collection
    file.save()
    return file


@pytest.fixture
def remote(collection, file_server) -> Callable[..., ChecksumFile]:
    """Return a function that gives the file of a server that has it, as it is when an ingest brought it in."""

    def make(checksum: str = "") -> ChecksumFile:
        (file_server.folder / "a.tif").write_bytes(CONTENT)
        url = f"{file_server.url}/a.tif"
        return ChecksumFileFactory(
            collection=collection, url=url, name="a.tif", version=describe(url).version, checksum=checksum
        )

    return make


def outcome(file: ChecksumFile) -> tuple[str, str, str]:
    verify_file(file.pk)
    file.refresh_from_db()
    assert file.verified is not None
    return file.verification, file.checksum, file.found_checksum


def replace_stored(file: ChecksumFile, content: bytes) -> None:
    Path(default_storage.path(str(file.blob.name))).write_bytes(content)


def test_stored_file_that_is_as_it_was_matches(stored):
    assert outcome(stored) == ("matches", multihash(CONTENT), "")
    assert not AuditEntry.objects.filter(action="file.unsound").exists()


def test_stored_file_that_changed_differs_and_keeps_its_checksum(stored, caplog):
    replace_stored(stored, OTHER)
    assert outcome(stored) == ("differs", multihash(CONTENT), multihash(OTHER))
    assert outcome(stored)[0] == "differs"
    entry = AuditEntry.objects.get(action="file.unsound")
    assert (entry.target, entry.detail["found"]) == ("scene.tif", multihash(OTHER))
    assert "scene.tif" in caplog.text
    assert take_standing().unsound_files == 1
    assert [each.subject for each in check_consistency() if each.kind == "file_unsound"] == [str(stored.pk)]
    replace_stored(stored, CONTENT)
    assert outcome(stored) == ("matches", multihash(CONTENT), "")
    assert take_standing().unsound_files == 0


def test_stored_file_that_is_gone_is_missing(stored):
    default_storage.delete(str(stored.blob.name))
    assert outcome(stored) == ("missing", multihash(CONTENT), "")


def test_remote_file_gets_the_checksum_that_nobody_knew(remote, file_server):
    file = remote()
    assert outcome(file) == ("matches", multihash(CONTENT), "")
    (file_server.folder / "a.tif").write_bytes(OTHER)
    assert outcome(file) == ("differs", multihash(CONTENT), multihash(OTHER))


def test_remote_file_of_another_version_differs_without_a_checksum(remote, file_server):
    file = remote()
    (file_server.folder / "a.tif").write_bytes(OTHER + b"longer")
    assert outcome(file) == ("differs", "", "")


@pytest.mark.parametrize(("status", "expected"), [(404, "missing"), (503, "failed"), (0, "failed"), (403, "failed")])
def test_store_that_fails_says_nothing_of_the_file(remote, file_server, status, expected):
    file = remote(multihash(CONTENT))
    file_server.faults["GET /a.tif"] = [status] * 9
    assert outcome(file) == (expected, multihash(CONTENT), "")


def test_file_in_a_bucket_is_read(collection, bucket):
    bucket.put_object(Bucket="imagery", Key="a.tif", Body=CONTENT)
    url = "s3://imagery/a.tif"
    file = ChecksumFileFactory(collection=collection, url=url, name="a.tif", checksum=multihash(CONTENT))
    assert outcome(file)[0] == "matches"
    bucket.put_object(Bucket="imagery", Key="a.tif", Body=OTHER)
    assert outcome(file) == ("differs", multihash(CONTENT), multihash(OTHER))
    bucket.delete_object(Bucket="imagery", Key="a.tif")
    assert outcome(file)[0] == "missing"


def test_files_that_we_hold_have_their_turns_within_a_budget(user, remote, settings):
    settings.VERIFY_BYTES_PER_HOUR = 2 * len(CONTENT)
    files = [store_upload(user=user, name=f"{n}.tif", stream=io.BytesIO(CONTENT)) for n in range(3)]
    elsewhere = remote(multihash(CONTENT))
    assert verify_some_files() == 2
    assert verify_some_files() == 1
    assert verify_some_files() == 0
    assert {ChecksumFile.objects.get(pk=file.pk).verification for file in files} == {"matches"}
    elsewhere.refresh_from_db()
    assert elsewhere.verified is None
    ChecksumFile.objects.update(verified=None)
    settings.VERIFY_BYTES_PER_HOUR = 1
    assert verify_some_files() == 1, "one that is larger than the budget has its turn too"
    settings.VERIFY_BYTES_PER_HOUR = 0
    assert verify_some_files() == 0


def test_verification_is_asked_for_by_editors(api, stored, monkeypatch, django_capture_on_commit_callbacks):
    sent: list[Any] = []
    monkeypatch.setattr("catalog.services.ingest.jobs._send", lambda *message: sent.append(message))
    path = reverse("file-verification", args=(stored.pk,))
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post(path)
    assert (answer.status_code, answer.json()["verification"]) == (202, "waiting")
    assert sent == [("catalog.tasks.verify_file_task", str(stored.pk))]
    verify_file(stored.pk)
    told = api.get(answer["Location"]).json()
    assert (told["verification"], told["found_checksum"]) == ("matches", "")


def test_verification_is_refused_to_who_only_sees(stored, client: Client):
    stored.collection.visibility = "public"
    stored.collection.save()
    path = reverse("file-verification", args=(stored.pk,))
    assert client.post(path).status_code == 401
    client.force_login(UserFactory())
    answer = client.post(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_folder_has_no_checksum(api, user):
    url = "https://example.org/a.zarr"
    file = ChecksumFileFactory(collection=CollectionFactory(), owner=user, url=url, media_type=ZARR_MEDIA_TYPE)
    answer = api.post(reverse("file-verification", args=(file.pk,)))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_one_file")


def test_page_of_an_item_tells_what_was_found(stored, client: Client):
    stored.collection.visibility = "public"
    stored.collection.save()
    asset = {"href": "https://example.org/scene.tif", "roles": ["data"]}
    item = ItemFactory(collection=stored.collection, assets={"data": asset}, asset_files={"data": str(stored.pk)})
    path = reverse("frontend:item", args=(item.collection_id, item.item_id))
    assert "Another content" not in client.get(path).content.decode()
    replace_stored(stored, OTHER)
    verify_file(stored.pk)
    assert "Another content than came in, as a check on" in client.get(path).content.decode()
