"""How often one may ask for what costs the site more than an answer: by user, or by address of who has none.

Rates are settings, counted in the shared cache. While that is away, nobody is refused.
"""

import ipaddress
import logging
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from catalog.api import tallies

logger = logging.getLogger(__name__)


def client_address(request: HttpRequest | Request) -> str | None:
    """Return the IP address that a request comes from, behind as many proxies as `settings.PROXIES` says there are.

    None where nobody says one: of a Unix socket, and of what a proxy passes on that is none.
    """
    said = BaseThrottle().get_ident(cast(Request, request))  # It reads no more than `META`.
    return _address(str(said))


@lru_cache(1024)
def _address(said: str) -> str | None:
    try:
        return str(ipaddress.ip_address(said.strip()))
    except ValueError:
        return None


def client_network(request: HttpRequest | Request) -> str:
    """Return whose requests are counted together of who has no account: an address, of IPv6 its network of 64 bits.

    Everybody at home or in the cloud has one of those, with more addresses than could be counted.
    """
    return _network(client_address(request))


@lru_cache(1024)
def _network(address: str | None) -> str:
    if address is None or ":" not in address:
        return f"address:{address}"
    return f"address:{ipaddress.ip_network((address, 64), strict=False)}"


def counted_as(request: Request) -> str:
    """Return whose requests are counted together, without asking who it is where nobody asked yet.

    That would read a session for each public tile.
    """
    user = vars(request).get("_user")  # Asking a request for what it lacks takes long.
    return f"user:{user.pk}" if user is not None and user.is_authenticated else client_network(request)


def count_rendering(request: Request) -> None:
    """Count a picture that has to be made, since no cache has it. Raises Throttled."""
    seconds = tallies.refused_seconds("tiles", counted_as(request))
    if seconds is not None:
        raise Throttled(seconds)


class SearchThrottle(BaseThrottle):
    """Bound how many searches one asks for, and the seconds that the site spends on them."""

    seconds: float | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        reads = request.method in SAFE_METHODS or getattr(view, "token_scopes", {}).get(request.method) == "read"
        who = counted_as(request)
        self.seconds = tallies.refused_seconds("search_seconds", who, amount=0) or (
            tallies.refused_seconds("searches", who) if reads else None
        )
        return self.seconds is None

    def wait(self) -> float | None:
        return self.seconds


class Throttle(SimpleRateThrottle):
    """Refuse by 429 and Retry-After what comes more often than `settings.THROTTLES[scope]`, such as `100/day`.

    Reading by GET and HEAD is left alone.
    """

    def get_rate(self) -> str | None:
        return settings.THROTTLES.get(str(self.scope)) or None

    def get_cache_key(self, request: Request, view: Any) -> str | None:  # noqa: ARG002
        return f"throttle:{self.scope}:{self.who(request)}"

    def who(self, request: Request) -> str:
        """Return whose requests are counted together."""
        user = request.user
        return f"user:{user.pk}" if user.is_authenticated else client_network(request)

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return True
        return self.counts(request, view)

    def counts(self, request: Request, view: Any) -> bool:
        """Count a request, and tell whether it is within the rate."""
        try:
            return super().allow_request(request, view)
        except Exception as error:  # noqa: BLE001  Whatever the cache's backend raises, who asks is answered.
            logger.warning("Requests are not counted while the cache fails: %s", error)
            return True


class RegistrationThrottle(Throttle):
    """Bound how many searches people without an account register, each of which is kept."""

    scope = "registrations"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return None if request.user.is_authenticated else super().get_cache_key(request, view)


class IngestThrottle(Throttle):
    """Bound how many ingests a user asks for."""

    scope = "ingests"


class UploadThrottle(Throttle):
    """Bound how many files a user uploads."""

    scope = "uploads"


class FailedTokenThrottle(Throttle):
    """Bound how many tokens that there are not one address tries."""

    scope = "failed_tokens"

    def who(self, request: Request) -> str:
        return client_network(request)
