"""Keep watches: places that are crawled again and again, what was found there, and how each crawl went."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q

from catalog.models.collection import Collection
from catalog.models.ingest import IngestJob
from catalog.models.item import Item


class WatchQuerySet(models.QuerySet["Watch"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return watches of collections that one edits: where imagery lies is not for everyone."""
        return self.filter(collection__in=Collection.objects.editable_by(user))


class Watch(models.Model):
    class Delete(models.TextChoices):
        """Name what becomes of an item whose files are gone."""

        KEEP = "keep", "Keep: the item stays as it is"
        MARK = "mark", "Mark: the item says that it is deprecated, and since when its files are gone"
        REMOVE = "remove", "Remove: the item is deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="watches")
    # In whose name it ingests.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="watches")
    href = models.CharField(max_length=2048)
    # Globs of names, or of what follows the prefix. No `include`: all that looks like imagery.
    include = models.JSONField(default=list, blank=True)
    exclude = models.JSONField(default=list, blank=True)
    # What is older is left out.
    since = models.DateTimeField(null=True, blank=True)
    delete_mode = models.CharField("delete", max_length=8, choices=Delete, default=Delete.MARK)
    # Seconds from the start of one crawl to the next; none: when somebody asks, or a store tells of a change.
    interval = models.PositiveIntegerField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    # Those of the ingests that it leads to.
    options = models.JSONField(default=dict, blank=True)
    next_crawl = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = WatchQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "id")
        verbose_name_plural = "watches"
        constraints = (
            models.CheckConstraint(name="watch_names_its_place", condition=~Q(href="")),
            models.CheckConstraint(name="watch_delete_known", condition=Q(delete_mode__in=["keep", "mark", "remove"])),
            models.CheckConstraint(name="watch_interval", condition=Q(interval__isnull=True) | Q(interval__gte=60)),
        )

    def __str__(self) -> str:
        return f"{self.href} into {self.collection_id}"


class Crawl(models.Model):
    """Record one run of a watch. Its position is kept with each page, so that another worker goes on from there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="crawls")
    # What it found to ingest; none where nothing had changed.
    job = models.ForeignKey(IngestJob, on_delete=models.SET_NULL, null=True, related_name="crawls")
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)
    # The last key that was gone through, in UTF-8, as far as the prefix leaves it open; whether it was the last of all.
    position = models.BinaryField(default=b"", max_length=2048)
    is_listed = models.BooleanField(default=False)
    # Objects of the listing; those that are no imagery, or left out; and of the others how they compare with before.
    listed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    # Pages of the listing.
    pages = models.PositiveIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires = models.DateTimeField(null=True, blank=True)
    # Why it waits, or ended before its end.
    error_code = models.CharField(max_length=64, blank=True)
    error_description = models.TextField(blank=True)
    remarks = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("-created", "id")
        constraints = (
            models.UniqueConstraint(name="crawl_one_at_a_time", fields=["watch"], condition=Q(finished__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.watch_id} {self.created:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> str:
        """Return what it does, in a word of the API's."""
        if self.finished:
            return "failed" if self.error_code else "finished"
        if self.error_code:
            return "paused"
        return "running"


class WatchedFile(models.Model):
    """Remember one file that a crawl found: what the next one compares with."""

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="files")
    # What follows the watch's prefix, in UTF-8: bytes are in the order of listings whatever the database's language.
    key = models.BinaryField(max_length=2048)
    version = models.CharField(max_length=256)
    # The address of the scene, or of the folder that is one image (Zarr), whose part it is; empty: it is one itself.
    unit = models.CharField(max_length=2048, blank=True)
    # Whether what was found is still to be ingested, or to be marked.
    pending = models.BooleanField(default=True)
    gone = models.BooleanField(default=False)
    item = models.ForeignKey(Item, on_delete=models.SET_NULL, null=True, related_name="watched_files")

    class Meta:
        constraints = (models.UniqueConstraint(name="watched_file_once", fields=["watch", "key"]),)
        indexes = (
            models.Index(name="watched_file_unit", fields=["watch", "unit"], condition=~Q(unit="")),
            models.Index(name="watched_file_pending", fields=["watch", "id"], condition=Q(pending=True)),
        )

    def __str__(self) -> str:
        return bytes(self.key).decode(errors="replace")
