"""Decide which locations the site reads: asked once for each at ingest, and again at every redirect."""

import ipaddress
import socket
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.files.storage import default_storage

from catalog.errors import CatalogError, SourceRefused, SourceUnreachable
from catalog.remote.places import Place, place_of

NAT64 = ipaddress.ip_network("64:ff9b::/96")
CONTROL_CHARACTERS = frozenset(map(chr, (*range(32), 127)))
# How GDAL calls buckets, and how their addresses begin.
GDAL_BUCKETS = {"s3": "/vsis3/", "gs": "/vsigs/", "az": "/vsiaz/"}
BUCKETS = tuple(f"{scheme}://" for scheme in GDAL_BUCKETS)
# GDAL's own spellings and everything that is not a plain URL: a path could name a file of ours, or a virtual raster.
FORBIDDEN_CHARACTERS = CONTROL_CHARACTERS | frozenset(' <>"\\^`{|}')


def admit(href: str) -> SplitResult:
    """Return the parts of a URL that a storage describes, or an http, https or s3 URL that the site's settings let in.

    Raises SourceRefused (with what is allowed) for every other location, and for hosts whose addresses are private,
    loopback or link-local unless `GEODATA_INGEST_ALLOW_PRIVATE` names them, with the port or without.
    """
    parts = _split(href)
    if place := place_of(href):
        _admit_place(place, parts)
        return parts
    if parts.scheme not in settings.INGEST_SCHEMES:
        allowed = ", ".join(settings.INGEST_SCHEMES)
        raise SourceRefused(f"href: the scheme {parts.scheme or '(none)'!r} is not read here; {allowed} are.")
    if parts.scheme == "s3":
        _admit_bucket(*split_s3(href))
    else:
        _admit_host(parts)
    return parts


def admit_each(hrefs: Iterable[str]) -> dict[str, CatalogError | None]:
    """Judge many locations as `admit` does, each host once: None for those that are let in, and why not for others.

    Nothing is asked of any store: a catalog's million assets lie on a handful of hosts.
    """
    verdicts: dict[str, CatalogError | None] = {}
    hosts: dict[tuple[str, str], CatalogError | None] = {}
    for href in hrefs:
        if href in verdicts:
            continue
        try:
            parts = _split(href)
            place = (parts.scheme, parts.netloc)
            if parts.scheme == "s3" or place_of(href):
                admit(href)
            elif place not in hosts:
                hosts[place] = _verdict(href)
            verdicts[href] = hosts.get(place)
        except SourceRefused as error:
            verdicts[href] = error
    return verdicts


def _verdict(href: str) -> CatalogError | None:
    try:
        admit(href)
    except CatalogError as error:
        return error
    return None


def gdal_location(href: str) -> str:
    """Return the name by which GDAL opens a location: `/vsis3/…` or `/vsicurl/…`."""
    place_of(href)  # Whose credentials are given to GDAL with it, see `catalog.services.storages.known`.
    return gdal_name(href)


def gdal_name(href: str) -> str:
    """Return how GDAL calls a location, or the beginning of some, whoever's it is."""
    scheme, _, rest = href.partition("://")
    return f"{GDAL_BUCKETS[scheme]}{rest}" if scheme in GDAL_BUCKETS else f"/vsicurl/{href}"


def name_of(href: str) -> str:
    """Return the last part of an address as people write it; an escaped slash or control character is none of it."""
    path = href if href.startswith("s3://") else unquote(urlsplit(href).path)
    name = path.rstrip("/").rpartition("/")[2]
    return "".join(filter(str.isprintable, name))


def split_s3(href: str) -> tuple[str, str]:
    """Return bucket and key. Unlike a URL's path the key stands as it is: `%20`, `?` and `#` are parts of a name."""
    bucket, _, key = href.removeprefix("s3://").partition("/")
    return bucket, key


def _split(href: str) -> SplitResult:
    forbidden = CONTROL_CHARACTERS if href.startswith(BUCKETS) else FORBIDDEN_CHARACTERS
    if bad := forbidden.intersection(href):
        raise SourceRefused(f"href: {min(bad)!r} has to be percent-encoded in a URL.")
    try:
        parts = urlsplit(href)
        parts.port  # noqa: B018  Raises when it is not a number.
    except ValueError as error:
        raise SourceRefused(f"href: not a URL: {error}.") from None
    # GDAL takes `S3://` for something else than `s3://`.
    if not parts.netloc or not href.startswith(f"{parts.scheme}://"):
        raise SourceRefused("href: give a whole URL, such as https://example.org/scene.tif or s3://bucket/scene.tif.")
    if parts.username or parts.password:
        raise SourceRefused("href: credentials don't belong in a URL: everyone who sees the item would read them.")
    return parts


def _admit_place(place: Place, parts: SplitResult) -> None:
    """Judge an address in a place that a storage describes: by whom it is for, and what no storage may open."""
    if not place.is_readable:
        raise SourceRefused(f"href: the storage {place.name!r} is not for this collection.", code="storage_not_allowed")
    href = parts.geturl()
    if parts.scheme in GDAL_BUCKETS:
        _check_key(*split_s3(f"s3://{href.partition('://')[2]}"), scheme=parts.scheme)
    else:
        if {".", ".."}.intersection(unquote(parts.path).split("/")):
            raise SourceRefused("href: a path with '.' or '..' between its slashes is not read here.")
        _check_addresses(parts)


def _admit_bucket(bucket: str, key: str) -> None:
    if not any(fnmatchcase(bucket, pattern) for pattern in settings.INGEST_BUCKETS):
        raise SourceRefused(f"href: the bucket {bucket!r} is not one of those read here.")
    _check_key(bucket, key)


def _check_key(bucket: str, key: str, *, scheme: str = "s3") -> None:
    if {".", ".."}.intersection(key.split("/")):
        raise SourceRefused("href: a key with '.' or '..' between its slashes is not read here.")
    if scheme == "s3" and _is_own_storage(bucket, key.lstrip("/")):
        raise SourceRefused("href: this is the site's own storage; its files are ingested by their ids.")


def _is_own_storage(bucket: str, key: str) -> bool:
    """Return whether the key, or what begins like it, is an upload: our credentials read those of everyone."""
    storage: Any = default_storage
    if getattr(storage, "bucket_name", None) != bucket:
        return False
    folder = f"{storage.location.strip('/')}/".lstrip("/")
    return key.startswith(folder) or folder.startswith(key)


def _admit_host(parts: SplitResult) -> None:
    host = (parts.hostname or "").rstrip(".")
    if not any(fnmatchcase(host, pattern.lower()) for pattern in settings.INGEST_HOSTS):
        raise SourceRefused(f"href: the host {host!r} is not one of those read here.")
    _check_addresses(parts)


def _check_addresses(parts: SplitResult) -> None:
    """Raise SourceRefused for a host in a private network that no setting names, which holds for storages too."""
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    allowed = [name for name, only in map(_split_port, settings.INGEST_ALLOW_PRIVATE) if only in {None, port}]
    if host in allowed:
        return
    for address in _addresses(host):
        if not _is_open(address, allowed):
            raise SourceRefused(f"href: the host {host!r} has a private address; only public ones are read here.")


def _addresses(host: str) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise SourceUnreachable(f"There is no host {host!r}.", code="host_unknown", transient=True) from None
    return {ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found}


def _split_port(entry: str) -> tuple[str, int | None]:
    """Return the host, address or network that may be read, and the one port of it; None of all ports."""
    if entry.count(":") > 1 and not entry.startswith("["):
        return entry, None  # IPv6 without brackets has no port.
    host, _, port = entry.rpartition(":")
    if not host or not port.isdecimal():
        host, port = entry, ""
    return host.removeprefix("[").removesuffix("]"), int(port) if port else None


def _is_open(address: ipaddress.IPv4Address | ipaddress.IPv6Address, allowed: list[str]) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        # `::ffff:127.0.0.1` is loopback in disguise, and so it is behind 6to4 and NAT64.
        carried = ipaddress.IPv4Address(int(address) % 2**32) if address in NAT64 else None
        address = address.ipv4_mapped or address.sixtofour or carried or address
    if address.is_global and not address.is_multicast:
        return True
    return any(address in network for network in _networks(allowed) if network.version == address.version)


def _networks(entries: list[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks = []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            continue  # A host name: compared by name.
    return networks
