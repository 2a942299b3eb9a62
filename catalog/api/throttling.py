"""How often one may ask for what costs the site more than an answer: by user, or by address of who has none.

Rates are settings, counted in the shared cache. While that is away, nobody is refused.
"""

import ipaddress
import logging
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

logger = logging.getLogger(__name__)


def client_address(request: HttpRequest | Request) -> str | None:
    """Return the IP address that a request comes from, behind as many proxies as `settings.PROXIES` says there are.

    None where nobody says one: of a Unix socket, and of what a proxy passes on that is none.
    """
    said = BaseThrottle().get_ident(cast(Request, request))  # It reads no more than `META`.
    try:
        return str(ipaddress.ip_address(str(said).strip()))
    except ValueError:
        return None


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
        return f"user:{user.pk}" if user.is_authenticated else f"address:{client_address(request)}"

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
        return f"address:{client_address(request)}"
