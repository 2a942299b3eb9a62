"""Make, change and delete watches, as editors of their collections may."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Watch
from catalog.remote.listing import check_listable
from catalog.remote.outgoing import require_judged_for_strangers
from catalog.remote.places import reading_for
from catalog.services.access.permissions import get_editable_collection
from catalog.services.audit import Action, record
from catalog.services.watches.crawling import start_crawl

# What may be changed of one that is there; its files are compared by its address.
CHANGEABLE = ("include", "exclude", "since", "delete_mode", "interval", "enabled", "options")
MAX_WATCHES = 1000


def create_watch(*, user: User, collection_id: str, href: str, **values: Any) -> Watch:
    """Make a watch, and start its first crawl. Raises NotAllowed, NotFound, SourceRefused."""
    get_editable_collection(user=user, collection_id=collection_id)
    require_judged_for_strangers(is_staff=user.is_staff)
    with reading_for(collection_id):
        check_listable(href)
    with transaction.atomic():
        if Watch.objects.filter(collection_id=collection_id, href=href).exists():
            raise Conflict(f"{href} is watched for {collection_id!r} already.", code="watch_exists")
        if Watch.objects.filter(owner=user).count() >= MAX_WATCHES:
            raise InvalidInput(f"You have {MAX_WATCHES:,} watches; delete some first.", code="too_many_watches")
        watch = Watch.objects.create(collection_id=collection_id, owner=user, href=href, **values)
        record(Action.WATCH_MADE, target=href, collection_id=collection_id, user=user, id=str(watch.pk))
        if watch.enabled:
            start_crawl(watch)
    watch.refresh_from_db()
    return watch


def change_watch(watch: Watch, *, user: User, values: Mapping[str, Any]) -> Watch:
    """Change what is given of a watch that the user may edit; the next crawl goes by it."""
    get_editable_collection(user=user, collection_id=watch.collection_id)
    changed = {name: values[name] for name in CHANGEABLE if name in values}
    with transaction.atomic():
        if "interval" in changed or "enabled" in changed:
            interval = changed.get("interval", watch.interval)
            changed["next_crawl"] = timezone.now() + timedelta(seconds=interval) if interval else None
        # In whose name it ingests from now on.
        Watch.objects.filter(pk=watch.pk).update(**changed, owner=user)
        record(Action.WATCH_CHANGED, target=watch.href, collection_id=watch.collection_id, user=user, fields=[*changed])
    watch.refresh_from_db()
    return watch


def delete_watch(watch: Watch, *, user: User | None = None) -> None:
    """Delete a watch; items that came of it stay. Without a user nobody is asked whether they may."""
    if user is not None:
        get_editable_collection(user=user, collection_id=watch.collection_id)
    with transaction.atomic():
        watch.delete()
        record(Action.WATCH_DELETED, target=watch.href, collection_id=watch.collection_id, user=user)


def get_visible_watch(*, user: User | AnonymousUser, watch_id: UUID) -> Watch:
    """Return a watch of a collection that the user edits. Raises NotFound."""
    watch = Watch.objects.visible_to(user).filter(pk=watch_id).first()
    if watch is None:
        raise NotFound(f"There is no watch {watch_id}.", code="watch_not_found")
    return watch
