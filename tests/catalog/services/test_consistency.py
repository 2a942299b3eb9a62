"""What crashes and edits by hand leave over is found, and repaired where nothing is lost by it."""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from catalog.models import Census, ChecksumFile, Collection, IngestJob, Item, TallyRow
from catalog.services.collections.prepared_tallies import count_tallied
from catalog.services.consistency import check_consistency
from tests.catalog.factories import ChecksumFileFactory, IngestJobFactory

pytestmark = pytest.mark.django_db
STRAY = "ab/abababababababababababababababab/stray.tif"


def found(*, repairs: bool = False, grace: timedelta = timedelta(0)) -> dict[str, str]:
    return {each.kind: each.subject for each in check_consistency(repairs=repairs, grace=grace)}


@pytest.fixture(autouse=True)
def _empty_storage(settings, tmp_path) -> None:
    folder = tmp_path / "storage"
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = settings.STORAGES | {"default": options}


def test_an_ingested_scene_fits(scene):
    del scene
    assert found() == {}


def test_objects_that_no_row_names_are_found_and_deleted(scene):
    default_storage.save(STRAY, ContentFile(b"x"))
    default_storage.save("overviews/a/b/1-2-3.png", ContentFile(b"x"))
    assert found(grace=timedelta(days=1)) == {}
    assert found() == {"object_without_row": STRAY}
    assert default_storage.exists(STRAY)
    found(repairs=True)
    assert not default_storage.exists(STRAY)
    assert default_storage.exists("overviews/a/b/1-2-3.png")
    assert default_storage.exists(ChecksumFile.objects.get(pk=scene.asset_files["data"]).blob.name)


def test_rows_without_their_object_are_told(scene):
    file = ChecksumFile.objects.get(pk=scene.asset_files["data"])
    default_storage.delete(file.blob.name)
    assert found(repairs=True) == {"row_without_object": str(file.pk)}
    assert ChecksumFile.objects.filter(pk=file.pk).exists()


def test_files_that_no_item_names_are_found_and_released(scene, django_capture_on_commit_callbacks):
    thumbnail = ChecksumFile.objects.get(pk=scene.asset_files["thumbnail"])
    Item.objects.filter(pk=scene.pk).update(asset_files={"data": scene.asset_files["data"]})
    assert found() == {"file_without_item": str(thumbnail.pk)}
    with django_capture_on_commit_callbacks(execute=True):
        found(repairs=True)
    assert not default_storage.exists(thumbnail.blob.name)
    assert found() == {}


def test_files_of_a_running_ingest_are_left_alone(collection):
    file = ChecksumFileFactory(collection=collection, url="https://example.org/a.tif", blob="")
    job = IngestJobFactory(collection=collection)
    job.sources.create(kind="file", file=file)
    assert found(repairs=True) == {}
    IngestJob.objects.all().delete()
    assert found() == {"file_without_item": str(file.pk)}


def test_items_that_name_no_file_are_found_and_forget_it(scene):
    ChecksumFile.objects.filter(pk=scene.asset_files["thumbnail"]).delete()
    kinds = found()
    assert kinds["item_without_file"] == f"{scene.collection_id}/{scene.item_id}"
    found(repairs=True)
    assert Item.objects.get().asset_files == {"data": scene.asset_files["data"]}


def test_wrong_counts_are_found_and_made_anew(scene):
    before = Census.objects.get(pk=scene.collection_id).counts
    Census.objects.update(counts={**before, "items": 7})
    Collection.objects.update(derived={})
    assert found() == {"wrong_count": scene.collection_id}
    found(repairs=True)
    assert Census.objects.get().counts == before
    assert Collection.objects.get().derived != {}


def test_wrong_counts_for_aggregations_are_found_and_made_anew(scene):
    collection_id = scene.collection_id
    assert count_tallied(collection_id) == 1
    TallyRow.objects.filter(part="begin").delete()
    assert found() == {"wrong_count": collection_id}
    found(repairs=True)
    assert count_tallied(collection_id) == 1
    TallyRow.objects.all().delete()
    assert (count_tallied(collection_id), found()) == (None, {})


def test_command_says_what_is_left(scene):
    out = io.StringIO()
    call_command("check_consistency", stdout=out)
    assert "agree" in out.getvalue()
    Census.objects.update(counts={})
    with pytest.raises(CommandError, match="1 findings are left"):
        call_command("check_consistency", stdout=out)
    assert f"wrong_count\tfound\t{scene.collection_id}" in out.getvalue()
    call_command("check_consistency", "--repair", stdout=out)
