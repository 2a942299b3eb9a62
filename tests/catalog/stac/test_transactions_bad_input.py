"""What must not come in: 4xx with a code and the offending path, and nothing written."""

import math

import pytest

from catalog.models import Item
from tests.catalog.stac.stac_documents import POLYGON, item

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collection")]
ITEMS = "/stac/collections/scenes/items"
BOWTIE = {"type": "Polygon", "coordinates": [[[10, 50], [11, 51], [11, 50], [10, 51], [10, 50]]]}


def circle(count: int) -> dict:
    ring = [[math.cos(2 * math.pi * k / count) * 5, math.sin(2 * math.pi * k / count) * 5] for k in range(count)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def collected(*geometries: dict) -> dict:
    return {"type": "GeometryCollection", "geometries": list(geometries)}


def nested(depth: int) -> list:
    return [] if depth == 0 else [nested(depth - 1)]


def times(**properties) -> dict:
    return {"properties": properties}


BAD = [
    ({"geometry": BOWTIE}, "geometry"),
    ({"geometry": {"type": "Point", "coordinates": [200, 10]}}, "geometry"),
    ({"geometry": {"type": "Point", "coordinates": [10, -95]}}, "geometry"),
    ({"geometry": {"type": "Point", "coordinates": [10, "x"]}}, "geometry"),
    ({"geometry": {"type": "Point", "coordinates": [10, 50, "high"]}}, "geometry"),
    ({"geometry": {"type": "Point", "coordinates": []}}, "geometry"),
    ({"geometry": {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 51]]]}}, "geometry"),
    ({"geometry": {"type": "Feature", "geometry": BOWTIE, "properties": {}}}, "geometry"),
    ({"geometry": {"type": "Circle", "coordinates": [1, 2]}}, "geometry"),
    ({"geometry": {"type": ["Point"], "coordinates": [1, 2]}}, "geometry"),
    ({"geometry": "POINT (1 2)"}, "geometry"),
    ({"geometry": {"type": "MultiPolygon", "coordinates": [[], POLYGON["coordinates"]]}}, "geometry"),
    ({"geometry": {"type": "Polygon", "coordinates": []}}, "geometry"),
    ({"geometry": {"type": "GeometryCollection", "geometries": [collected(POLYGON)]}}, "geometry"),
    ({"geometry": circle(100_000)}, "geometry"),
    ({"bbox": [10, 50, 11]}, "bbox"),
    ({"bbox": [10, 51, 11, 50]}, "bbox"),
    ({"bbox": [10, 50, 500, 51]}, "bbox"),
    ({"bbox": [10, -95, 11, 51]}, "bbox"),
    ({"bbox": [10, 50, 90, 11, 51, 5]}, "bbox"),
    ({"bbox": ["10", "50", "11", "51"]}, "bbox"),
    ({"bbox": None}, "bbox"),
    (
        times(datetime=None, start_datetime="2024-05-02T00:00:00Z", end_datetime="2024-05-01T00:00:00Z"),
        "start_datetime",
    ),
    (times(datetime=None), "properties"),
    (times(datetime=None, start_datetime="2024-05-02T00:00:00Z"), "properties"),
    (times(datetime="2024-13-01T00:00:00Z"), "datetime"),
    (times(datetime="yesterday"), "datetime"),
    (times(datetime=5), "datetime"),
    (times(), "properties"),
    ({"properties": None}, "properties"),
    ({"properties": []}, "properties"),
    ({"assets": None}, "assets"),
    ({"assets": {"a": {"title": "no href"}}}, "assets"),
    ({"assets": {"a": 5}}, "assets"),
    ({"assets": []}, "assets"),
    ({"links": None}, "links"),
    ({"links": [5]}, "links"),
    ({"links": [{"rel": "about"}]}, "links"),
    ({"stac_extensions": 5}, "stac_extensions"),
    ({"stac_version": "9.9"}, "stac_version"),
    ({"stac_version": 5}, "stac_version"),
    ({"type": "Collection"}, "type"),
    ({"id": ""}, "id"),
    ({"id": 5}, "id"),
    ({"id": "a/b"}, "id"),
    ({"id": "x" * 257}, "id"),
    ({"id": ".."}, "id"),
    ({"id": "a\x00b"}, "id"),
    ({"collection": "other"}, "collection"),
    ({"collection": 5}, "collection"),
    (times(datetime="2024-05-01T10:00:00Z", note="a\x00b"), "properties.note"),
    (times(datetime="2024-05-01T10:00:00Z", **{"a\x00b": 1}), "properties"),
    ({"deep": nested(249)}, "document"),
]


@pytest.mark.parametrize(("members", "path"), BAD, ids=range(len(BAD)))
def test_post_item_that_is_wrong_names_the_path(api, members, path):
    answer = api.post(ITEMS, item(**members), format="json")
    assert answer.status_code == 400, answer.json()
    assert answer.json()["code"] == "invalid_document"
    assert path in answer.json()["description"]
    assert len(answer.content) < 8000
    assert not Item.objects.exists()


@pytest.mark.parametrize("old", ["0.8.1", "0.9.0", "1.0.0-beta.2", "1.0.0"])
@pytest.mark.parametrize(("members", "path"), BAD[:35])
def test_post_old_item_that_is_wrong_is_refused(api, members, path, old):
    del path
    assert api.post(ITEMS, item(**{**members, "stac_version": old}), format="json").status_code == 400


@pytest.mark.parametrize("missing", ["type", "id", "geometry", "properties", "links", "assets", "stac_version"])
def test_post_item_without_a_member_is_refused_or_completed(api, missing):
    document = item()
    del document[missing]
    answer = api.post(ITEMS, document, format="json")
    # Old versions knew no type; a client that sends no links has none.
    assert answer.status_code == (201 if missing in {"type", "links"} else 400), answer.json()


def test_post_item_with_a_large_footprint_comes_back_equal(api):
    geometry = circle(20_000)
    assert api.post(ITEMS, item(geometry=geometry), format="json").status_code == 201
    assert api.get(f"{ITEMS}/scene-1").json()["geometry"] == geometry


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [10.123456789012345, 0.0012345678901234567]},
        {"type": "MultiPoint", "coordinates": [[180.0, 90.0], [-180.0, -90.0]]},
        {"type": "LineString", "coordinates": [[1e-07, 2.5], [3.0, 4.0]]},
        {"type": "MultiPolygon", "coordinates": [circle(5)["coordinates"]]},
        # SpatiaLite keeps points before polygons.
        collected({"type": "Point", "coordinates": [50.5, 60.25]}, circle(5)),
        collected(circle(5), {"type": "Point", "coordinates": [50.5, 60.25]}),
        {"type": "Point", "coordinates": [10.5, 50.5, 812.75]},
        {"type": "LineString", "coordinates": [[1.5, 2.5, 3.5], [3.5, 4.5, -5.5]]},
        {"type": "LineString", "coordinates": [[1.5, 2.5], [3.5, 4.5, 5.5]]},
        {"type": "Point", "coordinates": [10.5, 50.5], "bbox": [10.5, 50.5, 10.5, 50.5]},
        # As programs write what they computed from ±180.
        {"type": "MultiPoint", "coordinates": [[180.00000000000014, 1.5], [-180.00001525878906, 90.00000000000001]]},
    ],
    ids=lambda geometry: geometry["type"],
)
def test_post_item_of_any_geometry_comes_back_equal(api, geometry):
    assert api.post(ITEMS, item(geometry=geometry), format="json").status_code == 201
    assert api.get(f"{ITEMS}/scene-1").json()["geometry"] == geometry


def test_item_with_numbers_of_every_size_comes_back_equal(api):
    """PostgreSQL writes large floats out as integers."""
    numbers = [
        -3.4028234663852886e38,
        1e300,
        1.7976931348623157e308,
        2**64 - 1,
        -(2**63),
        5e-324,
        0.1,
        12345678901234567,
    ]
    document = item(
        properties={"datetime": "2024-05-01T10:00:00Z", "raster:nodata": numbers},
        assets={"image": {"href": "https://example.org/scene.tif", "bands": [{"nodata": numbers[0]}]}},
    )
    assert api.post(ITEMS, document, format="json").status_code == 201
    found = api.get(f"{ITEMS}/scene-1").json()
    assert found["properties"]["raster:nodata"] == numbers
    assert found["assets"]["image"]["bands"] == [{"nodata": numbers[0]}]
    assert api.put(f"{ITEMS}/scene-1", found, format="json").status_code == 204
    assert Item.objects.get().version == 1


def test_item_with_heights_keeps_them_until_it_has_another_geometry(api):
    raised = {"type": "Point", "coordinates": [10.5, 50.5, 812.75]}
    api.post(ITEMS, item(geometry=raised, bbox=[10.5, 50.5, 812.75, 10.5, 50.5, 812.75]), format="json")
    scene = f"{ITEMS}/scene-1"
    assert api.put(scene, api.get(scene).json(), format="json").status_code == 204
    assert api.patch(scene, {"properties": {"gsd": 5}}, format="json").status_code == 204
    (found,) = api.get("/stac/search?bbox=10,50,11,51").json()["features"]
    assert found["geometry"] == raised
    assert Item.objects.get().version == 2

    assert api.patch(scene, {"geometry": {"coordinates": [10.5, 50.5, 900.25]}}, format="json").status_code == 204
    assert api.get(scene).json()["geometry"]["coordinates"] == [10.5, 50.5, 900.25]
    assert api.patch(scene, {"geometry": {"coordinates": [10.5, 50.5]}}, format="json").status_code == 204
    assert api.get(scene).json()["geometry"]["coordinates"] == [10.5, 50.5]
    assert api.patch(scene, {"geometry": None, "bbox": None}, format="json").status_code == 204
    assert api.get(scene).json()["geometry"] is None


def test_post_item_with_backslashes_is_no_nul(api):
    document = item(properties={"datetime": "2024-05-01T10:00:00Z", "note": "\\u0000"})
    assert api.post(ITEMS, document, format="json").status_code == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff\xfe", b"[" * 3000, b'{"a": 1e999}'])
def test_post_body_that_is_no_item_is_refused(api, body):
    answer = api.generic("POST", ITEMS, body, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) >= {"code", "description"}


def test_post_huge_body_is_too_large(api, settings):
    settings.STAC = {"max_body_bytes": 10_000, "max_bulk_bytes": 20_000}
    document = item(note="x" * 30_000)
    assert api.post(ITEMS, document, format="json").status_code == 413
    bulk = api.post("/stac/collections/scenes/bulk_items", {"items": {"scene-1": document}}, format="json")
    assert bulk.status_code == 413


def test_post_another_media_type_is_unsupported(api):
    assert api.generic("POST", ITEMS, b"<item/>", content_type="text/xml").status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"items": []},
        {"items": {}},
        {"items": {"a": item("b")}},
        {"items": {"a": item("a")}, "method": "drop"},
        {"items": {"a": item("a")}, "method": ["insert"]},
        {"type": "FeatureCollection", "features": {}},
        {"type": "FeatureCollection"},
        {"items": {"a": 5}},
        {"type": "FeatureCollection", "features": [None, 5, "x", []]},
    ],
)
def test_bulk_of_another_shape_is_refused(api, body):
    answer = api.post("/stac/collections/scenes/bulk_items", body, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) >= {"code", "description"}


def test_bulk_reports_each_that_is_wrong_and_keeps_the_others(api):
    features = [item(f"bad-{number}", **members) for number, (members, _) in enumerate(BAD)]
    features = [each for each in features if each["id"] is not None] + [item("good"), item("good")]
    answer = api.post(
        "/stac/collections/scenes/bulk_items", {"type": "FeatureCollection", "features": features}, format="json"
    )
    assert answer.status_code == 207
    assert len(answer.json()["refused"]) == len(features) - 1
    assert Item.objects.get().item_id == "good"
