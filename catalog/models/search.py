"""Keep searches that were registered as a mosaic, by whom, and what was prepared of them for low zooms."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Search(models.Model):
    """Keep a search that anyone who knows its id may use; the items that it finds are those its reader may see.

    What it asks for, and its name, are told to those who registered it.
    """

    # Of the body and the metadata, so that registering twice gives one.
    id = models.CharField(primary_key=True, max_length=32)
    body = models.JSONField()
    metadata = models.JSONField(default=dict)
    # When it was last registered: of those that nobody owns the oldest go first.
    registered = models.DateTimeField()
    # Whether workers keep mosaics for low zooms.
    overviews = models.BooleanField(default=False)
    # The audience that the overviews were last completed for, and what their members were then.
    prepared = models.CharField(max_length=32, blank=True)
    stamp = models.CharField(max_length=32, blank=True)
    # Until when a worker is taken to be at it.
    lease_expires = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-registered", "id")
        verbose_name_plural = "searches"
        indexes = (
            models.Index(name="search_oldest", fields=["registered"]),
            models.Index(name="search_with_overviews", fields=["id"], condition=Q(overviews=True)),
        )
        constraints = (models.CheckConstraint(name="search_id_not_empty", condition=~Q(id="")),)

    def __str__(self) -> str:
        return str(self.metadata.get("name") or self.id)


class SearchOwner(models.Model):
    """Name one of the people who registered a search while signed in: one body is one search for all of them."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="owners")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="searches")
    registered = models.DateTimeField()

    class Meta:
        ordering = ("-registered", "-pk")
        constraints = (models.UniqueConstraint(name="search_owner_once", fields=["search", "user"]),)
        indexes = (models.Index(name="search_owner_newest_first", fields=["user", "-registered"]),)

    def __str__(self) -> str:
        return f"{self.search_id} of {self.user_id}"


class OverviewTile(models.Model):
    """Keep one tile of a search's overviews, for the readers who see the items of certain collections."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="overview_tiles")
    # A hash of the collections whose items it shows.
    audience = models.CharField(max_length=32)
    z = models.PositiveSmallIntegerField()
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    # Of all that its pixels depend on; part of its name in storage.
    signature = models.CharField(max_length=32)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="overview_tile_once", fields=["search", "audience", "z", "x", "y"]),
        )

    def __str__(self) -> str:
        return f"{self.search_id}/{self.audience}/{self.z}/{self.x}/{self.y}"

    @property
    def blob_name(self) -> str:
        return f"{self._name}.png"

    @property
    def items_name(self) -> str:
        """Return where the names of the items lie that it is made of."""
        return f"{self._name}.items"

    @property
    def _name(self) -> str:
        return f"overviews/{self.search_id}/{self.audience}/{self.z}-{self.x}-{self.y}-{self.signature}"
