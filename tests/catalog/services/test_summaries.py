"""Summaries, item_assets and extents are what a scan of the items would find."""

import random
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.documents.summaries import add_item, describe, empty_counts
from catalog.models import Collection, Item
from catalog.services.collections.editing import patch_collection, replace_collection, write_collection
from catalog.services.items.bulk import write_items
from catalog.services.items.editing import create_item, delete_item, patch_item
from catalog.services.items.loading import Loader
from catalog.services.items.writing import upsert_item
from catalog.stac.core.documents import collection_document
from tests.catalog.stac import stac_documents

pytestmark = pytest.mark.django_db
BASE = "https://example.org"
PLATFORMS = ("sentinel-2a", "sentinel-2b", "sentinel-2c")


def scene(number: int, *, cloud: Any = None, platform: str | None = None, west: float = 10) -> dict[str, Any]:
    properties = {"datetime": f"2024-01-{number % 28 + 1:02d}T00:00:00Z", "eo:cloud_cover": cloud, "platform": platform}
    west = round(west, 3)
    ring = [[west, 50], [west + 1, 50], [west + 1, 51], [west, 51], [west, 50]]
    return stac_documents.item(
        f"scene-{number}",
        geometry={"type": "Polygon", "coordinates": [ring]},
        bbox=[west, 50, west + 1, 51],
        properties={name: value for name, value in properties.items() if value is not None},
        assets={"image": {"href": f"https://example.org/{number}.tif", "type": "image/tiff", "title": "Image"}},
    )


def document(collection: Collection) -> dict[str, Any]:
    return collection_document(Collection.objects.get(pk=collection.pk), base=BASE)


def scanned(collection: Collection) -> dict[str, Any]:
    census = empty_counts()
    for item in collection.items.all():
        add_item(census, item.properties, item.assets)
    return describe(census)


def assert_true_of_its_items(collection: Collection) -> None:
    collection.refresh_from_db()
    assert collection.derived == scanned(collection)
    items = list(collection.items.all())
    if items:
        assert collection.bbox == [
            *(min(item.bbox[axis] for item in items) for axis in (0, 1)),
            *(max(item.bbox[axis] for item in items) for axis in (2, 3)),
        ]
        assert collection.start_datetime == min(item.start_datetime for item in items)


def test_summaries_follow_items_that_come_change_and_go(user, collection):
    create_item(user=user, collection_id="scenes", document=scene(1, cloud=5, platform="sentinel-2a"))
    upsert_item(collection_id="scenes", document=scene(2, cloud=50, platform="sentinel-2b"))
    write_items(collection_id="scenes", documents=[scene(3, cloud=90, platform="sentinel-2b")], replace=True)
    assert document(collection)["summaries"] == {
        "eo:cloud_cover": {"minimum": 5, "maximum": 90},
        "platform": ["sentinel-2a", "sentinel-2b"],
    }
    assert document(collection)["item_assets"] == {"image": {"title": "Image", "type": "image/tiff"}}
    patch_item(user=user, collection_id="scenes", item_id="scene-3", patch={"properties": {"eo:cloud_cover": 20}})
    delete_item(user=user, collection_id="scenes", item_id="scene-1")
    assert document(collection)["summaries"] == {
        "eo:cloud_cover": {"minimum": 20, "maximum": 50},
        "platform": ["sentinel-2b"],
    }
    for number in (2, 3):
        delete_item(user=user, collection_id="scenes", item_id=f"scene-{number}")
    assert not {"summaries", "item_assets"} & document(collection).keys()


def test_summaries_after_any_changes_are_what_a_scan_finds(user, collection):
    chance = random.Random(4)
    for _ in range(60):
        number = chance.randrange(12)
        what = scene(
            number,
            cloud=chance.choice([None, "much", True, chance.randrange(100), chance.random() * 100]),
            platform=chance.choice([None, *PLATFORMS]),
            west=chance.uniform(0, 40),
        )
        if chance.random() < 0.4:
            delete_item(user=user, collection_id="scenes", item_id=f"scene-{number}")
        elif chance.random() < 0.5:
            upsert_item(collection_id="scenes", document=what)
        else:
            write_items(collection_id="scenes", documents=[what], replace=True)
        assert_true_of_its_items(collection)


def test_summaries_of_a_bulk_are_those_of_its_items(collection):
    documents = [scene(n, cloud=n, platform=PLATFORMS[n % 3], west=n / 10) for n in range(60)]
    write_items(collection_id="scenes", documents=documents, replace=True)
    assert_true_of_its_items(collection)
    changed = [scene(n, cloud=n / 2, platform=PLATFORMS[0], west=n / 20) for n in range(60)]
    write_items(collection_id="scenes", documents=changed, replace=True)
    assert_true_of_its_items(collection)
    assert document(collection)["summaries"]["platform"] == ["sentinel-2a"]


def test_own_definitions_win_and_the_others_are_added(user, collection):
    own = {
        "summaries": {"platform": ["any"], "mine": [1]},
        "item_assets": {"image": {"title": "Mine", "roles": ["data"]}},
    }
    patch_collection(user=user, collection_id="scenes", patch=own)
    upsert_item(collection_id="scenes", document=scene(2, cloud=50, platform="sentinel-2b"))
    assert document(collection)["item_assets"] == own["item_assets"]
    assert document(collection)["summaries"] == {
        "eo:cloud_cover": {"minimum": 50, "maximum": 50},
        "platform": ["any"],
        "mine": [1],
    }


def test_document_written_back_defines_nothing_by_what_it_had_of_its_items(user, collection):
    upsert_item(collection_id="scenes", document=scene(2, cloud=50, platform="sentinel-2b"))
    got = document(collection)
    replace_collection(user=user, collection_id="scenes", document={**got, "title": "Other"})
    upsert_item(collection_id="scenes", document=scene(3, cloud=60, platform="sentinel-2a"))
    assert document(collection)["summaries"]["platform"] == ["sentinel-2a", "sentinel-2b"]
    assert document(collection)["title"] == "Other"


@pytest.mark.usefixtures("collection")
def test_version_changes_only_with_what_is_said():
    upsert_item(collection_id="scenes", document=scene(2, cloud=50, platform="sentinel-2b"))
    before = Collection.objects.get().version
    upsert_item(collection_id="scenes", document={**scene(2, cloud=50, platform="sentinel-2b"), "id": "other"})
    assert Collection.objects.get().version == before


def test_collection_loaded_after_its_items_says_what_they_have(collection):
    del collection
    loader = Loader(creates=True)
    list(loader.load([{**scene(1, cloud=3), "collection": "late"}]))
    write_collection(document=stac_documents.collection("late"), owner=None)
    late = collection_document(Collection.objects.get(pk="late"), base=BASE)
    assert late["summaries"] == {"eo:cloud_cover": {"minimum": 3, "maximum": 3}}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_summaries_of_concurrent_writers_are_true(user, collection):
    """Each takes away extremes and last values of the others, and brings new ones."""
    problems: list[Exception] = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(15):
                number = chance.randrange(6) + 10 * (seed % 2)
                what = scene(number, cloud=chance.randrange(100), platform=chance.choice(PLATFORMS), west=seed)
                if chance.random() < 0.4:
                    delete_item(user=user, collection_id="scenes", item_id=f"scene-{number}")
                else:
                    upsert_item(collection_id="scenes", document=what)
        except Exception as error:  # noqa: BLE001
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert Item.objects.exists()
    assert_true_of_its_items(collection)


def test_changes_that_are_undone_count_nothing(collection):
    with transaction.atomic():
        upsert_item(collection_id="scenes", document=scene(1, cloud=3))
        transaction.set_rollback(True)
    assert_true_of_its_items(collection)
