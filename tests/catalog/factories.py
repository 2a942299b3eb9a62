"""Rows for tests, each valid by itself."""

from datetime import UTC, datetime
from typing import Any

import factory
from django.contrib.auth.models import User
from django.contrib.gis.geos import Polygon
from factory.django import DjangoModelFactory

from catalog.models import Annotation, ChecksumFile, Collection, IngestJob, IngestSource, Item, Membership, TallyRow


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")


class CollectionFactory(DjangoModelFactory[Collection]):
    class Meta:
        model = Collection

    id = factory.Sequence(lambda n: f"collection-{n}")
    title = factory.Sequence(lambda n: f"Collection {n}")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    collection = factory.SubFactory(CollectionFactory)
    user = factory.SubFactory(UserFactory)
    role = Membership.Role.OWNER


class ItemFactory(DjangoModelFactory[Item]):
    class Meta:
        model = Item

    class Params:
        west = 10.0
        south = 45.0
        size = 1.0

    collection = factory.SubFactory(CollectionFactory)
    item_id = factory.Sequence(lambda n: f"item-{n}")
    geometry = factory.LazyAttribute(lambda o: Polygon.from_bbox((o.west, o.south, o.west + o.size, o.south + o.size)))
    bbox = factory.LazyAttribute(lambda o: [o.west, o.south, o.west + o.size, o.south + o.size])
    datetime = datetime(2024, 5, 1, tzinfo=UTC)
    start_datetime = factory.SelfAttribute("datetime")
    end_datetime = factory.SelfAttribute("start_datetime")
    properties = factory.LazyAttribute(lambda o: {"datetime": o.datetime.isoformat().replace("+00:00", "Z")})

    @classmethod
    def _create(cls, model_class: type[Item], *args: Any, **kwargs: Any) -> Item:
        """Write the item past the services; that its collection has kept counts without it is forgotten."""
        item: Item = super()._create(model_class, *args, **kwargs)
        TallyRow.objects.filter(collection=item.collection).delete()
        return item


class ChecksumFileFactory(DjangoModelFactory[ChecksumFile]):
    class Meta:
        model = ChecksumFile

    collection = factory.SubFactory(CollectionFactory)
    url = factory.Sequence(lambda n: f"https://example.org/scene-{n}.tif")
    name = factory.Sequence(lambda n: f"scene-{n}.tif")
    version = "v1"


class IngestJobFactory(DjangoModelFactory[IngestJob]):
    class Meta:
        model = IngestJob

    collection = factory.SubFactory(CollectionFactory)
    owner = factory.SubFactory(UserFactory)


class IngestSourceFactory(DjangoModelFactory[IngestSource]):
    class Meta:
        model = IngestSource

    job = factory.SubFactory(IngestJobFactory)
    kind = IngestSource.Kind.HREF
    href = factory.Sequence(lambda n: f"https://example.org/scene-{n}.tif")


def annotate(item: Item) -> Annotation:
    """Return a point that nobody in particular drew on an item, whose name is the item's."""
    longitude, latitude = 15.03, 45.13
    return Annotation.objects.create(
        item=item,
        space="degrees",
        geometry={"type": "Point", "coordinates": [longitude, latitude]},
        west=longitude,
        south=latitude,
        east=longitude,
        north=latitude,
        name=item.item_id,
    )
