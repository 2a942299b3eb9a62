"""Keep collections: what items belong to, and what decides who sees them."""

from typing import Any, Self

import orjson
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.validators import RegexValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, JSONField, Q
from django.db.models.fields.json import KeyTransform

from catalog.documents.identifiers import IDENTIFIER, RULE
from catalog.models.reader import SignedReader

identifier_validator = RegexValidator(IDENTIFIER, RULE)
# Roles of members who may change the collection, and of those who decide who may.
ANNOTATING_ROLES = ("annotator", "editor", "owner")
EDITING_ROLES = ("editor", "owner")
OWNING_ROLES = ("owner",)


class DocumentField(JSONField):
    """JSON that comes back as it was written.

    PostgreSQL gives a large float, such as the value for no data of many a raster, as an integer of its many digits.
    Here numbers of more than 64 bits are floats, as they came in; what is written out again takes no others.
    """

    def from_db_value(self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper) -> Any:
        if not isinstance(value, str) or isinstance(expression, KeyTransform):
            return super().from_db_value(value, expression, connection)
        return orjson.loads(value)

    def deconstruct(self) -> Any:
        """Return what migrations know of it: to the database it is a JSONField like any other."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return collections the user may read. This is the one rule; every other model's `visible_to` asks it."""
        if not user.is_authenticated:
            rule = Q(visibility=Collection.Visibility.PUBLIC)
            return self.filter(rule | Q(pk=user.collection_id) if isinstance(user, SignedReader) else rule)
        if user.is_superuser:
            return self
        return self.filter(
            ~Q(visibility=Collection.Visibility.PRIVATE) | Q(pk__in=Membership.objects.of(user).values("collection_id"))
        )

    def owned_by(self, user: User | AnonymousUser) -> Self:
        """Return collections of which the user decides who may do what."""
        return self.editable_by(user, roles=OWNING_ROLES)

    def editable_by(self, user: User | AnonymousUser, *, roles: tuple[str, ...] = EDITING_ROLES) -> Self:
        """Return collections the user may add imagery to and change: members of one of the roles, and superusers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(pk__in=Membership.objects.of(user).filter(role__in=roles).values("collection_id"))


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


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: User) -> Self:
        """Return memberships of the user and of the groups they are in."""
        return self.filter(Q(user=user) | Q(group__in=user.groups.all()))


class Membership(models.Model):
    """Give a user, or all of a group, a role in a collection. Who has several has the most that these allow."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "Viewer: sees"
        ANNOTATOR = "annotator", "Annotator: draws and writes on imagery"
        EDITOR = "editor", "Editor: adds and changes imagery"
        OWNER = "owner", "Owner: also decides who may"

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="memberships")
    # Either of these.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role, default=Role.VIEWER)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            # Rows without a user, or without a group, are not alike for that: NULL is like nothing.
            models.UniqueConstraint(name="membership_one_role_each", fields=["collection", "user"]),
            models.UniqueConstraint(name="membership_one_role_each_group", fields=["collection", "group"]),
            models.CheckConstraint(
                name="membership_of_a_user_or_a_group",
                condition=Q(user__isnull=False, group__isnull=True) | Q(user__isnull=True, group__isnull=False),
            ),
            models.CheckConstraint(
                name="membership_role_known", condition=Q(role__in=["viewer", "annotator", "editor", "owner"])
            ),
        )

    def __str__(self) -> str:
        member = f"group {self.group_id}" if self.group_id else str(self.user_id)
        return f"{member} is {self.role} of {self.collection_id}"


class Census(models.Model):
    """Summarize a collection: how many of its items have which value, range and asset.

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


class TallyRow(models.Model):
    """Hold counts of a collection's items by day, cell and value, as `catalog.querying.item_tallies` keeps them.

    Rows of one part add up. Who adds one holds the collection's census.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    part = models.CharField(max_length=300, blank=True)
    # JSON, compressed.
    counts = models.BinaryField()

    class Meta:
        indexes = (models.Index(name="tally_of_collection", fields=["collection", "part"]),)

    def __str__(self) -> str:
        return f"{self.collection_id}: {self.part}"
