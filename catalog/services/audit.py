"""Record each change, as the services that make it say: who, what, when, from where."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import current_task
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from catalog.models.audit import AuditEntry

Action = AuditEntry.Action
# Names of one change that touched many: enough to find them again.
MAX_NAMES = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """Say from where a change comes, and who asks for it where the service isn't told."""

    user: User | AnonymousUser | None = None
    address: str | None = None
    token: str = ""
    way: str = AuditEntry.Way.WEB


# What says from where a change comes: set by whoever takes requests in, and asked for by what is recorded alone.
origin_of_change: ContextVar[Callable[[], Origin] | None] = ContextVar("origin_of_change", default=None)


def record(
    action: AuditEntry.Action,
    *,
    target: object = "",
    collection_id: str = "",
    user: User | AnonymousUser | None = None,
    **detail: Any,
) -> None:
    """Add a row of a change, within the transaction that makes it.

    Args:
        action: what was done.
        target: to what, as people know it.
        collection_id: the collection that it belongs to, if any.
        user: who asked for it; without, whom the origin names.
        detail: what else is worth knowing, as JSON; empty values are left out.
    """
    asked = origin_of_change.get()
    origin = asked() if asked else Origin(way=AuditEntry.Way.WORKER if current_task else AuditEntry.Way.COMMAND)
    who = user or origin.user
    for name in list(detail):
        value = detail[name]
        if not value:
            del detail[name]
        elif isinstance(value, list):
            detail[name] = value[:MAX_NAMES]
    entry = AuditEntry(
        action=action,
        user_id=who.pk if who else None,
        who=who.get_username() if who else "",
        token=origin.token,
        way=origin.way,
        address=origin.address,
        collection_id=collection_id,
        target=str(target)[:512],
        detail=detail,
    )
    AuditEntry.objects.bulk_create([entry])


def prune_audit() -> int:
    """Delete what was recorded more than `settings.AUDIT_DAYS` ago, unless that is 0; return how many rows."""
    if not settings.AUDIT_DAYS:
        return 0
    return AuditEntry.objects.prune(before=timezone.now() - timedelta(days=settings.AUDIT_DAYS))
