"""Documents as real catalogs publish them, which are not quite valid: mended and told, or refused where asked for."""

import pytest

from catalog.models import Collection, Item
from tests.catalog.stac import stac_documents
from tests.catalog.stac.stac_documents import POLYGON, item
from tests.catalog.test_load import load, write

pytestmark = pytest.mark.django_db
posting = pytest.mark.usefixtures("collection")
ITEMS = "/stac/collections/scenes/items"
BOWTIE = {"type": "Polygon", "coordinates": [[[10, 50], [11, 51], [11, 50], [10, 51], [10, 50]]]}


def box(west: float, south: float, east: float, north: float) -> dict:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"geometry": {"type": "Polygon", "coordinates": [ring]}, "bbox": [west, south, east, north]}


@posting
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([-180.0014, -20, -179, -19], [179.9986, -20, -179, -19]),
        ([172.5, -19, 180.1436, -10], [172.5, -19, -179.8564, -10]),
        ([179, -90.0042, 180, -89], [179, -90, 180, -89]),
        ([-180.125, -90.125, 179.875, 90.125], [-180, -90, 180, 90]),
        ([-191.5, -20, -180.5, -10], [168.5, -20, 179.5, -10]),
    ],
)
def test_post_item_a_little_beyond_the_world_is_wrapped_or_clipped(api, given, kept):
    answer = api.post(ITEMS, item(**box(*given)), format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["bbox"] == pytest.approx(kept)
    assert "beyond" in answer["Warning"]
    stored = Item.objects.get()
    west, south, east, north = stored.geometry.extent
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    crosses = kept[0] > kept[2]
    assert stored.geometry.geom_type == ("MultiPolygon" if crosses else "Polygon")
    width = (kept[2] - kept[0]) % 360 or 360
    assert stored.geometry.area == pytest.approx(width * (kept[3] - kept[1]))


@posting
def test_find_item_beyond_the_antimeridian_on_both_sides(api):
    api.post(ITEMS, item(**box(172.5, -19, 180.1436, -10)), format="json")
    for bbox in ("-179.95,-15,-179.9,-14", "179,-15,179.5,-14", "179.9,-15,-179.9,-14"):
        assert [each["id"] for each in api.get(f"/stac/search?bbox={bbox}").json()["features"]] == ["scene-1"], bbox


@posting
def test_post_point_a_little_beyond_is_wrapped(api):
    point = {"geometry": {"type": "Point", "coordinates": [180.001, 10]}, "bbox": [180.001, 10, 180.001, 10]}
    answer = api.post(ITEMS, item(**point), format="json")
    assert answer.status_code == 201
    assert answer.json()["geometry"]["coordinates"] == pytest.approx([-179.999, 10])


@posting
def test_post_item_strictly_refuses_what_lies_beyond(api):
    document = item(**box(-180.0014, -20, -179, -19))
    answer = api.post(ITEMS, document, format="json", headers={"Prefer": "handling=strict"})
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("bbox: lay beyond")


@posting
def test_post_item_with_null_members_keeps_the_others(api):
    links = [{"rel": "license", "href": "https://example.org/license", "title": None, "type": None}]
    assets = {"a": {"href": "https://example.org/a.tif", "title": None, "roles": ["data"]}}
    answer = api.post(ITEMS, item(links=links, assets=assets), format="json")
    assert answer.status_code == 201, answer.json()
    assert Item.objects.get().links == [{"rel": "license", "href": "https://example.org/license"}]
    assert Item.objects.get().assets == {"a": {"href": "https://example.org/a.tif", "roles": ["data"]}}


@posting
def test_post_item_with_dates_takes_whole_days(api):
    times = {"datetime": None, "start_datetime": "2024-05-01", "end_datetime": "2024-05-02"}
    answer = api.post(ITEMS, item(properties=times), format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["properties"]["start_datetime"] == "2024-05-01T00:00:00Z"
    assert answer.json()["properties"]["end_datetime"] == "2024-05-02T23:59:59Z"
    assert "date without a time" in answer["Warning"]


@posting
def test_post_valid_item_warns_of_nothing(api):
    assert "Warning" not in api.post(ITEMS, item(), format="json")


@posting
@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"bbox": ...}, "bbox: is missing"),
        ({"properties": {}}, "properties.datetime: is missing"),
        ({"properties": {"datetime": None}}, "properties.start_datetime: is missing"),
        ({"links": [{"rel": "about"}]}, "links.0.href: is missing"),
        ({"bbox": [1, 2, 3]}, "bbox: [1,2,3] has less than 4 items"),
    ],
)
def test_post_item_that_is_refused_says_which_member_lacks_what(api, members, sentence):
    document = {name: value for name, value in (item() | members).items() if value is not ...}
    answer = api.post(ITEMS, document, format="json")
    assert answer.status_code == 400
    assert sentence in answer.json()["description"]
    assert "Of'" not in answer.json()["description"]
    assert '"type":"Feature"' not in answer.json()["description"]


def test_post_collection_upside_down_is_turned(api):
    extent = {"spatial": {"bbox": [[-180.0, 85.0, 180.0, -56.0]]}, "temporal": {"interval": [["2000-02-11", None]]}}
    answer = api.post("/stac/collections", stac_documents.collection("elevation", extent=extent), format="json")
    assert answer.status_code == 201, answer.json()
    assert "swapped" in answer["Warning"]
    stored = Collection.objects.get(pk="elevation")
    assert stored.bbox == [-180, -56, 180, 85]
    assert stored.start_datetime.isoformat() == "2000-02-11T00:00:00+00:00"


@posting
def test_bulk_items_tells_what_was_mended(api):
    body = {"type": "FeatureCollection", "features": [item("a"), item("b", **box(-180.0014, -20, -179, -19))]}
    answer = api.post(ITEMS, body, format="json")
    assert answer.status_code == 201, answer.json()
    assert [(each["index"], each["id"]) for each in answer.json()["mended"]] == [(1, "b"), (1, "b")]


def test_load_cuts_rings_that_cross_and_tells(tmp_path):
    documents = [
        stac_documents.collection("scenes"),
        item("crossed", collection="scenes", geometry=BOWTIE, bbox=[10, 50, 11, 51]),
    ]
    _, err = load(write(tmp_path / "a.ndjson", documents))
    assert "scenes/crossed: geometry: was not valid (Self-intersection" in err
    stored = Item.objects.get()
    assert stored.geometry.valid
    assert stored.geometry.area == pytest.approx(0.5)


def test_load_strictly_refuses_what_is_not_valid(tmp_path):
    documents = [
        stac_documents.collection("scenes"),
        item("crossed", collection="scenes", geometry=BOWTIE),
        item("beyond", collection="scenes", **box(-180.0014, -20, -179, -19)),
        item("good", collection="scenes", geometry=POLYGON),
    ]
    _, err = load(write(tmp_path / "a.ndjson", documents), strict=True)
    assert [each.item_id for each in Item.objects.all()] == ["good"]
    assert "2 documents were not loaded" in err
