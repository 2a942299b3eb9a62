"""Items: one STAC document each, with what is searched in columns."""

from typing import Self

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.db import models
from django.contrib.gis.geos import GEOSGeometry
from django.db import connections
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from catalog.models.collection import Collection, DocumentField, identifier_validator
from catalog.models.reader import SignedReader
from catalog.models.spatial_index import PlaceTimeIndex
from catalog.models.text_index import WordsIndex

# What SpatiaLite's own functions never look at; PostGIS takes its index for `intersects` by itself.
IN_RTREE = "SELECT pkid FROM idx_catalog_item_geometry WHERE xmin <= %s AND xmax >= %s AND ymin <= %s AND ymax >= %s"
# Rows beyond which it is faster to go through all in the order of the search, which ends as soon as it has enough.
MOST_BY_RTREE = 5000


def meets(place: GEOSGeometry, *, using: str) -> Q:
    """Return the condition that an item's geometry meets ``place``, in degrees."""
    condition = Q(geometry__intersects=place)
    if connections[using].vendor != "sqlite":
        return condition
    west, south, east, north = place.extent
    box = (east, west, north, south)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({IN_RTREE} LIMIT {MOST_BY_RTREE + 1})", box)  # noqa: S608 -- constants
        few = cursor.fetchone()[0] <= MOST_BY_RTREE
    return condition & Q(pk__in=RawSQL(IN_RTREE, box)) if few else condition  # noqa: S611 -- a constant


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        rule = Q(collection__in=Collection.objects.visible_to(user))
        if isinstance(user, SignedReader) and user.grant.item_id:
            rule |= Q(collection_id=user.grant.collection_id, item_id=user.grant.item_id)
        return self.filter(rule)

    def editable_by(self, user: User | AnonymousUser) -> Self:
        return self.filter(collection__in=Collection.objects.editable_by(user))

    def lying_at(self, place: GEOSGeometry) -> Self:
        """Return items that meet a place in degrees, by the spatial index where that beats going through all."""
        return self.filter(meets(place, using=self.db))


class Item(models.Model):
    # The document's `id` is unique within its collection only; `pk` orders pages and breaks ties.
    pk_id = models.BigAutoField(primary_key=True)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    item_id = models.CharField(max_length=256, validators=[identifier_validator])
    # None for what lies nowhere on Earth: slides, images without a reference system.
    geometry = models.GeometryField(srid=4326, null=True, blank=True)
    bbox = DocumentField(null=True, blank=True)
    # As the document says, which may be null for an interval; the interval is always there, also of an instant.
    datetime = models.DateTimeField(null=True, blank=True)
    start_datetime = models.DateTimeField()
    end_datetime = models.DateTimeField()
    # What free text finds it by. Before the documents, so that SQLite reads it without them.
    words = models.TextField(blank=True, editable=False)
    # The document's other parts. `properties` holds the datetimes too, as they were written; `extra` a geometry of
    # which the column holds a part only: it has no heights.
    properties = DocumentField(default=dict)
    assets = DocumentField(default=dict)
    links = DocumentField(default=list, blank=True)
    stac_extensions = DocumentField(default=list, blank=True)
    extra = DocumentField(default=dict, blank=True)
    # Asset key → id of the ChecksumFile it was admitted as. Ingest alone writes it, so that no document, whoever
    # writes it, makes us open a location.
    asset_files = DocumentField(default=dict, blank=True, editable=False)
    # Counts changes: the ETag.
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ("-start_datetime", "-pk_id")
        constraints = (
            models.UniqueConstraint(name="item_id_unique_in_collection", fields=["collection", "item_id"]),
            models.CheckConstraint(name="item_id_not_empty", condition=~Q(item_id="")),
            models.CheckConstraint(name="item_interval_in_order", condition=Q(end_datetime__gte=F("start_datetime"))),
        )
        indexes = (
            models.Index(name="item_newest_first", fields=["-start_datetime", "-pk_id"]),
            models.Index(name="item_collection_newest_first", fields=["collection", "-start_datetime", "-pk_id"]),
            models.Index(name="item_end_datetime", fields=["end_datetime"]),
            # What a search sorts by when it says `datetime`.
            models.Index(Coalesce("datetime", "start_datetime"), name="item_moment"),
            WordsIndex(name="item_words", fields=["words"]),
            PlaceTimeIndex(
                name="item_place_and_time", fields=["collection", "geometry", "start_datetime", "end_datetime"]
            ),
        )

    def __str__(self) -> str:
        return f"{self.collection_id}/{self.item_id}"
