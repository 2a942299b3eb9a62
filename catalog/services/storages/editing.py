"""Make, change, check and delete storages, as whoever administers the site may."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from osgeo import gdal

from catalog.errors import CatalogError, Conflict, InvalidInput, NotAllowed, NotFound
from catalog.models import Collection, Crawl, Storage
from catalog.remote.admission import BUCKETS, admit
from catalog.remote.listing import list_pages
from catalog.remote.places import reading_for
from catalog.remote.probing import describe
from catalog.services.audit import Action, record
from catalog.services.ingest.jobs import resume_paused, send_crawl
from catalog.services.storages.known import EVENTS_SECRET, as_place, forget_places, mark_storages_changed
from catalog.services.storages.secrets import NAMES, decrypt, encrypt

SCHEMES = ("s3", "http", "https", "gs", "az")
PLACE = re.compile(r"(?P<scheme>[a-z0-9]+)://(?P<host>[^/@?#\s]+)/[^?#\x00-\x1f]*")
GDAL_OF_PATHS = 3_080_000
VARIABLES = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
MOST_REQUESTS, MOST_CONNECTIONS = 10_000.0, 1000
# Columns that a document sets as they are.
PLAIN = (
    *("name", "endpoint", "region", "requester_pays", "anonymous", "credentials_env", "sas_url", "connections"),
    *("requests", "is_open"),
)


def may_manage(user: User | AnonymousUser) -> bool:
    """Tell whether the user administers storages: staff with the right to change them, and superusers."""
    is_staff = user.is_authenticated and user.is_staff and user.has_perm("catalog.change_storage")
    return bool(is_staff or (user.is_authenticated and user.is_superuser))


def require_manager(user: User | AnonymousUser) -> None:
    """Raise NotAllowed for whoever does not administer storages."""
    if not may_manage(user):
        raise NotAllowed("Storages are administered by staff who may change them.")


def get_storage(*, user: User | AnonymousUser, storage_id: UUID, manage: bool = False) -> Storage:
    """Return a storage that the user may ingest from, or administers. Raises NotFound, NotAllowed."""
    rows = Storage.objects.all() if may_manage(user) else Storage.objects.usable_by(user)
    storage = rows.filter(pk=storage_id).first()
    if storage is None:
        raise NotFound(f"There is no storage {storage_id}.", code="storage_not_found")
    if manage:
        require_manager(user)
    return storage


def create_storage(*, user: User, href: str, values: Mapping[str, Any]) -> Storage:
    """Make a storage. Raises NotAllowed, InvalidInput, Conflict."""
    require_manager(user)
    storage = Storage(href=checked_place(href))
    with transaction.atomic():
        write_storage(storage, values, user=user)
    return storage


def change_storage(storage: Storage, *, user: User, values: Mapping[str, Any]) -> Storage:
    """Change what is given; what waits because its keys were refused goes on. Raises as `create_storage`."""
    require_manager(user)
    with transaction.atomic():
        write_storage(storage, values, user=user)
    return storage


def write_storage(storage: Storage, values: Mapping[str, Any], *, user: User | AnonymousUser | None = None) -> None:
    """Write a storage with what is given of it, whoever asks for it.

    `credentials` and `events_secret` take the place of those before; without them these stay. `collections` are ids.
    """
    for name in PLAIN:
        if name in values:
            setattr(storage, name, values[name])
    if "credentials" in values or EVENTS_SECRET in values:
        storage.secrets = encrypt(_secrets(storage, values))
    _check(storage)
    is_new = storage.created is None
    others = Storage.objects.exclude(pk=storage.pk)
    if others.filter(name=storage.name).exists() or others.filter(href=storage.href).exists():
        raise Conflict("There is a storage of that name, or of that place, already.", code="storage_exists")
    storage.save()
    if "collections" in values:
        ids = list(values["collections"])
        found = Collection.objects.filter(pk__in=ids)
        if missing := sorted(set(ids) - set(found.values_list("pk", flat=True))):
            raise InvalidInput(f"collections: there is no collection {missing[0]!r}.")
        storage.collections.set(found)
    record(
        Action.STORAGE_MADE if is_new else Action.STORAGE_CHANGED,
        target=storage.name,
        user=user,
        id=str(storage.pk),
        fields=sorted(values),
    )
    mark_storages_changed()
    _resume(storage)


def _secrets(storage: Storage, values: Mapping[str, Any]) -> dict[str, str]:
    try:
        before = decrypt(storage.secrets)
    except CatalogError:
        before = {}
    kept = {EVENTS_SECRET: before.pop(EVENTS_SECRET)} if EVENTS_SECRET in before else {}
    given = values.get("credentials", before) or {}
    if unknown := sorted(given.keys() - set(NAMES)):
        raise InvalidInput(f"credentials: {unknown[0]!r} is none; {', '.join(NAMES)} are.")
    if EVENTS_SECRET in values:
        kept = {EVENTS_SECRET: values[EVENTS_SECRET] or ""}
    return {name: value for name, value in {**given, **kept}.items() if value}


def _resume(storage: Storage) -> None:
    """Let what waits for the storage to be mended go on."""
    resume_paused(storage.href)
    crawls = Crawl.objects.filter(finished__isnull=True, watch__href__startswith=storage.href)
    waiting = list(crawls.filter(not_before__isnull=False).values_list("pk", flat=True))
    Crawl.objects.filter(pk__in=waiting).update(not_before=None)
    for pk in waiting:
        transaction.on_commit(lambda pk=pk: send_crawl(pk), robust=True)  # type: ignore[misc]


def gdal_takes_paths() -> bool:
    """Tell whether GDAL takes options of web servers by the beginnings of their addresses."""
    return int(gdal.VersionInfo()) >= GDAL_OF_PATHS


def checked_place(href: str) -> str:
    """Return the address of a place, with a slash at its end. Raises InvalidInput."""
    place = href if href.endswith("/") else f"{href}/"
    found = PLACE.fullmatch(place)
    if found is None or found["scheme"] not in SCHEMES:
        raise InvalidInput("href: give s3://bucket/prefix/, https://host/path/, gs://bucket/ or az://container/.")
    if {".", ".."}.intersection(place.split("/")):
        raise InvalidInput("href: has '.' or '..' between its slashes.")
    return place


def _check(storage: Storage) -> None:
    """Raise InvalidInput for what makes no sense together."""
    scheme = storage.href.partition("://")[0]
    if storage.credentials_env and not VARIABLES.fullmatch(storage.credentials_env):
        raise InvalidInput("credentials_env: give what the variables begin with, such as ARCHIVE.")
    if storage.endpoint and (scheme != "s3" or urlsplit(storage.endpoint).scheme not in {"http", "https"}):
        raise InvalidInput("endpoint: is the http or https URL of a server with S3's protocol; for s3 alone.")
    if storage.sas_url and (scheme not in {"http", "https"} or storage.sas_url.startswith(storage.href)):
        raise InvalidInput("sas_url: is for http and https, and lies elsewhere than what it opens.")
    if storage.sas_url:
        admit(storage.sas_url)
    if scheme in {"http", "https"} and as_place(storage, collections=()).credentials and not gdal_takes_paths():
        raise InvalidInput(
            f"credentials: images of web servers with passwords take GDAL 3.8; this site has {gdal.__version__}.",
            code="gdal_too_old",
        )
    if storage.requests is not None and not 0 < storage.requests <= MOST_REQUESTS:
        raise InvalidInput(f"requests: give a number above 0, {MOST_REQUESTS:,.0f} at most.")
    if storage.connections is not None and not 0 < storage.connections <= MOST_CONNECTIONS:
        raise InvalidInput(f"connections: give 1 to {MOST_CONNECTIONS:,}.")


def remove_storages(storages: Iterable[Storage], *, user: User | AnonymousUser | None = None) -> None:
    """Delete storages, whoever asks for it; what was ingested from them stays, but may not be readable any more."""
    for storage in list(storages):
        with transaction.atomic():
            record(Action.STORAGE_DELETED, target=storage.name, user=user, id=str(storage.pk), href=storage.href)
            storage.delete()
            mark_storages_changed()


def check_storage(storage: Storage) -> None:
    """Ask the store whether it lets us in, now. Raises SourceRefused, SourceUnreachable."""
    forget_places()
    collections = as_place(storage).collections
    if not storage.is_open and not collections:
        raise InvalidInput("The storage is for no collection: name some, or open it to every account.")
    with reading_for(next(iter(collections), None)):
        if storage.href.startswith(BUCKETS):
            for _ in islice(list_pages(storage.href), 1):
                pass
        else:
            describe(storage.href)
