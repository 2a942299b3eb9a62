"""Collections written through the STAC API."""

from urllib.parse import urlsplit

import pytest
from rest_framework.test import APIClient

from catalog.models import ChecksumFile, Collection, IngestJob, Membership
from tests.catalog.factories import ChecksumFileFactory, IngestJobFactory, IngestSourceFactory, UserFactory
from tests.catalog.stac.stac_documents import collection as document
from tests.catalog.stac.stac_documents import item

pytestmark = pytest.mark.django_db
FRESH = "/stac/collections/fresh"


@pytest.fixture
def fresh(api) -> Collection:
    assert api.post("/stac/collections", document(), format="json").status_code == 201
    return Collection.objects.get(pk="fresh")


def test_post_collection_makes_its_user_the_owner(api, user):
    answer = api.post("/stac/collections", document(providers=[{"name": "Us"}]), format="json")
    assert answer.status_code == 201
    assert urlsplit(answer["Location"]).path == FRESH
    read = api.get(FRESH)
    assert read.json() == answer.json()
    assert read["ETag"] == answer["ETag"]
    assert read.json()["providers"] == [{"name": "Us"}]
    assert read.json()["extent"] == document()["extent"]
    assert Membership.objects.get(collection="fresh").user == user


@pytest.mark.usefixtures("fresh")
def test_post_collection_twice_conflicts(api):
    assert api.post("/stac/collections", document(), format="json").status_code == 409


@pytest.mark.parametrize(
    "members",
    [
        {"id": "a/b"},
        {"id": 5},
        {"license": None},
        {"license": "x" * 300},
        {"title": "x" * 600},
        {"description": ""},
        {"description": "a\x00"},
        {"extent": None},
        {"extent": {}},
        {"extent": {"spatial": {"bbox": [[10, 50, 11, 510]]}, "temporal": {"interval": [[None, None]]}}},
        {
            "extent": {
                "spatial": {"bbox": [[10, 50, 11, 51]]},
                "temporal": {"interval": [["2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z"]]},
            }
        },
        {
            "extent": {
                "spatial": {"bbox": [[10, 50, 11, 51]]},
                "temporal": {"interval": [["2024-13-02T00:00:00Z", None]]},
            }
        },
        {"keywords": "x"},
        {"links": 5},
        {"type": "Catalog"},
        {"type": "Feature"},
    ],
    ids="-".join,
)
def test_post_collection_that_is_wrong_is_refused(api, members):
    answer = api.post("/stac/collections", document(**members), format="json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "description"}
    assert not Collection.objects.exists()


def test_post_collection_with_parts_and_heights_comes_back_equal(api):
    extent = {
        "spatial": {"bbox": [[-10, -5, 0, 20, 5, 100], [-10, -5, 0, 0, 0], [0, 0, 20, 5]]},
        "temporal": {"interval": [["2020-01-01T00:00:00Z", None], ["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]]},
    }
    extent["spatial"]["bbox"][1] = [-10, -5, 0, 0]
    assert api.post("/stac/collections", document(extent=extent), format="json").status_code == 201
    assert api.get(FRESH).json()["extent"] == extent


def test_put_collection_as_it_was_read_changes_nothing(fresh, api):
    assert api.put(FRESH, api.get(FRESH).json(), format="json").status_code == 204
    assert Collection.objects.get(pk=fresh.pk).version == fresh.version


def test_put_empty_collection_as_it_was_read_leaves_its_extent_open(collection, api):
    path = "/stac/collections/scenes"
    assert api.put(path, api.get(path).json(), format="json").status_code == 204
    collection.refresh_from_db()
    assert collection.bbox is None


@pytest.mark.usefixtures("fresh")
def test_patch_collection_merges_members(api):
    answer = api.patch(FRESH, {"title": "Old", "sci:doi": "10.1/x"}, format="json")
    assert answer.status_code == 204
    assert "Content-Type" not in answer
    read = api.get(FRESH)
    assert (read.json()["title"], read.json()["sci:doi"]) == ("Old", "10.1/x")
    assert read["ETag"] == answer["ETag"]
    assert api.patch(FRESH, {"id": "other"}, format="json").status_code == 400
    assert api.patch(FRESH, {"license": None}, format="json").status_code == 400


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_write_of_another_version_fails(api, method):
    answer = getattr(api, method)(FRESH, document(), format="json", headers={"If-Match": '"0-9"'})
    assert answer.status_code == 412
    present = api.get(FRESH)["ETag"]
    answer = getattr(api, method)(FRESH, document(), format="json", headers={"If-Match": present})
    assert answer.status_code == 204


def test_delete_collection_takes_all_of_it(fresh, api):
    api.post(f"{FRESH}/items", item(), format="json")
    file = ChecksumFileFactory(collection=fresh)
    IngestSourceFactory(job=IngestJobFactory(collection=fresh), file=file)
    answer = api.delete(FRESH)
    assert answer.status_code == 204
    assert "Content-Type" not in answer
    assert api.get(FRESH).status_code == 404
    assert not ChecksumFile.objects.exists()
    assert not IngestJob.objects.exists()


def test_collection_is_changed_by_editors_and_deleted_by_owners(fresh):
    editor, client = UserFactory(), APIClient()
    client.force_authenticate(editor)
    assert client.put(FRESH, document(), format="json").status_code == 403
    Membership.objects.create(collection=fresh, user=editor, role=Membership.Role.EDITOR)
    assert client.put(FRESH, document(title="Mine"), format="json").status_code == 204
    assert client.delete(FRESH).status_code == 403


def test_items_do_not_close_an_open_interval(fresh, api):
    api.post(f"{FRESH}/items", item(bbox=[170, 0, -170, 1]), format="json")
    fresh.refresh_from_db()
    assert fresh.end_datetime is None
    assert fresh.bbox == [10, 0, -170, 51]
