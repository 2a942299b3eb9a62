import pytest

from catalog.errors import Conflict, InvalidInput
from catalog.models import Item
from catalog.services.items.writing import upsert_item


def _document(**changes):
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": "scene",
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]},
        "bbox": [0, 0, 1, 1],
        "properties": {"datetime": "2024-05-01T10:00:00Z", "gsd": 10},
        "assets": {"data": {"href": "https://example.org/a.tif"}},
        "links": [],
        "foreign": {"kept": True},
        **changes,
    }


@pytest.mark.django_db
def test_upsert_item_widens_its_collection(collection):
    upsert_item(collection_id=collection.pk, document=_document())
    collection.refresh_from_db()
    assert collection.bbox == [0, 0, 1, 1]
    assert collection.start_datetime.isoformat() == "2024-05-01T10:00:00+00:00"


@pytest.mark.django_db
def test_upsert_item_twice_changes_nothing(collection):
    first = upsert_item(collection_id=collection.pk, document=_document())
    second = upsert_item(collection_id=collection.pk, document=_document())
    assert (second.pk, second.version, second.updated) == (first.pk, 1, first.updated)


@pytest.mark.django_db
def test_upsert_item_changed_counts_its_version_up(collection):
    upsert_item(collection_id=collection.pk, document=_document())
    item = upsert_item(collection_id=collection.pk, document=_document(bbox=[0, 0, 1, 2]))
    assert item.version == 2
    assert Item.objects.count() == 1
    assert Item.objects.get().extra == {"foreign": {"kept": True}}


@pytest.mark.django_db
def test_upsert_item_that_may_not_replace_conflicts(collection):
    upsert_item(collection_id=collection.pk, document=_document())
    with pytest.raises(Conflict):
        upsert_item(collection_id=collection.pk, document=_document(bbox=None), may_replace=lambda _: False)
    assert Item.objects.get().bbox == [0, 0, 1, 1]


@pytest.mark.django_db
@pytest.mark.parametrize("properties", [{}, {"datetime": None}, {"datetime": "yesterday"}])
def test_upsert_item_without_a_time_refuses(collection, properties):
    with pytest.raises(InvalidInput, match=r"properties\.datetime"):
        upsert_item(collection_id=collection.pk, document=_document(properties=properties))
