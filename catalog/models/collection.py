"""Collections: what items belong to, and what decides who sees them."""

from typing import Self

from django.contrib.auth.models import AnonymousUser, User
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from catalog.documents.identifiers import IDENTIFIER, RULE
from catalog.models.document_field import DocumentField
from catalog.models.reader import SignedReader

identifier_validator = RegexValidator(IDENTIFIER, RULE)


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return collections the user may read. This is the one rule; every other model's `visible_to` asks it."""
        if not user.is_authenticated:
            rule = Q(visibility=Collection.Visibility.PUBLIC)
            return self.filter(rule | Q(pk=user.collection_id) if isinstance(user, SignedReader) else rule)
        if user.is_superuser:
            return self
        return self.filter(
            ~Q(visibility=Collection.Visibility.PRIVATE) | Q(pk__in=user.memberships.values("collection_id"))
        )

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Return collections the user may add imagery to and change."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(pk__in=user.memberships.editing().values("collection_id"))


class Collection(models.Model):
    class Visibility(models.TextChoices):
        PUBLIC = "public", "Public: anyone"
        INTERNAL = "internal", "Internal: anyone signed in"
        PRIVATE = "private", "Private: members"

    id = models.CharField(primary_key=True, max_length=256, validators=[identifier_validator])
    title = models.CharField(max_length=512, blank=True)
    description = models.TextField(blank=True)
    license = models.CharField(max_length=256, default="other")
    keywords = DocumentField(default=list, blank=True)
    visibility = models.CharField(max_length=16, choices=Visibility, default=Visibility.PUBLIC)
    # Widened as items come: [west, south, east, north] and the interval's two ends.
    bbox = DocumentField(null=True, blank=True)
    start_datetime = models.DateTimeField(null=True, blank=True)
    end_datetime = models.DateTimeField(null=True, blank=True)
    # The STAC document's other members: providers, summaries, item_assets, …
    extra = DocumentField(default=dict, blank=True)
    # `summaries` and `item_assets` as the items have it. What `extra` says of them goes before.
    derived = DocumentField(default=dict, blank=True, editable=False)
    # JSON Schemas of properties, by name, as editors defined them.
    queryables = DocumentField(default=dict, blank=True)
    # Part of what signs its URLs: another one revokes all that were signed before.
    signature_key = models.CharField(max_length=32, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(name="collection_id_not_empty", condition=~Q(id="")),
            models.CheckConstraint(
                name="collection_visibility_known", condition=Q(visibility__in=["public", "internal", "private"])
            ),
        )

    def __str__(self) -> str:
        return self.title or self.id


class Census(models.Model):
    """The summary of a collection: how many of its items have which value, range and asset.

    Counted, so that it knows when the last one of a kind is gone. The table's name is older than the word. Whoever
    changes items of the collection locks this row before it says so, and thereby also its extent.
    """

    collection = models.OneToOneField(Collection, on_delete=models.CASCADE, primary_key=True, related_name="census")
    # As `catalog.documents.summaries` keeps it.
    counts = DocumentField(default=dict)

    class Meta:
        verbose_name_plural = "censuses"

    def __str__(self) -> str:
        return str(self.collection_id)
