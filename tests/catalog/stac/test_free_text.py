"""Items by free text over the routes."""

import pytest
from django.contrib.auth.models import User
from django.db import connection

from catalog.models import Item, Membership
from catalog.querying.free_text import parse_q
from catalog.services.access.tokens import create_token
from catalog.services.items.writing import upsert_item
from tests.catalog.stac.records import add_collection
from tests.catalog.stac.stac_documents import item

pytestmark = pytest.mark.django_db
ITEMS = {
    "S2A_33UWP": {"title": "Snow in the Alps", "platform": "sentinel-2a", "keywords": ["Neige", "Forêt-Noire"]},
    "S2B_33UWP": {"title": "Summer in the Alps", "platform": "sentinel-2b", "description": "No snow; climate model"},
    "LC08": {"title": "Model of a climate", "platform": "landsat-8", "providers": [{"name": "USGS's “archive”"}]},
    "slide": {"title": "幹細胞 slide"},
}


def write(collection_id, item_id, properties):
    document = item(item_id, properties={"datetime": "2024-05-01T10:00:00Z", **properties})
    return upsert_item(collection_id=collection_id, document=document)


@pytest.fixture
def scenes():
    collection = add_collection("scenes")
    for item_id, properties in ITEMS.items():
        write("scenes", item_id, properties)
    add_collection("private", visibility="private")
    write("private", "secret", {"title": "Secret snow in the Alps"})
    return collection


def ids(answer):
    assert answer.status_code == 200, answer.json()
    page = answer.json()
    assert page["numberMatched"] == len(page["features"])
    return " ".join(sorted(feature["id"] for feature in page["features"]))


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("snow", "S2A_33UWP S2B_33UWP"),
        ("SNÖW", "S2A_33UWP S2B_33UWP"),
        ("sentinel", "S2A_33UWP S2B_33UWP"),
        ("sentinel-2a", "S2A_33UWP"),
        ("33uwp", "S2A_33UWP S2B_33UWP"),
        ("lc08,slide", "LC08 slide"),
        ('"climate model"', "S2B_33UWP"),
        ("climate AND model", "LC08 S2B_33UWP"),
        ("alps -summer", "S2A_33UWP"),
        ("+alps summer", "S2A_33UWP S2B_33UWP"),
        ("-snow", "LC08 slide"),
        ("(neige OR usgs) AND (alps OR archive)", "LC08 S2A_33UWP"),
        ("usgs's", "LC08"),
        ('"the alps sentinel"', ""),
        ("幹細胞", "slide"),
        ("細胞", "slide"),
        ("2024-05-01", ""),
        ("'; DROP TABLE catalog_item;--", ""),
        ("'); DROP TABLE catalog_item;--", None),
        ("%", None),
        ("secret", ""),
    ],
)
def test_items_by_words_are_the_same_on_every_route(client, q, expected):
    answers = [
        client.get("/stac/search", {"q": q}),
        client.post("/stac/search", {"q": q}, format="json"),
        client.get("/stac/collections/scenes/items", {"q": q}),
    ]
    for answer in answers:
        if expected is None:
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_free_text")
        else:
            assert ids(answer) == expected


@pytest.mark.usefixtures("scenes")
def test_items_by_list_of_terms_match_one_of_them(client):
    body = {"q": ["climate model", "neige"], "bbox": [0, 0, 20, 60], "filter": "id <> 'x'", "filter-lang": "cql2-text"}

    assert ids(client.post("/stac/search", body, format="json")) == "S2A_33UWP S2B_33UWP"
    assert ids(client.get("/stac/search", {"q": "climate model,neige"})) == "S2A_33UWP S2B_33UWP"
    assert ids(client.get("/stac/search?q=climate+model&q=neige")) == "S2A_33UWP S2B_33UWP"


@pytest.mark.usefixtures("scenes")
def test_items_of_private_collection_are_found_by_members_alone(client):
    member = User.objects.create_user("member")
    Membership.objects.create(collection_id="private", user=member, role=Membership.Role.VIEWER)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(user=member, name='t')[1]}")

    assert ids(client.get("/stac/search", {"q": "secret"})) == "secret"


@pytest.mark.usefixtures("scenes")
def test_items_by_words_follow_changes_of_the_document(client):
    write("scenes", "slide", {"title": "Autumn"})

    assert ids(client.get("/stac/search", {"q": "slide"})) == "slide"
    assert ids(client.get("/stac/search", {"q": "幹"})) == ""
    assert ids(client.get("/stac/search", {"q": "autumn"})) == "slide"


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("body", [{"q": '"open'}, {"q": 5}, {"q": ["("] * 3}, {"q": "(a"}, {"q": "x" * 10_000}])
def test_items_by_bad_q_answers_400(client, body):
    answer = client.post("/stac/search", body, format="json")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_free_text"
    assert answer.json()["description"].startswith("q: ")


@pytest.mark.usefixtures("scenes")
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite reads the column")
def test_items_by_words_ask_the_index_on_postgresql():
    with connection.cursor() as cursor:
        # A table this small is read faster without.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    for q in ("snow", '"climate model"'):
        assert "item_words" in Item.objects.filter(parse_q(q).condition("words")).explain()
