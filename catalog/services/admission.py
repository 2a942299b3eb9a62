"""Which locations the site reads. Asked once for each, when it is ingested, and again at every redirect."""

import ipaddress
import socket
from fnmatch import fnmatchcase
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from catalog.errors import SourceRefused, SourceUnreachable

# GDAL's own spellings and everything that is not a plain URL: a path could name a file of ours, or a virtual raster.
FORBIDDEN_CHARACTERS = frozenset(' \t\r\n<>"\\^`{|}')


def admit(href: str) -> SplitResult:
    """Return the parts of an http, https or s3 URL that the site's settings let in.

    Raises SourceRefused (with what is allowed) for every other location, and for hosts whose addresses are private,
    loopback or link-local unless `GEODATA_INGEST_ALLOW_PRIVATE` names them.
    """
    parts = _split(href)
    if parts.scheme not in settings.INGEST_SCHEMES:
        allowed = ", ".join(settings.INGEST_SCHEMES)
        raise SourceRefused(f"href: the scheme {parts.scheme or '(none)'!r} is not read here; {allowed} are.")
    if parts.scheme == "s3":
        _admit_bucket(parts)
    else:
        _admit_host(parts)
    return parts


def _split(href: str) -> SplitResult:
    if bad := FORBIDDEN_CHARACTERS.intersection(href):
        raise SourceRefused(f"href: {min(bad)!r} has to be percent-encoded in a URL.")
    try:
        parts = urlsplit(href)
        parts.port  # noqa: B018  Raises when it is not a number.
    except ValueError as error:
        raise SourceRefused(f"href: not a URL: {error}.") from None
    if not parts.scheme or not parts.netloc:
        raise SourceRefused("href: give a whole URL, such as https://example.org/scene.tif or s3://bucket/scene.tif.")
    if parts.username or parts.password:
        raise SourceRefused("href: credentials don't belong in a URL: everyone who sees the item would read them.")
    return parts


def _admit_bucket(parts: SplitResult) -> None:
    if not any(fnmatchcase(parts.netloc, pattern) for pattern in settings.INGEST_BUCKETS):
        raise SourceRefused(f"href: the bucket {parts.netloc!r} is not one of those read here.")


def _admit_host(parts: SplitResult) -> None:
    host = (parts.hostname or "").rstrip(".")
    if not any(fnmatchcase(host, pattern.lower()) for pattern in settings.INGEST_HOSTS):
        raise SourceRefused(f"href: the host {host!r} is not one of those read here.")
    if host in settings.INGEST_ALLOW_PRIVATE:
        return
    for address in _addresses(host):
        if not _is_open(address):
            raise SourceRefused(f"href: the host {host!r} has a private address; only public ones are read here.")


def _addresses(host: str) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise SourceUnreachable(f"There is no host {host!r}.", code="host_unknown", transient=True) from None
    return {ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found}


def _is_open(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    # `::ffff:127.0.0.1` is loopback in disguise.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_global and not address.is_multicast:
        return True
    return any(address in network for network in _allowed_networks() if network.version == address.version)


def _allowed_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks = []
    for entry in settings.INGEST_ALLOW_PRIVATE:
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            continue  # A host name: compared by name.
    return networks
