"""Register a search, so that it can be seen as a mosaic under its id; find whose it is, and remove it."""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog.errors import Conflict, NotAllowed, NotFound, TooLarge
from catalog.models import Search, SearchOwner
from catalog.services.audit import Action, record
from catalog.services.ingest.jobs import dispatch_refresh_on_commit
from catalog.services.searches.overviews import drop_overviews

# Searches of people who were not signed in: beyond so many, the ones registered longest ago go.
MAX_ANONYMOUS = 10_000


def register_search(*, user: User | AnonymousUser, body: dict[str, Any], metadata: dict[str, Any]) -> Search:
    """Return the search of this body and metadata, the same one each time. Both were checked by the caller.

    Raise NotAllowed for overviews of people who aren't signed in, Conflict beyond `SEARCHES_PER_USER`,
    TooLarge beyond `SEARCH_MAX_BYTES`.
    """
    overviews = metadata.get("overviews", False)
    if overviews and not isinstance(user, User):
        raise NotAllowed("Overviews are prepared for people who are signed in.")
    size = len(orjson.dumps([body, metadata]))
    if size > settings.SEARCH_MAX_BYTES:
        raise TooLarge(
            f"The search has {size:,} bytes; one that is registered may have {settings.SEARCH_MAX_BYTES:,}. "
            "Give the imagery a collection of its own, or a property to filter by."
        )
    now = timezone.now()
    with transaction.atomic():
        search, is_new = Search.objects.get_or_create(
            id=search_id(body, metadata),
            defaults={"body": body, "metadata": metadata, "overviews": overviews, "registered": now},
        )
        if not is_new:
            Search.objects.filter(pk=search.pk).update(registered=now)
        is_new_owner = isinstance(user, User) and _add_owner(search, user)
        if is_new or is_new_owner:
            record(Action.SEARCH_REGISTERED, target=search, user=user, id=search.pk)
        if is_new and not isinstance(user, User):
            _drop_oldest()
        if overviews:
            dispatch_refresh_on_commit(search.pk)
    return search


def find_search(identifier: str) -> Search:
    """Return the search of that id; raise NotFound."""
    # PostgreSQL refuses to be asked for a NUL.
    found = None if "\0" in identifier else Search.objects.filter(pk=identifier).first()
    if found is None:
        raise NotFound(f"There is no search {identifier[:64]!r}: register it again.", code="search_not_found")
    return found


def owned_searches(user: User) -> QuerySet[SearchOwner]:
    """Return what a user registered, the searches included."""
    return SearchOwner.objects.filter(user=user).select_related("search")


def knows_search(search: Search, *, user: User | AnonymousUser) -> bool:
    """Return whether a user may be told what a search asks for and what it is called.

    Others may use it all the same. Whoever has its body can register it, and then is one of those.
    """
    if search.metadata.get("shared") or user.is_staff:
        return True
    return isinstance(user, User) and search.owners.filter(user=user).exists()


def delete_search(*, user: User, identifier: str) -> None:
    """Take a search out of one's own, and remove it when it is nobody else's; staff removes it in any case.

    Raise NotFound, and NotAllowed for what is others'.
    """
    search = find_search(identifier)
    with transaction.atomic():
        was_mine = search.owners.filter(user=user).delete()[0] > 0
        if not (was_mine or user.is_staff):
            raise NotAllowed("A search is deleted by those who registered it while signed in, and by staff.")
        if user.is_staff or not search.owners.exists():
            remove_search(search)
        else:
            record(Action.SEARCH_DELETED, target=search, user=user, id=search.pk, of="one of several owners")


def remove_search(search: Search) -> None:
    """Remove a search, whosesoever it is, and what was prepared of it."""
    drop_overviews(search)
    with transaction.atomic():
        record(Action.SEARCH_DELETED, target=search, id=search.pk)
        search.delete()


def remove_searches(searches: Iterable[Search]) -> None:
    """Remove several searches, as `remove_search` does each."""
    for search in searches:
        remove_search(search)


def searches_with_overviews() -> list[str]:
    return list(Search.objects.filter(overviews=True).values_list("pk", flat=True))


def search_id(body: dict[str, Any], metadata: dict[str, Any]) -> str:
    """Return the id of a search: one for the same members, whatever their order."""
    text = orjson.dumps([body, metadata], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _add_owner(search: Search, user: User) -> bool:
    """Note that a user registered a search, and return whether they had not before."""
    # One at a time of each user, so that two at once don't go beyond the limit.
    User.objects.select_for_update().get(pk=user.pk)
    owned = SearchOwner.objects.filter(user=user)
    most = settings.SEARCHES_PER_USER
    if not owned.filter(search=search).exists() and owned.count() >= most:
        raise Conflict(
            f"You have {most:,} searches, which is the limit: delete some that you no longer need.",
            code="too_many_searches",
        )
    _, is_new = SearchOwner.objects.update_or_create(
        search=search, user=user, defaults={"registered": search.registered}
    )
    return is_new


def _drop_oldest() -> None:
    for search in Search.objects.filter(owners__isnull=True).order_by("-registered", "id")[MAX_ANONYMOUS:]:
        remove_search(search)
