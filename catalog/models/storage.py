"""Keep storages: places that imagery may be read from, with what opens them."""

import uuid
from typing import Self

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q

from catalog.models.collection import Collection


class StorageQuerySet(models.QuerySet["Storage"]):
    def usable_by(self, user: User | AnonymousUser) -> Self:
        """Return storages that the user may ingest from: all of a superuser's, those for collections that one edits."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        mine = Collection.objects.editable_by(user)
        return self.filter(Q(is_open=True) | Q(pk__in=self.model.objects.filter(collections__in=mine).values("pk")))


class Storage(models.Model):
    """Describe a bucket, a part of one, or a part of a web server; its secrets are kept encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=128, unique=True)
    # `s3://bucket/prefix/`, `https://host/path/`, `gs://…`, `az://…`; with a slash at its end.
    href = models.CharField(max_length=1024, unique=True)
    # Of a server that is not AWS's; and where its buckets are.
    endpoint = models.CharField(max_length=512, blank=True)
    region = models.CharField(max_length=64, blank=True)
    requester_pays = models.BooleanField(default=False)
    anonymous = models.BooleanField("without signing", default=False)
    # What the variables begin with that have its credentials: `ARCHIVE` for `ARCHIVE_ACCESS_KEY_ID` and so on.
    credentials_env = models.CharField("variables begin with", max_length=64, blank=True)
    # Those that were given here, and what events of the store are signed with.
    secrets = models.TextField(blank=True, editable=False)
    # Where a token is had that is appended to addresses, as of Azure's shared access signatures.
    sas_url = models.CharField("SAS token endpoint", max_length=1024, blank=True)
    connections = models.PositiveSmallIntegerField(null=True, blank=True)
    requests = models.FloatField("requests a second", null=True, blank=True)
    # Whom it is for: every account, or collections of these alone.
    is_open = models.BooleanField("for every account", default=False)
    collections = models.ManyToManyField(Collection, related_name="storages", blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = StorageQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(name="storage_href_ends_in_slash", condition=Q(href__endswith="/")),
            models.CheckConstraint(name="storage_name_not_empty", condition=~Q(name="")),
        )

    def __str__(self) -> str:
        return self.name
