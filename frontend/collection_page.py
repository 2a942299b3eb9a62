"""What a collection's page shows."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from catalog.models import Collection
from catalog.stac.core.links import Site
from frontend.facts import Fact, facts
from frontend.wording import box, day, day_range

# Footprints on the small map.
SHOWN_FOOTPRINTS = 100


@dataclass(frozen=True)
class CollectionPage:
    title: str
    description: str
    facts: list[Fact]
    # Whether any of its items lies somewhere on Earth.
    located: bool
    items_url: str
    stac_url: str
    explore_url: str
    ingest_url: str
    can_ingest: bool


def collection_page(collection: Collection, *, item_count: int, site: Site, can_ingest: bool) -> CollectionPage:
    query = urlencode({"collection": collection.id})
    return CollectionPage(
        title=collection.title or collection.id,
        description=collection.description,
        facts=collection_facts(collection, item_count=item_count),
        located=collection.bbox is not None,
        items_url=f"{site.items(collection.id)}?limit={SHOWN_FOOTPRINTS}",
        stac_url=site.collection(collection.id),
        explore_url=f"{reverse('frontend:explore')}?v=1&{query}",
        ingest_url=f"{reverse('frontend:ingest')}?{query}",
        can_ingest=can_ingest,
    )


def collection_facts(collection: Collection, *, item_count: int) -> list[Fact]:
    return facts(
        ("Items", f"{item_count:,}"),
        ("Dates", day_range(collection.start_datetime, collection.end_datetime)),
        ("Bounds", box(collection.bbox)),
        ("License", collection.license),
        ("Keywords", ", ".join(map(str, collection.keywords))),
        ("Visible to", collection.get_visibility_display().partition(": ")[2]),
        ("Changed", day(collection.updated)),
    )
