"""STAC documents of other catalogs: brought in without a worker, source by source."""

import json

import pytest

from catalog.models import ChecksumFile, Collection, IngestSource, Item
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.factories import CollectionFactory
from tests.catalog.imagery import write_scene
from tests.catalog.stac_catalogs import catalog_of, collection_of, item, link, write

pytestmark = pytest.mark.django_db


def _states(job):
    return {source.href.rsplit("/", 1)[-1]: source.state for source in job.sources.all()}


def _codes(source):
    return [remark["code"] for remark in source.remarks]


def test_item_document_becomes_an_item_whose_imagery_can_be_seen(bring_in, file_server):
    job = bring_in(item("one", href=f"{file_server.url}/scene.tif"))
    source = job.sources.get()
    assert (source.state, source.items_written, source.items_refused) == ("succeeded", 1, 0)
    row = Item.objects.get()
    assert source.item == row
    assert (row.collection_id, row.item_id) == ("scenes", "one")
    file = ChecksumFile.objects.get()
    assert row.asset_files == {"visual": str(file.pk)}
    assert not file.opened
    assert file.url == f"{file_server.url}/scene.tif"
    # No request: it was admitted by where it lies.
    assert not file_server.requests
    # What its author wrote is as it was.
    assert row.assets["visual"]["title"] == "As it looks"
    assert row.properties["eo:cloud_cover"] == 12


def test_item_again_keeps_its_files_and_another_location_gets_another(bring_in, file_server):
    href = f"{file_server.url}/scene.tif"
    bring_in(item("one", href=href))
    before = Item.objects.get()
    bring_in(item("one", href=href))
    again = Item.objects.get()
    assert (again.version, again.asset_files) == (before.version, before.asset_files)
    bring_in(item("one", href=f"{file_server.url}/other.tif"))
    other = Item.objects.get()
    assert ChecksumFile.objects.get().url.endswith("/other.tif")
    assert other.asset_files != before.asset_files


def test_relative_addresses_are_those_of_the_documents_place(bring_in, file_server):
    write(file_server.folder / "deep" / "one.json", item("one", links=[link("derived_from", "../other.json")]))
    bring_in(f"{file_server.url}/deep/one.json")
    row = Item.objects.get()
    assert row.assets["visual"]["href"] == f"{file_server.url}/deep/scene.tif"
    assert row.links == [{"rel": "derived_from", "href": f"{file_server.url}/other.json"}]


def test_broken_item_in_the_middle_is_refused_and_the_others_are_in(bring_in, file_server):
    good = [item(f"item-{number}", href=f"{file_server.url}/{number}.tif") for number in range(3)]
    broken = item("broken", properties={"datetime": "yesterday"})
    unknown = item("future", stac_version="9.9.9")
    job = bring_in({"type": "FeatureCollection", "features": [good[0], broken, 7, good[1], unknown, good[2]]})
    source = job.sources.get()
    assert (source.state, source.items_written, source.items_refused) == ("succeeded", 3, 3)
    assert sorted(Item.objects.values_list("item_id", flat=True)) == ["item-0", "item-1", "item-2"]
    told = {remark["item"]: remark["description"] for remark in source.remarks if remark["code"] == "invalid_document"}
    assert "datetime" in told["broken"]
    assert "stac_version" in told["future"]


def test_page_without_a_good_item_fails_with_the_first_reason(bring_in):
    source = bring_in({"type": "FeatureCollection", "features": [item("a", bbox=7), item("b", bbox=7)]}).sources.get()
    assert (source.state, source.error_code) == ("failed", "invalid_document")
    assert "Not one of 2 items" in source.error_description
    assert source.items_refused == 2


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("http://10.0.0.1/a.tif", "private address"),
        ("ftp://example.org/a.tif", "scheme"),
        ("./a.tif", "whole URL"),
        ("http://127.0.0.1/", "name"),
        ("/vsicurl/http://127.0.0.1/a.tif", "whole URL"),
        ("http://user:secret@127.0.0.1/a.tif", "credentials"),
        (f"http://127.0.0.1/{'x' * 3000}.tif", "characters"),
    ],
)
def test_imagery_that_may_not_be_read_stays_a_document_with_a_warning(bring_in, href, reason):
    source = bring_in(item("one", href=href)).sources.get()
    assert source.state == "succeeded"
    assert Item.objects.get().asset_files == {}
    assert Item.objects.get().assets["visual"]["href"] == href
    (remark,) = (each for each in source.remarks if each["code"] == "asset_not_admitted")
    assert reason in remark["description"]
    assert not ChecksumFile.objects.exists()


def test_item_of_files_that_were_ingested_here_is_not_replaced(bring_in, scene):
    source = bring_in(item(scene.item_id)).sources.get()
    assert (source.state, source.error_code) == ("failed", "item_exists")
    scene.refresh_from_db()
    assert "data" in scene.assets


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"a": 1}, "not_stac"),
        ({"type": "FeatureCollection"}, "not_stac"),
        (catalog_of([], stac_version="7.0"), "stac_version_unknown"),
        (catalog_of([], stac_version=None), "stac_version_unknown"),
    ],
)
def test_document_that_is_no_stac_fails_and_says_so(bring_in, document, code):
    source = bring_in(document).sources.get()
    assert (source.state, source.error_code) == ("failed", code)


@pytest.mark.parametrize(
    ("content", "code"), [("no json", "not_json"), ("[]", "not_stac"), ('{"x": "' + "y" * 5000 + '"}', "too_large")]
)
def test_file_that_is_no_document_fails_and_says_so(bring_in, file_server, settings, content, code):
    settings.INGEST_STAC_MAX_BYTES = 4000
    (file_server.folder / "a.json").write_text(content)
    source = bring_in(f"{file_server.url}/a.json").sources.get()
    assert (source.state, source.error_code) == ("failed", code)


@pytest.mark.parametrize("href", ["http://10.0.0.1/catalog.json", "file:///etc/passwd", "http://[::1]/a.json"])
def test_document_at_a_refused_place_is_not_fetched(bring_in, href):
    source = bring_in(href).sources.get()
    assert (source.state, source.error_code) == ("failed", "source_refused")


def test_document_that_redirects_to_a_refused_place_is_not_fetched(bring_in, redirecting_server, settings):
    settings.INGEST_HOSTS = ["127.0.0.1"]
    source = bring_in(redirecting_server("http://169.254.169.254/latest/")).sources.get()
    # It answers HEAD alone.
    assert source.state != "succeeded"


def _static_catalog(folder, *, items=5):
    names = [f"item-{number}" for number in range(items)]
    write(folder / "catalog.json", catalog_of([link("child", "./theirs/collection.json"), link("self", "./x.json")]))
    links = [link("item", f"./{name}.json") for name in names]
    links += [link("root", "../catalog.json"), link("child", "../catalog.json")]
    write(folder / "theirs" / "collection.json", collection_of(links))
    for name in names:
        write(folder / "theirs" / f"{name}.json", item(name))
    return names


def test_static_catalog_with_a_loop_comes_in_and_ends(bring_in, file_server):
    names = _static_catalog(file_server.folder)
    job = bring_in(f"{file_server.url}/catalog.json")
    assert set(_states(job).values()) == {"succeeded"}
    assert sorted(Item.objects.filter(collection="scenes").values_list("item_id", flat=True)) == names
    assert ChecksumFile.objects.count() == 1  # They all name one file.
    # Each document was asked for once, and no image.
    paths = [request.path for request in file_server.requests]
    assert sorted(paths) == sorted({*paths})
    assert not [path for path in paths if path.endswith(".tif")]
    assert not Collection.objects.filter(pk="theirs").exists()


def test_static_catalog_with_collections_made_has_their_metadata(bring_in, file_server, user):
    _static_catalog(file_server.folder)
    job = bring_in(f"{file_server.url}/catalog.json", create_collections=True)
    assert set(_states(job).values()) == {"succeeded"}
    made = Collection.objects.get(pk="theirs")
    assert (made.title, made.license) == ("Theirs", "CC-BY-4.0")
    assert made.extra["renders"]["looks"]["assets"] == ["visual"]
    assert "item_assets" in made.extra
    assert made.memberships.get().user == user
    assert Item.objects.filter(collection="theirs").count() == 5


def test_page_with_collections_made_reads_each_collection_once(bring_in, file_server):
    _static_catalog(file_server.folder)
    features = [item(f"item-{number}") for number in range(3)]
    write(file_server.folder / "theirs" / "all.json", {"type": "FeatureCollection", "features": features})
    bring_in(f"{file_server.url}/theirs/all.json", create_collections=True)
    assert Collection.objects.get(pk="theirs").title == "Theirs"
    assert [request.path for request in file_server.requests].count("/theirs/collection.json") == 1


def test_collection_of_somebody_else_takes_no_items(bring_in, file_server):
    CollectionFactory(id="theirs", title="Not yours")
    _static_catalog(file_server.folder)
    job = bring_in(f"{file_server.url}/theirs/item-0.json", create_collections=True)
    source = job.sources.get()
    assert (source.state, source.error_code) == ("failed", "not_allowed")
    assert not Item.objects.exists()
    assert Collection.objects.get(pk="theirs").title == "Not yours"


def test_static_catalog_with_bad_documents_brings_in_the_good(bring_in, file_server):
    folder = file_server.folder
    _static_catalog(folder)
    (folder / "theirs" / "item-1.json").write_text("{")
    (folder / "theirs" / "item-2.json").unlink()
    write(folder / "theirs" / "item-3.json", catalog_of([]))
    states = bring_in(f"{file_server.url}/catalog.json")
    errors = dict(states.sources.exclude(error_code="").values_list("href", "error_code"))
    assert {href.rsplit("/", 1)[-1]: code for href, code in errors.items()} == {
        "item-1.json": "not_json",
        "item-2.json": "source_not_found",
        "item-3.json": "not_an_item",
    }
    assert sorted(Item.objects.values_list("item_id", flat=True)) == ["item-0", "item-4"]


def test_item_whose_server_fails_for_a_moment_is_tried_again(bring_in, file_server):
    _static_catalog(file_server.folder, items=3)
    file_server.faults["/theirs/item-1.json"] = [503, 0]
    job = bring_in(f"{file_server.url}/catalog.json")
    assert set(_states(job).values()) == {"succeeded"}
    assert job.sources.get(href__endswith="item-1.json").retries == 2


def test_catalogs_within_catalogs_without_end_are_bounded(bring_in, file_server, settings):
    settings.INGEST_STAC_MAX_DEPTH = 3
    for number in range(9):
        write(file_server.folder / f"{number}.json", catalog_of([link("child", f"./{number + 1}.json")]))
    job = bring_in(f"{file_server.url}/0.json")
    assert job.sources.count() == 4
    (deepest,) = job.sources.filter(href__endswith="/3.json")
    assert _codes(deepest) == ["stac_too_deep"]


def test_catalog_of_more_documents_than_a_job_may_have_fails(bring_in, file_server, settings):
    settings.INGEST_MAX_LISTED = 3
    _static_catalog(file_server.folder, items=9)
    job = bring_in(f"{file_server.url}/theirs/collection.json")
    assert job.sources.get(kind="stac").error_code == "invalid_input"


def test_probe_opens_each_asset_as_a_source_of_the_job(bring_in, file_server):
    write_scene(file_server.folder / "scene.tif")
    (file_server.folder / "text.tif").write_text("no image")
    features = [item("a", href=f"{file_server.url}/scene.tif"), item("b", href=f"{file_server.url}/text.tif")]
    job = bring_in({"type": "FeatureCollection", "features": features}, probe=True)
    probes = {source.name: source for source in job.sources.filter(kind="probe")}
    assert probes["scene.tif"].state == "succeeded"
    assert probes["text.tif"].error_code == "not_an_image"
    file = ChecksumFile.objects.get(name="scene.tif")
    assert (file.opened, file.driver, file.personal) == (True, "GTiff", False)
    assert file.version == file.etag.strip('"')
    assert file.metadata["proj:code"] == "EPSG:32633"
    assert file.metadata["bands"][0]["statistics"]["maximum"] > 100
    # The author's document says what it said.
    assert "bands" not in Item.objects.get(item_id="a").assets["visual"]


def test_job_without_an_owner_makes_no_collections(file_server, user, collection):
    _static_catalog(file_server.folder)
    specs = [SourceSpec(stac=f"{file_server.url}/theirs/item-0.json")]
    job = create_job(user=user, collection_id=collection.pk, sources=specs, options={"create_collections": True})
    user.delete()
    process_source(job.sources.get().pk)
    assert IngestSource.objects.get().error_code == "not_allowed"


@pytest.mark.parametrize("ranges", [True, False])
def test_file_of_lines_comes_in_by_parts(bring_in, file_server, monkeypatch, ranges):
    monkeypatch.setattr("catalog.services.ingest.stac_sources.PART_BYTES", 4000)
    lines = [json.dumps(item(f"item-{number}", collection=None)) for number in range(20)]
    lines[7] = "no json"
    lines[11] = ""
    (file_server.folder / "items.ndjson").write_text("\n".join(lines))
    if not ranges:
        monkeypatch.setattr("tests.services.file_server._span", lambda _, size: (0, size))
    job = bring_in(f"{file_server.url}/items.ndjson")
    assert Item.objects.count() == 18
    parts = job.sources.order_by("pk")
    assert {source.state for source in parts} == {"succeeded"}
    assert len(parts) == 3
    assert sum(source.items_written for source in parts) == 18
    assert sum(source.items_refused for source in parts) == 1
    assert Item.objects.get(item_id="item-0").asset_files


def test_file_of_lines_with_one_that_is_too_long_fails_and_says_so(bring_in, file_server, monkeypatch):
    monkeypatch.setattr("catalog.services.ingest.stac_sources.PART_BYTES", 100)
    (file_server.folder / "items.ndjson").write_text(json.dumps(item("one")))
    assert bring_in(f"{file_server.url}/items.ndjson").sources.get().error_code == "too_large"


def test_file_of_lines_in_a_bucket_comes_in(bring_in, bucket, monkeypatch):
    monkeypatch.setattr("catalog.services.ingest.stac_sources.PART_BYTES", 2000)
    lines = [json.dumps(collection_of([]))] + [json.dumps(item(f"item-{number}")) for number in range(5)]
    bucket.put_object(Bucket="imagery", Key="stac/items.jsonl", Body="\n".join(lines).encode() + b"\n")
    job = bring_in("s3://imagery/stac/items.jsonl", create_collections=True)
    assert set(job.sources.values_list("state", flat=True)) == {"succeeded"}
    assert Item.objects.filter(collection="theirs").count() == 5
    assert ChecksumFile.objects.get().url == "s3://imagery/stac/scene.tif"


def test_catalog_in_a_bucket_is_followed(bring_in, bucket):
    bucket.put_object(Bucket="imagery", Key="a/catalog.json", Body=json.dumps(catalog_of([link("item", "./b/c.json")])))
    bucket.put_object(Bucket="imagery", Key="a/b/c.json", Body=json.dumps(item("one", href="../../d e.tif")))
    bring_in("s3://imagery/a/catalog.json")
    assert ChecksumFile.objects.get().url == "s3://imagery/d e.tif"
