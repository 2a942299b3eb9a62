"""Searches that were registered as one layer, and what was prepared of them for low zooms."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class SearchQuerySet(models.QuerySet["Search"]):
    def registered_by_users(self) -> Self:
        """Without those that anyone registered who was not signed in: they are used by their id alone."""
        return self.filter(owner__isnull=False)

    def unclaimed(self, now: datetime) -> Self:
        """Whose overviews no worker is refreshing."""
        return self.filter(Q(lease_expires__isnull=True) | Q(lease_expires__lt=now))


class Search(models.Model):
    """What anyone who knows its id may use; the items that it finds are those its reader may see."""

    # Of the body and the metadata, so that registering twice gives one.
    id = models.CharField(primary_key=True, max_length=32)
    body = models.JSONField()
    metadata = models.JSONField(default=dict)
    # The first who registered it while signed in.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="searches"
    )
    # When it was last registered: of anonymous ones the oldest go first.
    registered = models.DateTimeField()
    # Whether workers keep mosaics for low zooms.
    overviews = models.BooleanField(default=False)
    # Ids of the collections whose items the overviews were made from, whoever sees them.
    contributors = models.JSONField(default=list)
    # What the members were when the overviews were last completed.
    stamp = models.CharField(max_length=64, blank=True)
    refreshed = models.DateTimeField(null=True, blank=True)
    # Until when a worker is taken to be at it.
    lease_expires = models.DateTimeField(null=True, blank=True)

    objects = SearchQuerySet.as_manager()

    class Meta:
        ordering = ("-registered", "id")
        verbose_name_plural = "searches"
        indexes = (
            models.Index(name="search_anonymous_oldest", fields=["registered"], condition=Q(owner__isnull=True)),
            models.Index(name="search_with_overviews", fields=["id"], condition=Q(overviews=True)),
        )
        constraints = (models.CheckConstraint(name="search_id_not_empty", condition=~Q(id="")),)

    def __str__(self) -> str:
        return str(self.metadata.get("name") or self.id)


class OverviewTile(models.Model):
    """One stored tile of a search's overviews, as those see it who see the items of certain collections."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="overview_tiles")
    # A hash of the collections whose items it shows.
    audience = models.CharField(max_length=32)
    z = models.PositiveSmallIntegerField()
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    # Of all that its pixels depend on; part of its name in storage.
    signature = models.CharField(max_length=32)
    # Primary keys of the items that it shows, at the base zoom only.
    items = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="overview_tile_once", fields=["search", "audience", "z", "x", "y"]),
        )

    def __str__(self) -> str:
        return f"{self.search_id}/{self.audience}/{self.z}/{self.x}/{self.y}"
