"""Collections and items as the cards that lists of them show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.urls import reverse

from catalog.models import Collection, Item
from catalog.stac.core.items import item_document
from catalog.stac.core.links import Site
from frontend.markdown import plain
from frontend.wording import card_date, day_range

# What addresses begin with that browsers open. A bucket's is for programs.
WEB = ("https://", "http://", "/")
# Pictures in the home page's head: three by three.
MOSAIC = 9


@dataclass(frozen=True)
class CollectionCard:
    title: str
    url: str
    description: str
    item_count: int
    dates: str
    visibility: str
    thumbnail: str


@dataclass(frozen=True)
class ItemCard:
    title: str
    url: str
    collection_title: str
    date: str
    thumbnail: str


def with_counts(collections: QuerySet[Collection]) -> QuerySet[Any]:
    """Add `item_count`, and `newest_item`: the key of the item whose thumbnail stands for the collection.

    The one that got an item last comes first.
    """
    newest = Item.objects.filter(collection=OuterRef("pk")).order_by("-pk_id").values("pk_id")[:1]
    return collections.annotate(item_count=Count("items"), newest_item=Subquery(newest)).order_by(
        F("newest_item").desc(nulls_last=True), "title", "id"
    )


def web_href(href: object) -> str:
    """Return what may stand behind a link or in a picture, "" for any other address: a document may have anything."""
    text = str(href)
    return text if text.startswith(WEB) else ""


def thumbnail(document: dict[str, Any]) -> str:
    """Return where this site has a small picture of an item, "" if it has none: pages show no one else's."""
    assets = document["assets"].values()
    stored = [asset["href"] for asset in assets if "thumbnail" in asset.get("roles", ())]
    linked = {link["rel"]: link["href"] for link in reversed(document["links"])}
    own = linked["self"].partition("/stac/")[0] + "/"
    return next((href for href in [*stored, linked.get("preview", "")] if str(href).startswith((own, "/"))), "")


def document_title(document: dict[str, Any]) -> str:
    return str(document["properties"].get("title") or document["id"])


def item_url(collection_id: str, item_id: str) -> str:
    return reverse("frontend:item", args=[collection_id, item_id])


def item_card(item: Item, *, site: Site) -> ItemCard:
    document = item_document(item, base=site.base)
    return ItemCard(
        title=document_title(document),
        url=item_url(item.collection_id, item.item_id),
        collection_title=str(item.collection),
        date=card_date(document["properties"]),
        thumbnail=thumbnail(document),
    )


def collection_cards(found: Sequence[Any], *, site: Site) -> list[CollectionCard]:
    """Make the cards of `with_counts` collections, in two queries however many there are."""
    newest = Item.objects.in_bulk([each.newest_item for each in found if each.newest_item])
    return [_collection_card(each, newest=newest.get(each.newest_item), site=site) for each in found]


def _collection_card(collection: Any, *, newest: Item | None, site: Site) -> CollectionCard:
    return CollectionCard(
        title=collection.title or collection.id,
        url=reverse("frontend:collection", args=[collection.id]),
        description=plain(collection.description),
        item_count=collection.item_count,
        dates=day_range(collection.start_datetime, collection.end_datetime),
        visibility=collection.visibility,
        thumbnail=thumbnail(item_document(newest, base=site.base)) if newest else "",
    )


def mosaic(cards: Sequence[CollectionCard | ItemCard]) -> list[str]:
    """Return nine different pictures of the cards, the first ones; none if there are fewer."""
    pictures = list(dict.fromkeys(card.thumbnail for card in cards if card.thumbnail))
    return pictures[:MOSAIC] if len(pictures) >= MOSAIC else []
