"""Signing in: a session in the browser, a token everywhere else."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import QueryDict
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from catalog.api.throttling import FailedTokenThrottle
from catalog.errors import NotAllowed
from catalog.models import ApiToken
from catalog.models.reader import SignedReader
from catalog.services.access.signatures import find_grant
from catalog.services.access.tokens import allows, find_token

# What reading by POST declares: the body is a question, and nothing of the catalog changes.
READS_BY_POST = {"POST": ApiToken.Scope.READ}
# What other views declare: bringing imagery in, and deciding who may.
INGESTS = {"POST": ApiToken.Scope.INGEST}
DECIDES_WHO_MAY = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), ApiToken.Scope.ADMIN)


def signed_in(request: Request) -> User:
    """Return the user of a request that only signed-in people may make."""
    if not request.user.is_authenticated:
        raise exceptions.NotAuthenticated
    return request.user


class _WithoutForm:
    """A request whose form is empty, so that no check reads a body that a view streams or has read already."""

    POST = QueryDict()

    def __init__(self, request: Request) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class SessionAuthentication(authentication.SessionAuthentication):
    """Sign a browser in by its session. The token against forged requests comes as the header `X-CSRFToken` alone."""

    def enforce_csrf(self, request: Request) -> None:
        super().enforce_csrf(cast(Request, _WithoutForm(request)))

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Session"


class InsufficientScope(exceptions.PermissionDenied):
    """The token is good for less than what is asked: https://www.rfc-editor.org/rfc/rfc6750#section-3.1."""

    default_code = "insufficient_scope"


def needed_scope(view: object, method: str) -> str:
    """Return the scope that a token must have for a view's method.

    A view says otherwise by `token_scopes`, by method; else reading takes `read` and all that may change takes `write`.
    """
    declared: Mapping[str, str] = getattr(view, "token_scopes", {})
    return declared.get(method) or (ApiToken.Scope.READ if method in SAFE_METHODS else ApiToken.Scope.WRITE)


class TokenAuthentication(authentication.BaseAuthentication):
    """Sign a program in by `Authorization: Bearer gd_…`, for what its token is good for."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        view = (request.parser_context or {}).get("view")
        token = find_token(secret=secret.strip())
        if token is None:
            tries = FailedTokenThrottle()
            if not tries.counts(request, view):
                raise exceptions.Throttled(tries.wait())
            raise exceptions.AuthenticationFailed("The token is unknown, expired or revoked.")
        needed = needed_scope(view, request.method or "")
        if not allows(token, needed):
            raise InsufficientScope(f"This takes a token of the scope {needed}; this one's is {token.scope}.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        # With a challenge DRF answers 401 to those who have not signed in, and 403 to those who may not.
        return "Bearer"


class SignatureAuthentication(authentication.BaseAuthentication):
    """Read as a signed URL's query, `expires=…&signature=…`, grants: for clients that send no headers.

    Only the views that name it take signatures: those of imagery and downloads.
    """

    def authenticate(self, request: Request) -> tuple[SignedReader, None] | None:
        query = request.query_params
        if request.method not in SAFE_METHODS or "signature" not in query:
            return None
        grant = find_grant(expires=query.get("expires", ""), signature=query["signature"])
        # Of what the path names, a grant within a search shows that search's mosaic and nothing beside it.
        if grant.search_id != (request.parser_context or {}).get("kwargs", {}).get("search_id", ""):
            raise NotAllowed("The signature of this URL is for something else.", code="invalid_signature")
        return SignedReader(grant), None


# Of views whose URLs may be signed. The first says how those sign in who have not: see `authenticate_header`.
SIGNED_OR_SIGNED_IN = (TokenAuthentication, SignatureAuthentication, SessionAuthentication)
