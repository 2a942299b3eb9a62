"""`manage.py load`: files of STAC documents into the database."""

import gzip
import io
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command

from catalog.models import Collection, Item
from catalog.services.items.loading import is_collection
from tests.catalog.factories import UserFactory
from tests.catalog.roundtrip import collection_differences, item_differences
from tests.catalog.stac.stac_documents import collection, item
from tests.real_data import SHARED_DATA

pytestmark = pytest.mark.django_db
SHARED = SHARED_DATA / "stac"


def write(path: Path, documents: list) -> Path:
    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "wb") as file:
        file.writelines(each if isinstance(each, bytes) else orjson.dumps(each) + b"\n" for each in documents)
    return path


def load(*files: Path, **options) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("load", *files, stdout=out, stderr=err, **options)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz", "all.jsonl"])
def test_load_lines_writes_collections_and_items(tmp_path, name):
    documents = [collection("scenes"), *(item(f"scene-{n}", collection="scenes") for n in range(1200))]
    out, _ = load(write(tmp_path / name, documents))
    assert out.startswith("1 collections; items: 1200 new, 0 changed, 0 as they were; 0 documents refused")
    assert Item.objects.filter(collection="scenes").count() == 1200
    assert item_differences(documents[7], collection_id="scenes") == []
    assert collection_differences(documents[0]) == []


def test_load_again_changes_only_what_differs(tmp_path):
    documents = [collection("scenes"), item("a", collection="scenes"), item("b", collection="scenes")]
    load(write(tmp_path / "a.ndjson", documents))
    documents[2]["properties"]["gsd"] = 5
    out, _ = load(write(tmp_path / "a.ndjson", documents))
    assert "0 new, 1 changed, 1 as they were" in out
    assert dict(Item.objects.values_list("item_id", "version")) == {"a": 1, "b": 2}


def test_load_takes_few_queries_a_batch(tmp_path, django_assert_max_num_queries):
    documents = [collection("scenes"), *(item(f"scene-{n}", collection="scenes") for n in range(400))]
    path = write(tmp_path / "a.ndjson", documents)
    with django_assert_max_num_queries(40):
        load(path)


def test_load_reports_what_it_can_not_take_and_keeps_the_rest(tmp_path):
    documents = [
        collection("scenes"),
        item("bad", collection="scenes", bbox=[10, 51, 11, 50]),
        item("twice", collection="scenes"),
        item("twice", collection="scenes"),
        item("stray", collection="nowhere"),
        item("loose"),
        b"{broken\n",
        [5],
        {"type": "Catalog", "id": "catalog"},
        item("good", collection="scenes"),
    ]
    out, err = load(write(tmp_path / "a.ndjson", documents))
    assert sorted(Item.objects.values_list("item_id", flat=True)) == ["good", "twice"]
    assert "1 collections; items: 2 new" in out
    assert "7 documents refused" in out
    for reason in (
        "scenes/bad: bbox: south",
        "scenes/twice: id: 'twice' came before in this bulk. (duplicate_id)",
        "stray: There is no collection 'nowhere'. (collection_not_found)",
        "loose: collection:",
        "{broken",
        "catalog: type: 'Catalog' is not 'Collection'. (invalid_document)",
    ):
        assert reason in err


def test_load_makes_the_collections_it_is_told_to(tmp_path):
    user = UserFactory(username="ada")
    documents = [item("a", collection="named"), item("b")]
    out, _ = load(write(tmp_path / "a.ndjson", documents), create_collections=True, collection="others", owner="ada")
    assert "2 new" in out
    assert sorted(Collection.objects.editable_by(user).values_list("id", flat=True)) == ["named", "others"]


def test_load_of_a_feature_collection(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": [item("a"), item("b")]}))
    out, _ = load(path, create_collections=True, collection="scenes")
    assert "2 new" in out


@pytest.mark.parametrize("name", ["a.tif", "a.parquet", "missing.ndjson"])
def test_load_of_another_file_says_so(tmp_path, name):
    if name != "missing.ndjson":
        (tmp_path / name).write_bytes(b"PAR1 not really")
    _, err = load(tmp_path / name)
    assert name in err


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data")
def test_load_shared_documents_come_back_equal(tmp_path):
    lines = {path: gzip.decompress(path.read_bytes()).splitlines() for path in sorted(SHARED.glob("*.ndjson.gz"))}
    documents = [orjson.loads(line) for each in lines.values() for line in each[:: max(1, len(each) // 40)]]
    documents.sort(key=lambda each: not is_collection(each))
    load(write(tmp_path / "a.ndjson.gz", documents), create_collections=True, collection="loose")
    compared = 0
    for document in documents:
        if is_collection(document):
            if Collection.objects.filter(pk=document["id"]).exclude(title="").exists():
                assert collection_differences(document) == [], document["id"]
        elif Item.objects.filter(item_id=document["id"]).exists():
            compared += 1
            assert item_differences(document, collection_id=document.get("collection") or "loose") == [], document["id"]
    assert compared > 100


def test_load_visible_shows_the_imagery_that_may_be_read(tmp_path):
    asset = {"type": "image/tiff; application=geotiff", "roles": ["data"]}
    hrefs = {"here": "http://127.0.0.1:9/a.tif", "private": "http://10.0.0.1/a.tif"}
    items = [
        item(name, collection="scenes") | {"assets": {"data": asset | {"href": href}}} for name, href in hrefs.items()
    ]
    path = write(tmp_path / "a.ndjson", [collection("scenes"), *items])
    load(path)
    assert not Item.objects.exclude(asset_files={}).exists()
    out, err = load(path, visible=True)
    assert "1 changed, 1 as they were; 0 documents refused" in out
    assert "private address" in err
    (shown,) = Item.objects.exclude(asset_files={})
    assert shown.item_id == "here"
    assert not shown.asset_files.keys() - {"data"}
