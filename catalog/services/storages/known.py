"""Remember the storages in each process, and give GDAL what opens them by the beginnings of paths."""

import logging
import threading
import uuid
from collections.abc import Iterable, Sequence

from cachetools import TTLCache
from django.core.cache import cache
from django.db import transaction
from osgeo import gdal

from catalog.errors import CatalogError
from catalog.models import Collection, Storage
from catalog.remote.admission import gdal_name
from catalog.remote.places import Place
from catalog.services.storages.secrets import decrypt, from_environment

logger = logging.getLogger(__name__)
KEY = "storages-version"
# Seconds after which a process asks whether another changed them, and after which it reads them anyway.
ASK_SECONDS, READ_SECONDS = 2.0, 60.0
# What of the secrets is no credential.
EVENTS_SECRET = "events_secret"  # noqa: S105


# The version that was asked for last, and the places as they were read at one.
_versions: "TTLCache[str, str]" = TTLCache(1, ASK_SECONDS)
_places: "TTLCache[str, tuple[Place, ...]]" = TTLCache(1, READ_SECONDS)
_given: dict[str, dict[str, str]] = {}
_lock = threading.RLock()


def known_places() -> Sequence[Place]:
    """Return the storages as places, longer addresses first; the database is asked when they may have changed."""
    with _lock:
        version = _versions.get(KEY)
        if version is None:
            version = _versions[KEY] = _version()
        places = _places.get(version)
        if places is None:
            places = _places[version] = _read()
            _give_gdal(places)
        return places


def forget_places() -> None:
    """Have this process read the storages anew when it next needs one."""
    with _lock:
        _versions.clear()
        _places.clear()


def mark_storages_changed() -> None:
    """Have this process read the storages anew, and every other as soon as the change is committed."""
    forget_places()
    transaction.on_commit(_mark, robust=True)


def _mark() -> None:
    forget_places()
    cache.set(KEY, uuid.uuid4().hex, timeout=None)


def _version() -> str:
    try:
        return str(cache.get(KEY, ""))
    except Exception:  # noqa: BLE001  Whatever the cache's trouble is: they are read again by and by.
        return ""


def _read() -> tuple[Place, ...]:
    try:
        places = [as_place(storage) for storage in Storage.objects.prefetch_related("collections")]
    except Exception:
        logger.warning("The storages can't be read", exc_info=True)
        return ()
    return tuple(sorted(places, key=lambda place: -len(place.href)))


def as_place(storage: Storage, *, collections: Iterable[Collection] | None = None) -> Place:
    """Return what is known of a storage for whoever opens what lies in it; `collections`: those of one not saved."""
    try:
        credentials = decrypt(storage.secrets)
    except CatalogError as error:
        logger.warning("%s: %s", storage.name, error)
        credentials = {}
    credentials.pop(EVENTS_SECRET, None)
    if storage.credentials_env:
        credentials |= from_environment(storage.credentials_env)
    return Place(
        id=str(storage.pk),
        name=storage.name,
        href=storage.href,
        endpoint=storage.endpoint,
        region=storage.region,
        requester_pays=storage.requester_pays,
        anonymous=storage.anonymous,
        credentials=credentials,
        sas_url=storage.sas_url,
        connections=storage.connections,
        requests=storage.requests,
        is_open=storage.is_open,
        collections=frozenset(each.pk for each in (storage.collections.all() if collections is None else collections)),
    )


def gdal_options(place: Place) -> dict[str, str]:
    """Return GDAL's configuration for what lies in a place."""
    given = place.credentials
    if place.scheme == "s3":
        found = {
            "AWS_ACCESS_KEY_ID": given.get("access_key_id", ""),
            "AWS_SECRET_ACCESS_KEY": given.get("secret_access_key", ""),
            "AWS_SESSION_TOKEN": given.get("session_token", ""),
            "AWS_REGION": place.region,
            "AWS_REQUEST_PAYER": "requester" if place.requester_pays else "",
        }
        if place.anonymous or given:
            found["AWS_NO_SIGN_REQUEST"] = "YES" if place.anonymous else "NO"
        if place.endpoint:
            scheme, _, host = place.endpoint.partition("://")
            found |= {
                "AWS_S3_ENDPOINT": host.rstrip("/"),
                "AWS_HTTPS": "YES" if scheme == "https" else "NO",
                "AWS_VIRTUAL_HOSTING": "FALSE",
            }
    elif place.scheme == "gs":
        found = {
            "GS_ACCESS_KEY_ID": given.get("access_key_id", ""),
            "GS_SECRET_ACCESS_KEY": given.get("secret_access_key", ""),
            "GS_USER_PROJECT": place.region if place.requester_pays else "",
            "GS_NO_SIGN_REQUEST": "YES" if place.anonymous else "",
        }
    elif place.scheme == "az":
        found = {
            "AZURE_STORAGE_ACCOUNT": given.get("account", ""),
            "AZURE_STORAGE_ACCESS_KEY": given.get("account_key", ""),
            "AZURE_STORAGE_SAS_TOKEN": given.get("token", ""),
            "AZURE_NO_SIGN_REQUEST": "YES" if place.anonymous else "",
        }
    else:
        user, password = given.get("username", ""), given.get("password", "")
        found = {"GDAL_HTTP_USERPWD": f"{user}:{password}" if user else "", "GDAL_HTTP_AUTH": "BASIC" if user else ""}
        if given.get("token"):
            found["GDAL_HTTP_HEADERS"] = f"Authorization: Bearer {given['token']}"
    return {name: value for name, value in found.items() if value}


def _give_gdal(places: Sequence[Place]) -> None:
    wanted = {gdal_name(place.href): gdal_options(place) for place in places}
    if wanted == _given:
        return
    for prefix in _given:
        gdal.ClearPathSpecificOptions(prefix)
    for prefix, options in wanted.items():
        for name, value in options.items():
            gdal.SetPathSpecificOption(prefix, name, value)
    _given.clear()
    _given.update(wanted)
    # Also what was refused is remembered.
    gdal.VSICurlClearCache()
