"""Many items by few statements, as rows that nobody can tell from those that models wrote."""

import math

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.documents.footprints import read_footprint, read_plain_footprints
from catalog.models import Item
from catalog.services.items.bulk import write_items
from catalog.services.items.editing import create_item
from tests.catalog.factories import UserFactory
from tests.catalog.stac.records import add_collection

MOMENT = "2024-01-01T00:00:00.123456Z"
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def scene(name, **fields):
    properties = {"datetime": MOMENT, "platform": "a", **fields.pop("properties", {})}
    made = {
        "type": "Feature", "stac_version": "1.1.0", "id": name, "geometry": SQUARE, "bbox": [0, 0, 1, 1], "links": [],
        "assets": {"red": {"href": "s3://here/red.tif", "title": "Red"}}, **fields, "properties": properties,
    }  # fmt: skip
    return {name: value for name, value in made.items() if name != "bbox" or value is not None}


ODD = (
    scene("odd\u2028 \u00e9\U0001f6f0", properties={"path": "C:\\new\\table", "text": "a\tb\nc\rd\\N\\.", "n": 1e300}),
    scene("nowhere", geometry=None, bbox=None),
    scene("heights", geometry={"type": "Point", "coordinates": [1, 2, 3]}, bbox=[1, 2, 3, 1, 2, 3]),
    scene("parts", geometry={"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
    scene("named", geometry={**SQUARE, "note": "kept"}),
    scene("lasting", properties={"datetime": None, "start_datetime": MOMENT, "end_datetime": "2025-01-01T00:00:00Z"}),
    scene("more", note={"deep": [None, True, {"a": "\\"}]}, stac_extensions=["https://example.org/x/v1.0.0/schema.json"]),
)  # fmt: skip


@pytest.mark.database
@pytest.mark.django_db
def test_bulk_writes_the_rows_that_models_would():
    user = UserFactory(is_superuser=True)
    add_collection("bulk")
    add_collection("singly")
    report = write_items(
        collection_id="bulk", documents=[orjson.loads(orjson.dumps(each)) for each in ODD], replace=False
    )
    assert not report.refused
    for document in ODD:
        create_item(user=user, collection_id="singly", document=document)
    left_out = {"pk_id", "collection", "created", "updated"}
    names = [field.name for field in Item._meta.fields if field.name not in left_out]
    for document in ODD:
        rows = Item.objects.filter(item_id=document["id"]).order_by("collection_id")
        many, one = ([getattr(row, name) for name in names] for row in rows)
        assert many == one


@pytest.mark.database
@pytest.mark.django_db
def test_bulk_of_more_items_takes_no_more_statements():
    add_collection("bulk")

    def statements(count):
        documents = [scene(f"{count}-{number}") for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            write_items(collection_id="bulk", documents=documents, replace=False)
        return len(captured)

    statements(1)
    assert statements(200) <= statements(2)


def test_plain_footprints_are_those_that_need_no_mending():
    crossed = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
    many = [[math.cos(angle / 100), math.sin(angle / 100)] for angle in range(600)]
    closer_look = [
        None, 5, {}, {"type": []}, {"type": "Polygon"}, {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [crossed]}, {"type": "Polygon", "coordinates": [[*many, many[0]]]},
        {"type": "Point", "coordinates": [181, 0]}, {"type": "Point", "coordinates": [0, 91]},
        {"type": "Point", "coordinates": ["a", "b"]}, {"type": "Point", "coordinates": [2**70, 0]},
        {"type": "Point", "coordinates": [math.nan, 0]}, {"type": "Point", "coordinates": [1, 2, 3]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, {**SQUARE, "note": 1},
        {"type": "Feature", "geometry": SQUARE},
    ]  # fmt: skip
    plain = [SQUARE, {"type": "Point", "coordinates": [180, -90]}]
    assert read_plain_footprints(closer_look) == [None] * len(closer_look)
    assert read_plain_footprints(plain) == [bytes(read_footprint(each).wkb) for each in plain]
    assert read_plain_footprints([]) == []
