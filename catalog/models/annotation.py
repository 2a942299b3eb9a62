"""What people draw and write on imagery: a place on an item with a name, a note and a color."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from catalog.models.collection import ANNOTATING_ROLES, Collection
from catalog.models.item import Item

COLOR = RegexValidator(r"^#[0-9a-fA-F]{6}\Z", "Give a color as #rrggbb.")


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return annotations on items of collections that the user sees."""
        return self.filter(item__collection__in=Collection.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Return one's own, as long as one may annotate there, and all where one edits."""
        own = Q(owner_id=user.pk, item__collection__in=Collection.objects.editable_by(user, roles=ANNOTATING_ROLES))
        return self.filter(own | Q(item__collection__in=Collection.objects.editable_by(user)))


class Annotation(models.Model):
    class Space(models.TextChoices):
        """Name what the coordinates are: an item's that lies somewhere, or those of a picture."""

        DEGREES = "degrees", "Longitude and latitude"
        PIXELS = "pixels", "Columns and rows of the full image, from its upper left corner"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="annotations")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="annotations"
    )
    space = models.CharField(max_length=8, choices=Space, editable=False)
    # GeoJSON. Of pixels no database has a geometry, so the box is kept beside it to search by.
    geometry = models.JSONField()
    west = models.FloatField(editable=False)
    south = models.FloatField(editable=False)
    east = models.FloatField(editable=False)
    north = models.FloatField(editable=False)
    name = models.CharField(max_length=200, blank=True)
    note = models.TextField(max_length=5000, blank=True)
    color = models.CharField(max_length=7, default="#e4572e", validators=[COLOR])
    # Other members of the feature's properties, as who drew it wrote them.
    properties = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "id")
        indexes = (models.Index(name="annotation_newest_first", fields=["item", "-created"]),)

    def __str__(self) -> str:
        return self.name or str(self.pk)

    @property
    def bbox(self) -> list[float]:
        return [self.west, self.south, self.east, self.north]
