"""Bring what a crawl found into the catalog: sources for what is new or changed, a mark on what is gone."""

from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.utils import timezone

from catalog.errors import Conflict, SourceUnreachable
from catalog.models import Crawl, IngestJob, IngestSource, Item, WatchedFile
from catalog.remote.probing import describe
from catalog.scenes.grouping import group_files
from catalog.services.audit import Action, record
from catalog.services.ingest.jobs import dispatch_job_on_commit
from catalog.services.ingest.prefixes import source_of
from catalog.services.ingest.selecting import ZARR_STORE, Selection
from catalog.services.items.editing import remove_items
from catalog.services.items.marking import mark_gone
from catalog.services.watches.comparing import href_of, key_of

# Files of one transaction.
BATCH = 500


def settle_files(crawl: Crawl, selection: Selection, *, with_units: bool) -> bool:
    """Bring a batch of pending files into the catalog; return whether there were any.

    Without `with_units` only images of one file: scenes wait for their other files to be listed. Called within the
    transaction that keeps the crawl's position, so that none is brought in twice, and none is lost.
    """
    pending = WatchedFile.objects.filter(watch_id=crawl.watch_id, pending=True)
    if not with_units:
        pending = pending.filter(unit="")
    rows = list(pending.order_by("pk")[:BATCH])
    if not rows:
        return False
    units = {row.unit for row in rows if row.unit}
    if units:
        # With their files that are as they were.
        rows = [row for row in rows if not row.unit]
        rows += WatchedFile.objects.filter(watch_id=crawl.watch_id, unit__in=units).order_by("key")
    if not crawl.pages:
        _look_after_lost(rows, selection)
    present = [row for row in rows if not row.gone]
    _add_sources(crawl, list(_sources(present, selection)))
    lost = [row for row in rows if row.gone]
    # Metadata alone are no scene.
    kept = {row.unit for row in present if row.unit and _is_image(row, selection)}
    _settle_gone(crawl, {row.item_id for row in lost if row.item_id and row.unit not in kept})
    WatchedFile.objects.filter(pk__in=[row.pk for row in lost]).delete()
    WatchedFile.objects.filter(pk__in=[row.pk for row in present], pending=True).update(pending=False)
    return True


def _look_after_lost(rows: Sequence[WatchedFile], selection: Selection) -> None:
    """Ask the store for what it told is gone: events come late, and more than once. What is there is not."""
    for row in rows:
        if row.gone:
            try:
                describe(href_of(row.key, prefix=selection.prefix))
            except SourceUnreachable as error:
                if error.transient:
                    raise
            else:
                row.gone = False
                WatchedFile.objects.filter(pk=row.pk).update(gone=False)


def _is_image(row: WatchedFile, selection: Selection) -> bool:
    href = href_of(row.key, prefix=selection.prefix)
    return ZARR_STORE.match(href) is not None or selection.wants(href)


def _sources(rows: Iterable[WatchedFile], selection: Selection) -> Iterator[IngestSource]:
    """Yield a source for each image, and for each scene with all of its files."""
    hrefs = [href_of(row.key, prefix=selection.prefix) for row in rows]
    stores = {store[1]: None for href in hrefs if (store := ZARR_STORE.match(href))}
    yield from (IngestSource(kind=IngestSource.Kind.HREF, href=href) for href in stores)
    files = sorted(href for href in hrefs if not ZARR_STORE.match(href))
    for group in group_files(files, selection.sensors):
        if any(map(selection.wants, group.hrefs)):
            yield source_of(group)


def _add_sources(crawl: Crawl, sources: Sequence[IngestSource]) -> None:
    if not sources:
        return
    watch = crawl.watch
    if crawl.job is not None and IngestJob.objects.filter(pk=crawl.job.pk, cancelled__isnull=False).exists():
        raise Conflict("The ingest of this crawl was cancelled; the next crawl goes on.", code="crawl_cancelled")
    if crawl.job is None:
        crawl.job = IngestJob.objects.create(
            collection_id=watch.collection_id, owner=watch.owner, options=watch.options, watch=watch
        )
        record(
            Action.INGEST_ASKED,
            target=crawl.job.pk,
            collection_id=watch.collection_id,
            user=watch.owner,
            watch=str(watch.pk),
            first=sources[0].href,
        )
    for source in sources:
        source.job = crawl.job
    IngestSource.objects.bulk_create(sources, ignore_conflicts=True)
    # It may have come to its end before the listing did.
    IngestJob.objects.filter(pk=crawl.job.pk, cancelled__isnull=True).update(finished=None)
    dispatch_job_on_commit(crawl.job.pk)


def _settle_gone(crawl: Crawl, item_ids: set[int]) -> None:
    """Do what the watch says with items of which no file is there any more."""
    watch = crawl.watch
    if not item_ids or watch.delete_mode == watch.Delete.KEEP:
        return
    # Of a series of files each has the item.
    still = WatchedFile.objects.filter(item_id__in=item_ids, gone=False).values_list("item_id", flat=True)
    items = Item.objects.filter(pk__in=item_ids - set(still), collection_id=watch.collection_id)
    if watch.delete_mode == watch.Delete.REMOVE:
        remove_items(items)
    else:
        mark_gone(items, since=timezone.now())


def note_watched_item(source: IngestSource, item_id: int) -> None:
    """Remember which item a watched file became, so that it can be found when the file is gone."""
    watch = source.job.watch
    if watch is None:
        return
    rows = WatchedFile.objects.filter(watch=watch)
    key = key_of(source.href, prefix=watch.href)
    with transaction.atomic():
        rows.filter(unit=source.href).update(item_id=item_id)
        rows.filter(key=key).update(item_id=item_id)
