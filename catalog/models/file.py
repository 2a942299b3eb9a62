"""Keep files of ours: objects in storage, or remote URLs that were admitted at ingest."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q

from catalog.models.collection import Collection


def _blob_name(instance: "ChecksumFile", filename: str) -> str:
    """Return a name in a folder of the id; the user's name of the file comes last, so that its suffix is kept."""
    key = instance.pk.hex
    return f"{key[:2]}/{key}/{filename}"


class ChecksumFileQuerySet(models.QuerySet["ChecksumFile"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return files of visible collections, and one's own uploads."""
        rule = Q(collection__in=Collection.objects.visible_to(user))
        if user.is_authenticated:
            rule |= Q(owner=user)
        return self.filter(rule).exclude(url="", checksum="")

    def unsound(self) -> Self:
        """Return files of which verification found another content, or none."""
        return self.filter(verification__in=UNSOUND)

    def unused(self) -> Self:
        """Return uploads that no ingest has taken into a collection, those that are still coming included."""
        return self.filter(collection__isnull=True, url="")


class Verification(models.TextChoices):
    """Name what reading a file's whole content again told of it."""

    NEVER = "", "Never read again"
    WAITING = "waiting", "Waits to be read"
    MATCHES = "matches", "As it came in"
    DIFFERS = "differs", "Another content than came in"
    MISSING = "missing", "Gone"
    FAILED = "failed", "Could not be read"


# What somebody has to look at.
UNSOUND = (Verification.DIFFERS.value, Verification.MISSING.value)


class ChecksumFile(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # None: an upload that no ingest has taken into a collection yet.
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, null=True, blank=True, related_name="files")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="files"
    )
    blob = models.FileField(upload_to=_blob_name, max_length=1024, blank=True)
    url = models.CharField(max_length=2048, blank=True)
    name = models.CharField(max_length=512)
    media_type = models.CharField(max_length=128, blank=True)
    size = models.BigIntegerField(null=True, blank=True)
    # Tells one content from another at the same location: the ETag, the checksum, or size and modification time.
    version = models.CharField(max_length=256)
    etag = models.CharField(max_length=256, blank=True)
    last_modified = models.DateTimeField(null=True, blank=True)
    # sha2-256 multihash in hex, as STAC's `file:checksum`. What verification finds never overwrites it.
    checksum = models.CharField(max_length=68, blank=True)
    # When it was last read whole, or tried.
    verified = models.DateTimeField(null=True, blank=True)
    verification = models.CharField(max_length=16, choices=Verification, blank=True, default="", editable=False)
    # The checksum of the content that is there instead of the expected one.
    found_checksum = models.CharField(max_length=68, blank=True, default="", editable=False)
    # Names of the files beside it that belong to it: overviews, masks, auxiliary metadata.
    siblings = models.JSONField(default=list, blank=True)
    # Who reads it and which of its variables is shown, as ingest found by opening it: no document decides what opens.
    driver = models.CharField(max_length=64, blank=True, editable=False)
    subdataset = models.CharField(max_length=1024, blank=True, editable=False)
    # Whether pictures or headers in it may say who somebody is: a slide with label or macro, DICOM. For editors only.
    personal = models.BooleanField(default=False, editable=False)
    # False: admitted by its location alone, as an asset of a catalog that came in as it is. First use opens it.
    opened = models.BooleanField(default=True, editable=False)
    # What opening it told that no document of ours says: bands with their statistics, reference system; or the error.
    metadata = models.JSONField(default=dict, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    objects = ChecksumFileQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "id")
        indexes = (
            models.Index(name="file_by_checksum", fields=["collection", "checksum"]),
            # Which to verify next, of those that we hold.
            models.Index(name="file_by_verified", fields=["verified", "id"], condition=~Q(blob="")),
            # Which files share an object.
            models.Index(name="file_by_blob", fields=["blob"], condition=~Q(blob="")),
            models.Index(name="file_unsound", fields=["collection"], condition=Q(verification__in=UNSOUND)),
        )
        constraints = (
            models.CheckConstraint(
                name="file_is_stored_or_remote", condition=(Q(blob="") & ~Q(url="")) | (~Q(blob="") & Q(url=""))
            ),
            models.CheckConstraint(name="file_size_not_negative", condition=Q(size__isnull=True) | Q(size__gte=0)),
            models.UniqueConstraint(
                name="file_one_row_per_remote_version", fields=["collection", "url", "version"], condition=~Q(url="")
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_new(self) -> bool:
        """Tell whether the row is still to be written."""
        return self._state.adding


class DroppedObject(models.Model):
    """Name an object in storage that no file has any more, until its time is over and it is deleted."""

    name = models.CharField(max_length=1024, unique=True)
    dropped = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.name
