"""Mark items whose files are gone from where they lay."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from catalog.models import Item
from catalog.services.audit import Action, record
from catalog.services.collections.summaries import SummarizedItem, follow_items
from catalog.services.collections.versions import mark_changed

# Says what `deprecated` means: https://github.com/stac-extensions/version
VERSION_EXTENSION = "https://stac-extensions.github.io/version/v1.2.0/schema.json"
GONE = "geodata:gone"


def mark_gone(items: Iterable[Item], *, since: datetime) -> int:
    """Say of items that their files are gone, whoever asks for it; return of how many. Ingesting one takes it back.

    They get `deprecated`, as other catalogs say it, and `geodata:gone`, the time.
    """
    by_collection: dict[str, list[int]] = {}
    for item in items:
        by_collection.setdefault(item.collection_id, []).append(item.pk)
    count = 0
    for collection_id, keys in by_collection.items():
        with transaction.atomic():
            rows = [item for item in Item.objects.filter(pk__in=keys).select_for_update() if _is_there(item)]
            went = [SummarizedItem.of(item) for item in rows]
            for item in rows:
                moment = since.isoformat(timespec="seconds").replace("+00:00", "Z")
                item.properties = {**item.properties, "deprecated": True, GONE: moment}
                if VERSION_EXTENSION not in item.stac_extensions:
                    item.stac_extensions = [*item.stac_extensions, VERSION_EXTENSION]
                item.version += 1
                item.updated = timezone.now()
            Item.objects.bulk_update(rows, ["properties", "stac_extensions", "version", "updated"], batch_size=100)
            if rows:
                came = [SummarizedItem.of(item) for item in rows]
                follow_items(collection_id=collection_id, came=came, went=went)
                record(
                    Action.ITEMS_WRITTEN,
                    target=collection_id,
                    collection_id=collection_id,
                    gone=[item.item_id for item in rows],
                )
                mark_changed(collection_id)
            count += len(rows)
    return count


def _is_there(item: Item) -> bool:
    return GONE not in item.properties
