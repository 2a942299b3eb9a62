"""Searches as files, and those files loaded again."""

import io
import tracemalloc
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command

from catalog.documents.reading import read_documents
from catalog.models import Collection, Item
from tests.catalog.roundtrip import item_differences
from tests.catalog.stac.records import add_collection, add_item, add_items
from tests.catalog.stac.stac_documents import item

pytestmark = pytest.mark.django_db
FORMATS = ("ndjson", "geojson", "parquet")


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.fixture
def scenes(collection) -> Collection:
    add_items(collection, 12)
    return collection


def read_features(content: bytes, *, kind: str) -> list[dict]:
    if kind == "geojson":
        return orjson.loads(content)["features"]
    return [orjson.loads(line) for line in content.splitlines()]


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("kind", ["ndjson", "geojson"])
def test_export_has_all_that_a_search_pages_through(client, kind):
    search = {"datetime": "2024-01-03T00:00:00Z/..", "sortby": "id"}
    answer = client.get("/stac/export", search | {"f": kind})
    assert answer.status_code == 200
    found = client.get("/stac/search", search | {"limit": 100}).json()["features"]
    assert read_features(body(answer), kind=kind) == found
    assert len(found) == 10


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("kind", FORMATS)
def test_export_by_post_is_that_by_get(client, kind):
    asked = client.post("/stac/export", {"ids": ["scene-002", "scene-003"], "f": kind}, format="json")
    got = client.get("/stac/export", {"ids": "scene-002,scene-003", "f": kind})
    assert asked.status_code == 200
    assert asked["Content-Type"] == got["Content-Type"]
    content = body(asked)
    assert content == body(got) or kind == "parquet"
    if kind != "parquet":
        assert len(read_features(content, kind=kind)) == 2


@pytest.mark.parametrize("sent", [[], "x", {"f": "shp"}, {"f": ["ndjson"]}, {"f": None}, {"bbox": [1]}, {"colour": 1}])
def test_export_by_post_of_a_wrong_search_is_refused(client, sent):
    answer = client.post("/stac/export", sent, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "description"}


@pytest.mark.usefixtures("scenes")
def test_export_of_nothing_is_empty(client):
    assert body(client.get("/stac/export", {"ids": "none"})) == b""
    assert orjson.loads(body(client.get("/stac/export", {"ids": "none", "f": "geojson"})))["features"] == []


@pytest.mark.parametrize("params", [{"f": "shp"}, {"bbox": "1,2"}, {"filter": "("}, {"colour": "red"}, {"f": ""}])
def test_export_of_a_wrong_search_is_refused(client, params):
    answer = client.get("/stac/export", params)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "description"}


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("kind", FORMATS)
def test_export_of_some_fields_has_no_more(client, kind, tmp_path):
    answer = client.get("/stac/export", {"f": kind, "fields": "bbox"})
    assert answer.status_code == 200
    if kind == "parquet":
        (tmp_path / "items.parquet").write_bytes(body(answer))
        assert len(list(read_documents(tmp_path / "items.parquet"))) == 12
    else:
        feature = read_features(body(answer), kind=kind)[0]
        assert {"id", "bbox"} <= feature.keys() <= {"id", "bbox", "type", "stac_version", "collection"}


@pytest.mark.parametrize(
    "properties",
    [{"created": "yesterday"}, {"updated": "2024-13-01T00:00:00Z"}, {"count": 2**64 - 1}, {"mixed": [1, "a", {}]}],
)
def test_export_of_what_parquet_has_no_column_for_is_refused(client, scenes, properties):
    add_item(scenes, "odd", properties=properties)
    answer = client.get("/stac/export?f=parquet")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "description"}
    assert len(read_features(body(client.get("/stac/export?f=ndjson")), kind="ndjson")) == 13


def test_export_shows_what_the_reader_may_see(client, api, user):
    del user
    add_items(add_collection("secret", visibility="private"), 3)
    assert body(client.get("/stac/export")) == b""
    assert body(api.get("/stac/export")) == b""


@pytest.mark.parametrize("kind", FORMATS)
def test_export_loads_again_and_is_equal(collection, api, tmp_path, kind):
    documents = [item("a"), item("b", bbox=[10, 50, -5, 11, 51, 90]), item("c", geometry=None, assets={})]
    del documents[2]["bbox"]
    documents[1]["properties"] |= {"proj:shape": [1, 2], "platform": "x", "view": {"off": 1.5}}
    for document in documents:
        assert api.post("/stac/collections/scenes/items", document, format="json").status_code == 201
    path: Path = tmp_path / f"items.{kind}"
    path.write_bytes(body(api.get("/stac/export", {"f": kind})))
    Item.objects.all().delete()
    out = io.StringIO()
    call_command("load", path, stdout=out, stderr=io.StringIO())
    assert "3 new" in out.getvalue()
    for document in documents:
        assert item_differences(document, collection_id=collection.pk) == []


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("kind", FORMATS)
def test_export_command_writes_a_file(tmp_path, kind):
    path, out = tmp_path / f"items.{kind}", io.StringIO()
    call_command(
        "export", path, bbox="10,50,11,51", datetime="2024-01-03T00:00:00Z/..", stdout=out, stderr=io.StringIO()
    )
    assert out.getvalue().startswith("10 items in")
    assert path.stat().st_size > 100


@pytest.mark.parametrize("options", [{"bbox": "x"}, {}])
def test_export_command_says_what_is_wrong(tmp_path, options):
    with pytest.raises(CommandError):
        call_command("export", tmp_path / "items.tif", stderr=io.StringIO(), **options)


def test_export_needs_the_memory_of_a_few_items(client, collection):
    add_items(collection, 600, properties={"note": "x" * 10_000})
    pieces = iter(client.get("/stac/export").streaming_content)
    tracemalloc.start()
    size = sum(len(piece) for piece in pieces)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 6_000_000
    assert peak < size
