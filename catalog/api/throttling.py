"""Who asks, by the address that they ask from."""

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


def client_address(request: HttpRequest | Request) -> str:
    """Return the address that a request comes from, behind as many proxies as `settings.PROXIES` says there are."""
    return str(BaseThrottle().get_ident(request))
