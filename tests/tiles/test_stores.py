"""Remote stores as bulkheads: a slow one takes a few threads, is told from a quick one, and is tried again."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace

import pytest
from osgeo import gdal

from tiles.errors import RenderTimeout, SourceNotFound, SourceStalled, SourceUnreachable
from tiles.limits import DEFAULT_LIMITS, deadline
from tiles.sources import stores
from tiles.sources.stores import Stores, bind_waiting, reading, store_of

LIMITS = replace(DEFAULT_LIMITS, store_reads=2, store_stall_seconds=0.3, store_pause_seconds=0.5)


@pytest.fixture(autouse=True)
def _own_stores(monkeypatch) -> None:
    """Forget what other tests made of the stores, and take any failure for a slow one."""
    monkeypatch.setattr(stores, "STORES", Stores())
    monkeypatch.setattr(stores, "SLOW_SECONDS", -1.0)


@contextmanager
def readers(location: str, *, number: int) -> Iterator[None]:
    """Have so many threads read from a store until the block ends."""
    done, inside = threading.Event(), threading.Semaphore(0)

    def read() -> None:
        with reading(location, limits=LIMITS):
            inside.release()
            done.wait(30)

    threads = [threading.Thread(target=read) for _ in range(number)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert inside.acquire(timeout=30)
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join(30)


def fail(location: str, error: type[Exception]) -> None:
    with pytest.raises(error), reading(location, limits=LIMITS):
        raise error("")


@pytest.mark.parametrize(
    ("location", "store"),
    [
        ("/data/a.tif", ""),
        ("/vsimem/a.tif", ""),
        ("/vsicurl/https://Example.org/b/a.tif", "https://example.org"),
        ("/vsicurl/http://example.org:8080/a.tif?x=/vsis3/b", "http://example.org:8080"),
        ("/vsicurl/https://example.org?x=1", "https://example.org"),
        ("/vsis3/bucket/folder/a.tif", "/vsis3/bucket"),
        ("/vsis3/other/folder/a.tif", "/vsis3/other"),
        ("/vsiaz/container/a.tif", "/vsiaz/container"),
    ],
)
def test_store_of_location_is_its_server_or_bucket(location, store):
    assert store_of(location) == store


def test_reading_from_a_store_that_stands_still_is_refused():
    with readers("/vsicurl/http://a/1.tif", number=2):
        began = time.monotonic()
        # Somebody waits for a while, since those before may soon be done,
        fail("/vsicurl/http://a/2.tif", SourceStalled)
        assert 0.2 < time.monotonic() - began < 10
        # and then nobody.
        began = time.monotonic()
        for _ in range(100):
            fail("/vsicurl/http://a/3.tif", SourceStalled)
        assert time.monotonic() - began < 0.2
        for location in ("/vsicurl/http://b/1.tif", "/vsis3/a/1.tif", "/data/1.tif"):
            with reading(location, limits=LIMITS):
                pass
    with reading("/vsicurl/http://a/2.tif", limits=LIMITS):
        pass


def test_reading_waits_for_its_turn_while_others_come_and_go():
    passed: list[float] = []

    def read() -> None:
        with reading("/vsis3/a/1.tif", limits=LIMITS):
            time.sleep(0.1)
            passed.append(time.monotonic())

    threads = [threading.Thread(target=read) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    # Two at a time: together they take longer than a stall does.
    assert len(passed) == 10
    assert max(passed) - min(passed) > 0.35


def test_reading_waits_no_longer_than_its_deadline():
    limits = replace(LIMITS, store_stall_seconds=60)
    with readers("/vsis3/a/1.tif", number=2), deadline(0.2):
        began = time.monotonic()
        with pytest.raises(SourceStalled), reading("/vsis3/a/2.tif", limits=limits):
            pass
        assert time.monotonic() - began < 10


def test_reading_from_several_images_of_one_store_takes_one_place():
    with ExitStack() as stack:
        for number in range(5):
            stack.enter_context(reading(f"/vsis3/a/{number}.tif", limits=LIMITS))


def test_store_that_failed_slowly_is_left_alone_and_then_tried_by_one():
    fail("/vsis3/a/1.tif", SourceUnreachable)
    fail("/vsis3/a/2.tif", SourceUnreachable)
    fail("/vsis3/a/3.tif", SourceStalled)
    time.sleep(0.6)
    with reading("/vsis3/a/3.tif", limits=LIMITS):
        # One tries for all.
        threading.Thread(target=lambda: fail("/vsis3/a/4.tif", SourceStalled)).start()
        time.sleep(0.1)
    with readers("/vsis3/a/5.tif", number=2):
        pass


def test_store_that_fails_again_when_it_is_tried_is_left_alone_again():
    fail("/vsis3/a/1.tif", SourceUnreachable)
    fail("/vsis3/a/2.tif", SourceUnreachable)
    time.sleep(0.6)
    fail("/vsis3/a/3.tif", SourceUnreachable)
    fail("/vsis3/a/4.tif", SourceStalled)


@pytest.mark.parametrize("error", [SourceNotFound, RenderTimeout])
def test_store_without_a_file_or_with_one_too_large_is_not_left_alone(error):
    for number in range(5):
        fail(f"/vsis3/a/{number}.tif", error)
    with reading("/vsis3/a/1.tif", limits=LIMITS):
        pass


def test_store_that_refuses_at_once_is_not_left_alone(monkeypatch):
    monkeypatch.setattr(stores, "SLOW_SECONDS", 60.0)
    for number in range(5):
        fail(f"/vsis3/a/{number}.tif", SourceUnreachable)


def test_reading_bounds_each_request_by_the_time_that_is_left():
    before = gdal.GetConfigOption("GDAL_HTTP_TIMEOUT")
    with deadline(11.5), reading("/vsis3/a/1.tif", limits=LIMITS):
        assert gdal.GetConfigOption("GDAL_HTTP_TIMEOUT") == "12"
    assert gdal.GetConfigOption("GDAL_HTTP_TIMEOUT") == before


def test_reading_waits_where_the_server_wants_it_and_for_files_of_this_machine_nowhere():
    entered: list[str] = []

    @contextmanager
    def aside() -> Iterator[None]:
        entered.append("aside")
        yield

    bind_waiting(aside)
    try:
        with reading("/data/a.tif"):
            assert not entered
        with reading("/vsis3/a/1.tif"):
            assert entered == ["aside"]
    finally:
        bind_waiting(nullcontext)
