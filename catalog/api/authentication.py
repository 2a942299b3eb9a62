"""Signing in: a session in the browser, a token everywhere else."""

from django.contrib.auth.models import User
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from catalog.models import ApiToken
from catalog.services.access.permissions import find_token


def signed_in(request: Request) -> User:
    """Return the user of a request that only signed-in people may make."""
    if not request.user.is_authenticated:
        raise exceptions.NotAuthenticated
    return request.user


class SessionAuthentication(authentication.SessionAuthentication):
    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Session"


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer gd_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = find_token(secret=secret.strip())
        if token is None:
            raise exceptions.AuthenticationFailed("The token is unknown, expired or revoked.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        # With a challenge DRF answers 401 to those who have not signed in, and 403 to those who may not.
        return "Bearer"
