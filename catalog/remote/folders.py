"""List what lies below a folder of a web server, by the pages that Apache, nginx and their like make of folders."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import urljoin

from requests.utils import requote_uri

from catalog.errors import SourceUnreachable
from catalog.remote.probing import RemoteObject, describe
from catalog.remote.requesting import fetch

# Of one folder: bytes and seconds of its page. Folders in folders that are gone into; a link that leads back is deeper.
MOST_BYTES, SECONDS, MAX_DEPTH = 32 * 2**20, 60.0, 24
# What the pages call themselves, in their title or heading.
HEADING = re.compile(r"\b(index of|directory listing|listing of)\b", re.IGNORECASE)
# When a file was changed, as Apache, nginx and lighttpd write it behind its link; and its bytes, where they are exact.
TIME = re.compile(r"\b(\d{4}-(?:\d\d|[A-Z][a-z]{2})-\d\d|\d\d-[A-Z][a-z]{2}-\d{4}) (\d\d:\d\d(?::\d\d)?)\b")
DAYS = ("%Y-%m-%d", "%Y-%b-%d", "%d-%b-%Y")
SIZE = re.compile(r"\s(\d+)\s*$")


def list_folder(href: str, *, after: str = "") -> Iterator[RemoteObject]:
    """Yield the files below a folder in the order of their addresses, those alone that come behind ``after``.

    A file of which the page tells no time is asked for by itself. Raises SourceRefused, and SourceUnreachable: also
    `not_a_listing` for a folder whose page is none, since an empty one would say that all is gone.
    """
    yield from _walk(href, after=after, depth=0)


def _walk(folder: str, *, after: str, depth: int) -> Iterator[RemoteObject]:
    if depth > MAX_DEPTH:
        raise SourceUnreachable(f"{folder} lies more than {MAX_DEPTH} folders deep.", code="listing_loop")
    for href, said in sorted(_entries(folder).items()):
        if href.endswith("/"):
            # Of a Zarr store its metadata stand for its thousands of folders.
            is_chunks = folder.lower().endswith(".zarr/")
            if (href >= after or after.startswith(href)) and not is_chunks:
                yield from _walk(href, after=after, depth=depth + 1)
        elif href > after:
            yield _described(href, said)


def _entries(folder: str) -> dict[str, str]:
    """Return what lies in a folder by its address, a folder's with a slash at its end, and what the page says of it."""
    found = fetch(folder, accept="text/html", most_bytes=MOST_BYTES, seconds=SECONDS)
    if found.href != folder:
        raise SourceUnreachable(f"{folder} leads to {found.href}; give that address.", code="not_a_listing")
    page = _Page()
    page.feed(found.content.decode(errors="replace"))
    if not HEADING.search(page.heading):
        raise SourceUnreachable(f"The server shows no listing at {folder}.", code="not_a_listing")
    entries = {}
    for link, said in page.links:
        href = requote_uri(urljoin(folder, link))
        name = href.removeprefix(folder)
        # Its parent, other places, orders of its columns, what only a browser sees.
        if href.startswith(folder) and name.strip("/") and "/" not in name[:-1] and not set("?#") & set(name):
            entries[href] = said
    return entries


def _described(href: str, said: str) -> RemoteObject:
    modified = _time(said)
    if modified is None:
        return describe(href)
    size = SIZE.search(said)
    return RemoteObject(href, int(size[1]) if size else None, "", modified, "")


def _time(said: str) -> datetime | None:
    found = TIME.search(said)
    if found is None:
        return None
    clock = "%H:%M:%S" if found[2].count(":") > 1 else "%H:%M"
    for day in DAYS:
        try:
            # By whichever clock the server has: only whether it is another one is asked for.
            return datetime.strptime(f"{found[1]} {found[2]}", f"{day} {clock}").replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


class _Page(HTMLParser):
    """Collect the links of a page, each with the text between it and the next one, and its title and headings."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.heading = ""
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag if tag in {"a", "h1", "title"} else self._within
        if tag == "a" and (href := dict(attrs).get("href")):
            self.links.append((href, ""))

    def handle_endtag(self, tag: str) -> None:
        self._within = "" if tag == self._within else self._within

    def handle_data(self, data: str) -> None:
        if self._within in {"h1", "title"}:
            self.heading += f" {data}"
        elif self.links and self._within != "a":
            href, said = self.links[-1]
            self.links[-1] = href, f"{said} {data}"
