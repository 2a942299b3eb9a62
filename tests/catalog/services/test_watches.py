"""Watches of a real S3 server: what each crawl asks for, brings in, and says of what is gone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.errors import Conflict, NotAllowed
from catalog.models import Crawl, IngestJob, IngestSource, Item, Membership, Watch, WatchedFile
from catalog.remote import buckets as remote
from catalog.remote import listing
from catalog.services.ingest.jobs import cancel_job
from catalog.services.ingest.sources import process_source
from catalog.services.watches import crawling
from catalog.services.watches.crawling import process_crawl, request_crawl, start_due_crawls
from catalog.services.watches.editing import change_watch, create_watch
from geodata.settings.databases import gdal_s3
from tests.catalog.imagery import write_scene
from tests.services.s3_front import run_front
from tiles.sources.gdal_env import configure_gdal

PLACE = "s3://imagery/2024/"


@pytest.fixture
def front(bucket, object_store, settings):
    """Yield what stands in front of the S3 server, and counts what the site asks it for."""
    del bucket
    with run_front(object_store.endpoint) as front:
        settings.AWS_ENDPOINT_URL = front.url
        remote.s3_client.cache_clear()
        configure_gdal(**gdal_s3(front.url, unsigned=False))
        yield front
    configure_gdal(**gdal_s3(object_store.endpoint, unsigned=False))


@pytest.fixture
def image(tmp_path) -> bytes:
    write_scene(tmp_path / "image.tif", size=64)
    return (tmp_path / "image.tif").read_bytes()


@pytest.fixture
def put(bucket, image):
    """Put images of the given names below the watched place."""

    def run(*names: str, body: bytes = image) -> None:
        for name in names:
            bucket.put_object(Bucket="imagery", Key=f"2024/{name}", Body=body)

    return run


@pytest.fixture
def watch(user, collection, settings) -> Watch:
    settings.INGEST_RETRY_SECONDS = 0.0
    watch = create_watch(user=user, collection_id=collection.pk, href=PLACE)
    watch.crawls.all().delete()
    return watch


def crawl(watch: Watch) -> Crawl:
    """Crawl once, and ingest what was found."""
    found = request_crawl(watch)
    process_crawl(found.pk)
    found.refresh_from_db()
    for pk in IngestSource.objects.filter(state="queued").values_list("pk", flat=True):
        process_source(pk)
    return found


def counts(crawl: Crawl) -> dict[str, int]:
    names = ("listed", "skipped", "unchanged", "new", "changed", "gone")
    return {name: value for name in names if (value := getattr(crawl, name))}


def test_watch_brings_in_what_is_new(watch, put, front):
    del front
    put("a.tif", "b/c.tif", "note.txt", "a.tif.ovr")
    first = crawl(watch)
    assert (first.state, counts(first)) == ("finished", {"listed": 4, "skipped": 2, "new": 2})
    assert sorted(Item.objects.values_list("item_id", flat=True)) == ["a", "c"]
    assert first.job.watch == watch
    assert not first.job.sources.exclude(state="succeeded").exists()
    put("d.tif")
    second = crawl(watch)
    assert counts(second) == {"listed": 5, "skipped": 2, "unchanged": 2, "new": 1}
    assert [source.name for source in second.job.sources.all()] == ["d.tif"]


def test_unchanged_place_takes_no_request_but_the_listing(watch, put, front):
    put(*(f"{number}.tif" for number in range(5)))
    crawl(watch)
    front.clear()
    again = crawl(watch)
    assert dict(front.asked) == {"LIST /imagery": 1}
    assert (again.job, counts(again)) == (None, {"listed": 5, "unchanged": 5})


def test_requests_of_a_crawl_go_with_what_has_changed(watch, put, front, tmp_path):
    put(*(f"{number}.tif" for number in range(5)))
    crawl(watch)
    before = Item.objects.get(item_id="3")
    write_scene(tmp_path / "other.tif", size=64, seed=7)
    put("3.tif", body=(tmp_path / "other.tif").read_bytes())
    front.clear()
    found = crawl(watch)
    assert counts(found) == {"listed": 5, "unchanged": 4, "changed": 1}
    asked = {name for name in front.asked if not name.startswith("LIST")}
    assert asked <= {"HEAD /imagery/2024/3.tif", "GET /imagery/2024/3.tif"}
    assert asked
    after = Item.objects.get(item_id="3")
    assert after.version > before.version
    assert after.asset_files["data"] != before.asset_files["data"]
    assert Item.objects.count() == 5


def test_gone_file_marks_its_item_until_it_is_back(watch, put, bucket):
    put("a.tif", "b.tif")
    crawl(watch)
    bucket.delete_object(Bucket="imagery", Key="2024/a.tif")
    assert counts(crawl(watch)) == {"listed": 1, "unchanged": 1, "gone": 1}
    item = Item.objects.get(item_id="a")
    assert item.properties["deprecated"] is True
    assert item.properties["geodata:gone"].endswith("Z")
    assert any("/version/" in each for each in item.stac_extensions)
    assert "deprecated" not in Item.objects.get(item_id="b").properties
    # Nothing more is said of it.
    assert counts(crawl(watch)) == {"listed": 1, "unchanged": 1}
    put("a.tif")
    assert counts(crawl(watch)) == {"listed": 2, "unchanged": 1, "new": 1}
    assert "deprecated" not in Item.objects.get(item_id="a").properties


@pytest.mark.parametrize(("mode", "left"), [("remove", ["b"]), ("keep", ["a", "b"])])
def test_gone_file_leaves_what_the_watch_says(watch, user, put, bucket, mode, left):
    change_watch(watch, user=user, values={"delete_mode": mode})
    put("a.tif", "b.tif")
    crawl(watch)
    bucket.delete_object(Bucket="imagery", Key="2024/a.tif")
    crawl(watch)
    items = Item.objects.order_by("item_id")
    assert [item.item_id for item in items] == left
    assert not any("deprecated" in item.properties for item in items)


def test_empty_place_is_taken_for_a_mistake(watch, put, bucket):
    put("a.tif")
    crawl(watch)
    bucket.delete_object(Bucket="imagery", Key="2024/a.tif")
    found = crawl(watch)
    assert (found.state, found.error_code) == ("failed", "listing_empty")
    assert "deprecated" not in Item.objects.get().properties


def test_include_exclude_and_since_narrow_what_is_watched(user, collection, put):
    put("a.tif", "b.tif", "c.jp2", "old/d.tif")
    watch = create_watch(
        user=user, collection_id=collection.pk, href=PLACE, include=["*.tif"], exclude=["old/*", "b.*"]
    )
    process_crawl(watch.crawls.get().pk)
    assert [str(file) for file in watch.files.all()] == ["a.tif"]
    later = create_watch(
        user=user, collection_id=collection.pk, href="s3://imagery/20", since=timezone.now() + timedelta(days=1)
    )
    process_crawl(later.crawls.get().pk)
    assert counts(later.crawls.get()) == {"listed": 4, "skipped": 4}
    assert later.crawls.get().state == "finished"


def test_scene_is_one_source_again_when_a_file_of_it_comes(watch, put):
    name = "LC08_L2SP_193024_20220610_20220616_02_T1"
    put(*(f"{name}/{name}_{part}" for part in ("SR_B2.TIF", "SR_B3.TIF", "MTL.txt")))
    request_crawl(watch)
    process_crawl(watch.crawls.get().pk)
    first = watch.ingest_jobs.get().sources.get()
    assert (first.kind, len(first.parts)) == ("scene", 3)
    put(f"{name}/{name}_SR_B4.TIF")
    found = request_crawl(watch)
    process_crawl(found.pk)
    found.refresh_from_db()
    assert counts(found) == {"listed": 4, "unchanged": 3, "new": 1}
    assert len(found.job.sources.get().parts) == 4


def test_killed_crawl_goes_on_where_it_was(watch, put, front, monkeypatch):
    names = [f"{number:02}.tif" for number in range(10)]
    put(*names)
    monkeypatch.setattr(listing, "PAGE_ENTRIES", 3)
    found = request_crawl(watch)

    class Killed(BaseException):
        pass

    keep = crawling._keep
    pages = []

    def keep_twice(crawl: Crawl) -> None:
        pages.append(crawl.pages)
        if len(pages) == 3:
            raise Killed  # Within the transaction of the third page.
        keep(crawl)

    monkeypatch.setattr(crawling, "_keep", keep_twice)
    with pytest.raises(Killed):
        process_crawl(found.pk)
    found.refresh_from_db()
    assert (bytes(found.position), found.listed) == (b"05.tif", 6)
    # Its lease holds others off, until it ends.
    process_crawl(found.pk)
    assert len(pages) == 3
    Crawl.objects.update(lease_expires=timezone.now() - timedelta(seconds=1))
    front.clear()
    assert start_due_crawls() == 1
    process_crawl(found.pk)
    found.refresh_from_db()
    assert (found.state, counts(found)) == ("finished", {"listed": 10, "new": 10})
    assert [source.name for source in found.job.sources.order_by("href")] == names
    assert front.asked == {"LIST /imagery": 2}


def test_worker_that_lost_its_crawl_writes_nothing(watch, put, monkeypatch):
    put("a.tif")
    found = request_crawl(watch)
    pages = listing.list_pages

    def taken_over(*args, **kwargs):
        Crawl.objects.update(lease_token="00000000-0000-4000-8000-000000000000")
        yield from pages(*args, **kwargs)

    monkeypatch.setattr(crawling, "list_pages", taken_over)
    process_crawl(found.pk)
    assert not WatchedFile.objects.exists()
    assert not IngestJob.objects.exists()


def test_long_crawl_gives_way_after_some_seconds(watch, put, monkeypatch):
    put("a.tif", "b.tif", "c.tif")
    monkeypatch.setattr(listing, "PAGE_ENTRIES", 1)
    found = request_crawl(watch)
    process_crawl(found.pk, seconds=0.0)
    found.refresh_from_db()
    assert (found.state, found.listed, found.lease_token) == ("running", 1, None)
    process_crawl(found.pk)
    found.refresh_from_db()
    assert (found.state, found.listed, found.job.sources.count()) == ("finished", 3, 3)


def test_keys_that_expire_pause_the_crawl_until_they_are_mended(watch, put, front):
    put("a.tif")
    front.keys = {"other"}
    found = crawl(watch)
    assert (found.state, found.error_code) == ("paused", "credentials_refused")
    assert found.not_before > timezone.now()
    assert start_due_crawls() == 0
    front.keys = None
    Crawl.objects.update(not_before=timezone.now())
    assert start_due_crawls() == 1
    process_crawl(found.pk)
    found.refresh_from_db()
    assert (found.state, found.error_code, counts(found)) == ("finished", "", {"listed": 1, "new": 1})


def test_store_that_lists_the_same_again_ends_the_crawl(watch, put, monkeypatch):
    put("a.tif", "b.tif")
    client = remote.s3_client()
    monkeypatch.setattr(listing, "PAGE_ENTRIES", 1)
    asked = client.list_objects_v2
    # It knows nothing of positions.
    monkeypatch.setattr(client, "list_objects_v2", lambda **each: asked(**each | {"StartAfter": ""}))
    found = crawl(watch)
    assert (found.state, found.error_code) == ("failed", "listing_loop")
    assert found.listed == 1


def test_cancelled_ingest_ends_its_crawl_and_the_next_one_goes_on(watch, user, put, monkeypatch):
    put("a.tif", "b.tif")
    monkeypatch.setattr(listing, "PAGE_ENTRIES", 1)
    found = request_crawl(watch)
    process_crawl(found.pk, seconds=0.0)
    found.refresh_from_db()
    cancel_job(user=user, job_id=found.job_id)
    process_crawl(found.pk)
    found.refresh_from_db()
    assert (found.state, found.error_code) == ("failed", "crawl_cancelled")
    assert counts(crawl(watch)) == {"listed": 2, "unchanged": 1, "new": 1}


def test_watch_of_somebody_who_may_no_longer_is_not_crawled(watch, put):
    put("a.tif")
    Membership.objects.update(role=Membership.Role.VIEWER)
    found = crawl(watch)
    assert (found.state, found.error_code) == ("failed", NotAllowed.code)
    assert not IngestSource.objects.exists()


def test_watch_is_crawled_when_its_time_comes(watch, user, put):
    put("a.tif")
    assert start_due_crawls() == 0
    change_watch(watch, user=user, values={"interval": 3600})
    assert start_due_crawls() == 0
    Watch.objects.update(next_crawl=timezone.now())
    assert start_due_crawls() == 1
    watch.refresh_from_db()
    assert watch.next_crawl > timezone.now() + timedelta(seconds=3500)
    with pytest.raises(Conflict):
        request_crawl(watch)
    # Time comes again before it is done: one at a time.
    Watch.objects.update(next_crawl=timezone.now())
    start_due_crawls()
    assert watch.crawls.count() == 1


def test_many_objects_that_are_no_imagery_are_skipped(watch, put):
    put(*(f"{number}.log" for number in range(20)), body=b"x")
    found = crawl(watch)
    assert (found.state, found.job, counts(found)) == ("finished", None, {"listed": 20, "skipped": 20})
    assert not WatchedFile.objects.exists()
