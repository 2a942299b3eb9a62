"""Keep ingest jobs of many sources, each with a state that survives workers and brokers."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models.collection import Collection
from catalog.models.file import ChecksumFile
from catalog.models.item import Item


class IngestJobQuerySet(models.QuerySet["IngestJob"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return one's own jobs, and those of collections one edits: errors may name what others should not see."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(owner=user) | Q(collection__in=Collection.objects.editable_by(user)))


class IngestJob(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="ingest_jobs")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="ingest_jobs"
    )
    options = models.JSONField(default=dict, blank=True)
    # What found its sources by crawling, if nobody named them.
    watch = models.ForeignKey(
        "catalog.Watch", on_delete=models.SET_NULL, null=True, blank=True, related_name="ingest_jobs"
    )
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)
    cancelled = models.DateTimeField(null=True, blank=True)

    objects = IngestJobQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "id")
        indexes = (models.Index(name="ingest_job_newest_first", fields=["-created", "id"]),)
        constraints = (
            models.CheckConstraint(
                name="ingest_job_finishes_after_start",
                condition=Q(finished__isnull=True) | Q(finished__gte=models.F("created")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} into {self.collection_id}"


# Sources that wait for a worker now, not for their store to be well again; by the database's clock.
DUE = Q(state="queued") & (Q(not_before__isnull=True) | Q(not_before__lte=Now()))


class IngestSource(models.Model):
    class Kind(models.TextChoices):
        HREF = "href", "One file by URL"
        PREFIX = "prefix", "Every raster under an S3 prefix"
        FILE = "file", "An uploaded file"
        SCENE = "scene", "The files of one scene"
        STAC = "stac", "A STAC document: items, a collection, a catalog, a page of an API"
        ITEM = "item", "The document of one STAC item"
        PROBE = "probe", "An asset of a STAC item, opened to be described"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    job = models.ForeignKey(IngestJob, on_delete=models.CASCADE, related_name="sources")
    # What listed this one: a prefix, a STAC document.
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    kind = models.CharField(max_length=8, choices=Kind)
    href = models.CharField(max_length=2048, blank=True)
    # Of a prefix: the glob its keys must match.
    include = models.CharField(max_length=256, blank=True)
    file = models.ForeignKey(
        ChecksumFile, on_delete=models.RESTRICT, null=True, blank=True, related_name="ingest_sources"
    )
    # Of a scene: where its files lie, or those of them that were uploaded.
    parts = models.JSONField(default=list, blank=True)
    uploads = models.ManyToManyField(ChecksumFile, related_name="ingest_scenes", blank=True)
    # Of STAC: a `document` that was sent itself, the `body` that a page is asked for with, the `collection` that items
    # without one belong to.
    details = models.JSONField(default=dict, blank=True)
    # Links between it and the source that was asked for.
    depth = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    # How often a worker took it since it was last put back, and how often it was put back for what may pass.
    attempts = models.PositiveSmallIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    # When a worker last took it; from then to `updated` is what it cost, once it is done.
    started = models.DateTimeField(null=True, blank=True)
    # When it may be tried again.
    not_before = models.DateTimeField(null=True, blank=True)
    # Who works on it, and until when it is believed to be alive. A worker that lost its lease writes nothing.
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires = models.DateTimeField(null=True, blank=True)
    # When it was last handed to the broker.
    dispatched = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_description = models.TextField(blank=True)
    # What of it is not as it should be, although it became an item.
    warnings = models.JSONField(default=list, blank=True)
    # Of STAC: items that were written (or were there as they are), items that were refused, and the sentences about
    # both. The digest of their ids tells a page that comes again.
    items_written = models.PositiveIntegerField(default=0)
    items_refused = models.PositiveIntegerField(default=0)
    remarks = models.JSONField(default=list, blank=True)
    digest = models.CharField(max_length=32, blank=True)
    item = models.ForeignKey(Item, on_delete=models.SET_NULL, null=True, blank=True, related_name="ingest_sources")
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(name="ingest_source_job_state", fields=["job", "state"]),
            models.Index(
                name="ingest_source_unfinished",
                fields=["state", "lease_expires"],
                condition=Q(state__in=["queued", "running"]),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="ingest_source_names_its_input",
                condition=(
                    Q(kind="file", file__isnull=False)
                    | (Q(kind__in=["href", "prefix", "scene", "item", "probe"]) & ~Q(href=""))
                    | (Q(kind="stac") & (~Q(href="") | Q(details__has_key="document")))
                ),
            ),
            models.CheckConstraint(
                name="ingest_source_running_is_leased",
                condition=~Q(state="running") | Q(lease_token__isnull=False, lease_expires__isnull=False),
            ),
            models.CheckConstraint(
                name="ingest_source_failed_says_why", condition=~Q(state="failed") | ~Q(error_code="")
            ),
            models.UniqueConstraint(
                name="ingest_source_href_once_in_job",
                fields=["job", "kind", "href", "include"],
                condition=~Q(href=""),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return what people know the source by: the last part of its address (a scene's id), or the upload's name."""
        if self.file:
            return self.file.name
        return self.href.rstrip("/").rsplit("/", 1)[-1] or "document"
