"""Compare a page of a listing with what the crawl before found: rows are written of what is otherwise, alone."""

from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple

from catalog.models import Crawl, Watch, WatchedFile
from catalog.remote.listing import Page
from catalog.remote.probing import RemoteObject
from catalog.scenes.grouping import chosen_sensors
from catalog.services.ingest.selecting import Selection

MAX_VERSION = 256
# Keys for which one statement changes rows.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold one file of a page as it would be remembered."""

    version: str
    unit: str


class Known(NamedTuple):
    """Hold one file as it is remembered."""

    pk: int
    version: str
    unit: str
    gone: bool

    def differs(self, seen: Seen) -> bool:
        """Tell whether the file is another one by now."""
        return self.gone or self.version != seen.version or self.unit != seen.unit


def selection_of(watch: Watch) -> Selection:
    """Return what a watch wants of what lies below its prefix."""
    sensors = chosen_sensors(watch.options.get("scenes"))
    return Selection(watch.href, include=watch.include, exclude=watch.exclude, since=watch.since, sensors=sensors)


def key_of(href: str, *, prefix: str) -> bytes:
    """Return what follows a watch's prefix, as it is remembered."""
    return href.removeprefix(prefix).encode(errors="surrogateescape")


def href_of(key: bytes | memoryview, *, prefix: str) -> str:
    """Return the address of a file that is remembered."""
    return prefix + bytes(key).decode(errors="surrogateescape")


def compare_page(crawl: Crawl, page: Page, selection: Selection) -> None:
    """Write down what of a page is new, changed or gone, and count it on the crawl, which the caller saves.

    Rows between the crawl's position and the page's last key that the page does not have are gone.
    """
    prefix, after = selection.prefix, bytes(crawl.position)
    rows = WatchedFile.objects.filter(watch_id=crawl.watch_id)
    within = rows.filter(key__gt=after) if after else rows
    if not page.is_end:
        within = within.filter(key__lte=key_of(page.last, prefix=prefix))
    columns = within.values_list("key", "pk", "version", "unit", "gone")
    known = {bytes(key): Known(pk, version, unit, gone) for key, pk, version, unit, gone in columns}
    seen = _seen(page, selection, known)
    made = [
        WatchedFile(watch_id=crawl.watch_id, key=key, version=each.version, unit=each.unit)
        for key, each in seen.items()
        if key not in known
    ]
    WatchedFile.objects.bulk_create(made, batch_size=BATCH)
    changed = [
        WatchedFile(pk=known[key].pk, version=each.version, unit=each.unit, gone=False, pending=True)
        for key, each in seen.items()
        if key in known and known[key].differs(each)
    ]
    WatchedFile.objects.bulk_update(changed, ["version", "unit", "gone", "pending"], batch_size=BATCH)
    lost = [row.pk for key, row in known.items() if key not in seen and not row.gone]
    for first in range(0, len(lost), BATCH):
        rows.filter(pk__in=lost[first : first + BATCH]).update(gone=True, pending=True)
    crawl.listed += len(page.entries)
    crawl.skipped += len(page.entries) - len(seen)
    crawl.new += len(made)
    crawl.changed += len(changed)
    crawl.gone += len(lost)
    crawl.unchanged += len(seen) - len(made) - len(changed)
    crawl.pages += 1


def _seen(page: Page, selection: Selection, known: Container[bytes]) -> dict[bytes, Seen]:
    seen: dict[bytes, Seen] = {}
    for entry in page.entries:
        unit = selection.unit_of(entry)
        if unit is None:
            continue
        key = key_of(entry.href, prefix=selection.prefix)
        if key in known or not selection.is_too_old(entry):
            seen[key] = Seen(version_of(entry), unit)
    return seen


def version_of(entry: RemoteObject) -> str:
    """Return what differs when an object's content does, as far as a listing tells."""
    return entry.version[:MAX_VERSION]
