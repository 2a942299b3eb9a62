"""Registering a search, so that it can be seen as one layer under its id."""

import hashlib
from typing import Any

import orjson
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from catalog.errors import NotAllowed, NotFound
from catalog.models import Search

# Searches of people who were not signed in: beyond so many, the ones registered longest ago go.
MAX_ANONYMOUS = 10_000


def register_search(*, user: User | AnonymousUser, body: dict[str, Any], metadata: dict[str, Any]) -> Search:
    """Return the search of this body and metadata, the same one each time. Both were checked by the caller."""
    owner = user if isinstance(user, User) else None
    overviews = metadata.get("overviews", False)
    if overviews and owner is None:
        raise NotAllowed("Overviews are prepared for people who are signed in.")
    with transaction.atomic():
        search, is_new = Search.objects.get_or_create(
            id=search_id(body, metadata),
            defaults={
                "body": body,
                "metadata": metadata,
                "owner": owner,
                "overviews": overviews,
                "registered": timezone.now(),
            },
        )
        if not is_new:
            Search.objects.filter(pk=search.pk).update(registered=timezone.now())
        if owner and search.owner_id is None:
            Search.objects.filter(pk=search.pk, owner__isnull=True).update(owner=owner)
        elif is_new and owner is None:
            _drop_oldest()
        if overviews:
            _enqueue_refresh(search.pk)
    return search


def find_search(identifier: str) -> Search:
    """Return the search of that id; raise NotFound."""
    # PostgreSQL refuses to be asked for a NUL.
    found = None if "\0" in identifier else Search.objects.filter(pk=identifier).first()
    if found is None:
        raise NotFound(f"There is no search {identifier[:64]!r}: register it again.", code="search_not_found")
    return found


def searches_with_overviews() -> list[str]:
    return list(Search.objects.filter(overviews=True).values_list("pk", flat=True))


def search_id(body: dict[str, Any], metadata: dict[str, Any]) -> str:
    """Return the same for the same members, whatever their order."""
    text = orjson.dumps([body, metadata], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _enqueue_refresh(identifier: str) -> None:
    from catalog.tasks import refresh_overviews_task  # noqa: PLC0415  Tasks call services.

    transaction.on_commit(lambda: refresh_overviews_task.delay(identifier), robust=True)


def _drop_oldest() -> None:
    # One with overviews had an owner once; its tiles lie in storage.
    anonymous = Search.objects.filter(owner__isnull=True, overviews=False).order_by("-registered", "id")
    Search.objects.filter(pk__in=list(anonymous.values_list("pk", flat=True)[MAX_ANONYMOUS:])).delete()
