"""Where servers of the field trip, as validators and clients found out."""

import pytest
from stac_api_validator.validations import invalid_datetimes, valid_datetimes

from tests.catalog.stac.records import add_collection, add_item
from tests.catalog.stac.stac_documents import item

pytestmark = pytest.mark.django_db
ITEMS = "/stac/collections/scenes/items"


@pytest.fixture
def scenes(collection):
    for number, cover in enumerate((5, 15, 25)):
        add_item(collection, f"scene-{number}", properties={"eo:cloud_cover": cover})
    return collection


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return sorted(feature["id"] for feature in answer.json()["features"])


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("path", ["/stac/search", ITEMS])
@pytest.mark.parametrize("query", ["bbox=1,2,3", "bbox=a", "datetime=1985-04-12", "limit=-1", "limit=0", "limit=x"])
def test_bad_parameter_answers_400_and_never_422(client, path, query):
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.json()["description"].startswith(query.split("=")[0])


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("moment", valid_datetimes)
def test_datetime_that_is_valid_is_taken(client, moment):
    assert client.get("/stac/search", {"datetime": moment}).status_code == 200
    assert client.get(ITEMS, {"datetime": moment}).status_code == 200
    assert client.post("/stac/search", {"datetime": moment}, format="json").status_code == 200


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("moment", invalid_datetimes)
def test_datetime_that_is_not_valid_answers_400(client, moment):
    assert client.get("/stac/search", {"datetime": moment}).status_code == 400
    assert client.get(ITEMS, {"datetime": moment}).status_code == 400
    assert client.post("/stac/search", {"datetime": moment}, format="json").status_code == 400


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("bbox", [[9, 49, 12, 52], [9, 49, -100, 12, 52, 9000]])
def test_bbox_has_four_or_six_numbers(client, bbox):
    assert len(ids(client.post("/stac/search", {"bbox": bbox}, format="json"))) == 3
    assert len(ids(client.get("/stac/search", {"bbox": ",".join(map(str, bbox))}))) == 3


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("limit", [10_000, 100_000, 10**9, 10**30])
def test_limit_that_is_large_is_lowered(client, limit):
    assert len(ids(client.get("/stac/search", {"limit": limit}))) == 3
    assert len(ids(client.post("/stac/search", {"limit": limit}, format="json"))) == 3


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("bounds", [[[10, 20]], [10, 20]])
def test_between_takes_its_bounds_in_the_old_form_and_in_the_new(client, bounds):
    between = {"op": "between", "args": [{"property": "eo:cloud_cover"}, *bounds]}
    assert ids(client.post("/stac/search", {"filter": between}, format="json")) == ["scene-1"]
    assert ids(client.post("/stac/search", {"filter": {"op": "not", "args": [between]}}, format="json")) == [
        "scene-0",
        "scene-2",
    ]


@pytest.mark.usefixtures("scenes")
def test_collections_may_be_one_text(client):
    body = {"collections": "scenes", "sortby": [{"field": "properties.datetime", "direction": "asc"}], "limit": 100}
    assert len(ids(client.post("/stac/search", body, format="json"))) == 3


@pytest.mark.usefixtures("scenes")
def test_query_takes_numbers_that_are_written_as_texts(client):
    query = {"eo:cloud_cover": {"gte": "15"}}
    assert ids(client.post("/stac/search", {"query": query}, format="json")) == ["scene-1", "scene-2"]


@pytest.mark.usefixtures("scenes")
def test_fields_that_are_null_answer_400(client):
    answer = client.post("/stac/search", {"fields": None}, format="json")
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("fields: ")


@pytest.mark.usefixtures("scenes")
def test_other_members_that_are_null_are_not_asked_for(client):
    names = ("bbox", "datetime", "ids", "sortby", "filter", "query", "token", "limit", "q")
    answer = client.post("/stac/search", dict.fromkeys(names), format="json")
    assert answer.status_code == 200
    assert "assets" in answer.json()["features"][0]


@pytest.mark.usefixtures("collection")
def test_delete_of_an_absent_item_answers_204(api):
    answer = api.delete(f"{ITEMS}/nothing")
    assert answer.status_code == 204
    assert "Content-Type" not in answer


@pytest.mark.usefixtures("collection")
def test_answers_without_a_body_have_no_type(api):
    api.post(ITEMS, item(), format="json")
    scene = f"{ITEMS}/scene-1"
    for answer in (
        api.put(scene, item(), format="json"),
        api.patch(scene, {"properties": {"gsd": 5}}, format="json"),
        api.delete(scene),
    ):
        assert answer.status_code == 204
        assert "Content-Type" not in answer
        assert answer.content == b""


@pytest.mark.usefixtures("scenes")
def test_self_of_items_is_the_items_link_of_their_collection(client):
    links = {link["rel"]: link["href"] for link in client.get("/stac/collections/scenes").json()["links"]}
    page = client.get(links["items"]).json()
    assert [link["href"] for link in page["links"] if link["rel"] == "self"] == [links["items"]]
    page = client.get(f"{ITEMS}?limit=1&bbox=9,49,12,52").json()
    for feature in page["features"]:
        href = next(link["href"] for link in feature["links"] if link["rel"] == "self")
        assert "?" not in href
        assert client.get(href).json() == feature


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/stac/search", "application/geo+json"),
        (ITEMS, "application/geo+json"),
        (f"{ITEMS}/scene-1", "application/geo+json"),
        ("/stac/queryables", "application/schema+json"),
        ("/stac/sortables", "application/schema+json"),
        ("/stac/collections/scenes/queryables", "application/schema+json"),
        ("/stac/collections/scenes/sortables", "application/schema+json"),
        ("/stac/collections", "application/json"),
        ("/stac/collections/scenes", "application/json"),
    ],
)
def test_route_answers_its_media_type(client, path, media_type):
    assert client.get(path)["Content-Type"] == media_type
    assert client.head(path)["Content-Type"] == media_type


def test_search_by_post_answers_geojson(client):
    assert client.post("/stac/search", {}, format="json")["Content-Type"] == "application/geo+json"


def test_collections_have_no_type(client):
    add_collection()
    assert "type" not in client.get("/stac/collections").json()
