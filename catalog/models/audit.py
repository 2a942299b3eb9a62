"""Keep who changed what, when and from where: rows are added, read, and removed when they are old; none is changed."""

from datetime import datetime
from typing import Any, Never, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> int:  # noqa: ARG002
        raise TypeError("What was recorded is not changed.")

    def delete(self) -> Never:
        raise TypeError("What was recorded is not deleted; `prune` removes what is old.")

    def prune(self, *, before: datetime) -> int:
        """Delete what was recorded before a moment; return how many rows."""
        return super(AuditQuerySet, self.filter(when__lt=before)).delete()[0]

    def of_collection(self, collection_id: str) -> Self:
        return self.filter(collection_id=collection_id)


class AuditEntry(models.Model):
    """Record one change. It names people and things by text: they may be gone."""

    class Action(models.TextChoices):
        COLLECTION_MADE = "collection.made"
        COLLECTION_CHANGED = "collection.changed"
        COLLECTION_DELETED = "collection.deleted"
        MEMBERS_CHANGED = "members.changed"
        ITEM_MADE = "item.made"
        ITEM_CHANGED = "item.changed"
        ITEMS_WRITTEN = "items.written"
        ITEMS_DELETED = "items.deleted"
        ANNOTATIONS_MADE = "annotations.made"
        ANNOTATION_CHANGED = "annotation.changed"
        ANNOTATIONS_DELETED = "annotations.deleted"
        FILE_STORED = "file.stored"
        FILE_UNSOUND = "file.unsound"
        FILES_DELETED = "files.deleted"
        INGEST_ASKED = "ingest.asked"
        INGEST_CANCELLED = "ingest.cancelled"
        INGEST_RETRIED = "ingest.retried"
        INGEST_DELETED = "ingest.deleted"
        STORAGE_MADE = "storage.made"
        STORAGE_CHANGED = "storage.changed"
        STORAGE_DELETED = "storage.deleted"
        WATCH_MADE = "watch.made"
        WATCH_CHANGED = "watch.changed"
        WATCH_DELETED = "watch.deleted"
        SEARCH_REGISTERED = "search.registered"
        SEARCH_DELETED = "search.deleted"
        TOKEN_MADE = "token.made"  # noqa: S105
        TOKEN_REVOKED = "token.revoked"  # noqa: S105
        SIGNATURE_MADE = "signature.made"
        SIGNATURES_REVOKED = "signatures.revoked"
        ACCOUNT_WRITTEN = "account.written"
        ACCOUNT_DELETED = "account.deleted"
        GROUP_WRITTEN = "group.written"
        GROUP_DELETED = "group.deleted"

    class Way(models.TextChoices):
        """Name what a change came by."""

        WEB = "web", "A page or an API"
        WORKER = "worker", "A worker"
        COMMAND = "command", "The command line"

    when = models.DateTimeField(default=timezone.now, editable=False)
    # The account's key and its name at that time; none and empty where nobody had signed in.
    user_id = models.BigIntegerField(null=True, editable=False)
    who = models.CharField(max_length=150, blank=True, editable=False)
    # What the token begins with that signed a program in.
    token = models.CharField(max_length=12, blank=True, editable=False)
    way = models.CharField(max_length=8, choices=Way, editable=False)
    address = models.GenericIPAddressField(null=True, editable=False)
    action = models.CharField(max_length=32, choices=Action, editable=False)
    collection_id = models.CharField(max_length=256, blank=True, editable=False)
    target = models.CharField(max_length=512, blank=True, editable=False)
    detail = models.JSONField(default=dict, editable=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ("-when", "-pk")
        verbose_name_plural = "audit entries"
        indexes = (
            models.Index(name="audit_newest_first", fields=["-when", "-id"]),
            models.Index(name="audit_of_collection", fields=["collection_id", "-when"], condition=~Q(collection_id="")),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("What was recorded is not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:  # noqa: ARG002
        raise TypeError("What was recorded is not deleted; `prune` removes what is old.")
