"""Every item by links alone: from a collection to its months, their days, and the items that begin on them.

A catalog's files are walked so. A list of all items at once would have no end, and a chain of pages no shortcuts.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.errors import NotFound
from catalog.models import Collection, Item
from catalog.services.access.permissions import get_visible_collection
from catalog.stac.core.documents import STAC_VERSION, Document
from catalog.stac.core.links import GEOJSON, JSON, Link, Site, link
from catalog.stac.core.openapi import describe_get
from catalog.stac.core.views import StacView

# What each level of a period is written as: a month, a day.
FORMATS = {7: "%Y-%m", 10: "%Y-%m-%d"}


class MonthsView(StacView):
    @describe_get("getMonths", errors=(404,))
    def get(self, request: Request, collection_id: str) -> Response:
        collection = get_visible_collection(user=request.user, collection_id=collection_id)
        months = collection.items.datetimes("start_datetime", "month", order="DESC", tzinfo=UTC)
        children = [_child(collection, f"{month:%Y-%m}", site=self.site) for month in months]
        return Response(_catalog(collection, None, children, site=self.site))


class PeriodView(StacView):
    """A month has its days, a day its items."""

    @describe_get("getPeriod", errors=(404,))
    def get(self, request: Request, collection_id: str, period: str) -> Response:
        collection = get_visible_collection(user=request.user, collection_id=collection_id)
        start, end = _bounds(period)
        items = collection.items.filter(start_datetime__gte=start, start_datetime__lt=end)
        days = len(period) == 7
        links = _days(collection, items, site=self.site) if days else _items(collection, items, site=self.site)
        return Response(_catalog(collection, period, links, site=self.site))


def _bounds(period: str) -> tuple[datetime, datetime]:
    """Start and end of a month or day, in UTC; the end does not belong to it."""
    try:
        start = datetime.strptime(period, FORMATS.get(len(period), "")).replace(tzinfo=UTC)
        after = start + timedelta(days=32 if len(period) == 7 else 1)
    except (ValueError, OverflowError) as error:
        raise NotFound(f"{period!r} is not a month (2024-01) or a day (2024-01-31).") from error
    return start, after.replace(day=1) if len(period) == 7 else after


def _days(collection: Collection, items: QuerySet[Item], *, site: Site) -> list[Link]:
    days = items.datetimes("start_datetime", "day", order="DESC", tzinfo=UTC)
    return [_child(collection, f"{day:%Y-%m-%d}", site=site) for day in days]


def _items(collection: Collection, items: QuerySet[Item], *, site: Site) -> list[Link]:
    return [
        link("item", site.item(collection.id, item_id), GEOJSON, title=item_id)
        for item_id in items.values_list("item_id", flat=True)
    ]


def _child(collection: Collection, period: str, *, site: Site) -> Link:
    return link("child", site.period(collection.id, period), JSON, title=period)


def _catalog(collection: Collection, period: str | None, links: list[Link], *, site: Site) -> Document:
    parent = site.collection(collection.id) if period is None else site.period(collection.id, _month_of(period))
    title = collection.title or collection.id
    members: dict[str, Any] = {
        "type": "Catalog",
        "stac_version": STAC_VERSION,
        "id": f"{collection.id} {period or 'by month'}",
        "title": f"{title}, {period or 'by month'}",
        "description": f"Items of {title} by when they begin, in UTC.",
        "links": [
            link("self", site.period(collection.id, period), JSON),
            link("root", site.root, JSON),
            link("parent", parent, JSON),
            *links,
        ],
    }
    return members


def _month_of(period: str) -> str | None:
    """Return what lies above a period: a day's month, and None, the list of them, above a month."""
    return period[:7] if len(period) == 10 else None
