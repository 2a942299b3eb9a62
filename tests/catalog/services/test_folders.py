"""Folders of web servers: listed by the pages that they make of them, and watched."""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from catalog.errors import InvalidInput, SourceUnreachable
from catalog.models import Item
from catalog.remote import listing
from catalog.remote.folders import list_folder
from catalog.remote.listing import check_listable, list_pages
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from catalog.services.watches.crawling import process_crawl, start_crawl
from catalog.services.watches.editing import create_watch
from tests.catalog.imagery import write_scene

pytestmark = pytest.mark.django_db
Entries = Iterable[tuple[str, float, int]]
NAMES = ("a.tif", "a/one.tif", "a/b c.tif", "a/deep/er/z.tif", "b.txt", "a0.tif", "c.zarr/.zgroup", "c.zarr/v/0.0")


def apache(title: str, entries: Entries) -> str:
    rows = "".join(
        f'<tr><td><a href="{quote(name)}">{escape(name)}</a></td><td align="right">'
        f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M}  </td><td align=right>{size / 1000:.1f}K</td></tr>"
        for name, when, size in entries
    )
    orders = '<a href="?C=N;O=D">Name</a> <a href="/">Parent Directory</a> <a href="https://example.org/x.tif">x</a>'
    return f"<html><head><title>Index of {title}</title></head><body><table>{orders}{rows}</table></body></html>"


def nginx(title: str, entries: Entries) -> str:
    rows = "".join(
        f'<a href="{quote(name)}">{escape(name)}</a>   {datetime.fromtimestamp(when, UTC):%d-%b-%Y %H:%M}   {size}\r\n'
        for name, when, size in entries
    )
    return f'<html><body><h1>Index of {title}</h1><hr><pre><a href="../">../</a>\n{rows}</pre></body></html>'


def python(title: str, entries: Entries) -> str:
    rows = "".join(f'<li><a href="{quote(name)}">{escape(name)}</a></li>' for name, _, _ in entries)
    return f"<!DOCTYPE HTML><html><body><h1>Directory listing for {title}</h1><ul>{rows}</ul></body></html>"


def write_pages(folder: Path, page: Callable[[str, Entries], str] = nginx) -> None:
    """Write what a server would show of a folder and of all in it."""
    for each in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        entries = [
            (path.name + ("/" if path.is_dir() else ""), path.stat().st_mtime, path.stat().st_size)
            for path in each.iterdir()
            if path.name != "index.html"
        ]
        (each / "index.html").write_text(page(f"/{each.name}/", reversed(entries)))


@pytest.fixture
def archive(file_server) -> Path:
    root: Path = file_server.folder / "archive"
    for name in NAMES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x" * 10)
    return root


@pytest.mark.parametrize("page", [apache, nginx, python])
def test_folder_is_listed_in_the_order_of_its_addresses(archive, file_server, page):
    write_pages(archive, page)
    root = f"{file_server.url}/archive/"
    names = [entry.href.removeprefix(root) for entry in list_folder(root)]
    assert names == ["a.tif", "a/b%20c.tif", "a/deep/er/z.tif", "a/one.tif", "a0.tif", "b.txt", "c.zarr/.zgroup"]
    assert names == sorted(names)
    for after in range(len(names)):
        rest = [entry.href.removeprefix(root) for entry in list_folder(root, after=root + names[after])]
        assert rest == names[after + 1 :]


def test_files_are_asked_for_where_the_page_tells_no_time_alone(archive, file_server):
    root = f"{file_server.url}/archive/"
    for page, heads in ((nginx, 0), (apache, 0), (python, 7)):
        write_pages(archive, page)
        file_server.requests.clear()
        entries = list(list_folder(root))
        assert sum(request.method == "HEAD" for request in file_server.requests) == heads
        assert all(entry.last_modified or entry.etag for entry in entries)


def test_pages_of_a_listing_end(archive, file_server, monkeypatch):
    write_pages(archive)
    root = f"{file_server.url}/archive/"
    for size, pages in ((7, [7]), (3, [3, 3, 1]), (1, [1] * 7)):
        monkeypatch.setattr(listing, "PAGE_ENTRIES", size)
        found = list(list_pages(root))
        assert [len(page.entries) for page in found] == pages
        assert [page.is_end for page in found] == [False] * (len(pages) - 1) + [True]


@pytest.mark.parametrize("content", ["<h1>Welcome</h1><a href=a.tif>a</a>", "", "{}"])
def test_page_that_is_no_listing_is_not_taken_for_an_empty_one(file_server, content):
    (file_server.folder / "index.html").write_text(content)
    with pytest.raises(SourceUnreachable, match="no listing") as caught:
        list(list_folder(f"{file_server.url}/"))
    assert caught.value.code == "not_a_listing"


def test_folder_that_holds_itself_has_an_end(file_server):
    folder = file_server.folder / "loop"
    folder.mkdir()
    os.symlink(folder, folder / "loop")  # noqa: PTH211
    (folder / "index.html").write_text(nginx("loop", [("loop/", 0, 0)]))
    with pytest.raises(SourceUnreachable, match="folders deep"):
        list(list_folder(f"{file_server.url}/loop/"))


@pytest.mark.parametrize("href", ["gs://bucket/a/", "http://127.0.0.1/a", "http://127.0.0.1/a/?x=/"])
def test_what_can_not_be_listed_says_so(href):
    with pytest.raises(InvalidInput):
        check_listable(href)


def test_prefix_of_a_web_server_becomes_its_images(user, collection, file_server):
    folder = file_server.folder / "archive" / "2024"
    folder.mkdir(parents=True)
    for name in ("east.tif", "west.tif"):
        write_scene(folder / name)
    write_pages(file_server.folder / "archive")
    spec = SourceSpec(prefix=f"{file_server.url}/archive/", include="e*.tif")
    job = create_job(user=user, collection_id=collection.pk, sources=[spec])
    for _ in range(2):
        for pk in job.sources.filter(state="queued").values_list("pk", flat=True):
            process_source(pk)
    assert not list(job.sources.exclude(state="succeeded").values_list("error_code", "error_description"))
    assert list(Item.objects.values_list("item_id", flat=True)) == ["east"]


def test_watch_of_a_web_server_follows_what_its_pages_tell(user, collection, file_server):
    folder = file_server.folder / "archive"
    folder.mkdir()
    for name in ("a.tif", "b.tif"):
        write_scene(folder / name)
    write_pages(folder)
    watch = create_watch(user=user, collection_id=collection.pk, href=f"{file_server.url}/archive/")

    def crawl() -> tuple[int, int, int, int]:
        found = watch.crawls.filter(finished__isnull=True).first() or start_crawl(watch)
        assert found is not None
        process_crawl(found.pk)
        found.refresh_from_db()
        assert not found.error_code, found.error_description
        return found.new, found.changed, found.gone, found.unchanged

    assert crawl() == (2, 0, 0, 0)
    file_server.requests.clear()
    assert crawl() == (0, 0, 0, 2)
    assert [request.path for request in file_server.requests] == ["/archive/"]
    (folder / "a.tif").write_bytes((folder / "a.tif").read_bytes() + b"x")
    (folder / "b.tif").unlink()
    write_pages(folder)
    assert crawl() == (0, 1, 1, 0)
