"""Sign in at an OpenID provider, by django-allauth: who somebody is, and which groups they are in.

An account is found by the provider's own id of somebody (`sub`), never by a name. An address that the provider doesn't
call verified is not kept.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from catalog.services.access.users import follow_groups, record_account

BACKEND = "django.contrib.auth.backends.ModelBackend"
TAKEN = (
    "There is an account with this e-mail address already. Sign in with its password, or ask whoever runs this site to "
    "connect the two."
)
SHUT = "This account was shut. Ask whoever runs this site."
FAILED = "The provider did not sign you in. Try again, or sign in with a name and password."
AWAY = "The provider does not answer. Try again later, or sign in with a name and password."
View = Callable[..., HttpResponse]


class AccountAdapter(DefaultAccountAdapter):
    """Sign people in as Django does; accounts are made by the provider's sign-in and by staff alone."""

    def login(self, request: HttpRequest, user: User) -> None:
        login(request, user, backend=BACKEND)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:  # noqa: ARG002
        return _refusal(request, SHUT)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page that follows shows who is signed in."""


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Make an account at somebody's first sign-in, and have its groups follow what the provider says at each."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse what names two people, and a new account beside another of the same address."""
        said = sociallogin.account.extra_data
        ids = {part["sub"] for part in (said.get("userinfo"), said.get("id_token")) if part and "sub" in part}
        if len(ids) > 1:
            raise ImmediateHttpResponse(_refusal(request, FAILED))
        if sociallogin.is_existing:
            _follow_claims(sociallogin.user, said)
            return
        verified = [address for address in sociallogin.email_addresses if address.verified]
        sociallogin.email_addresses = verified
        sociallogin.user.email = verified[0].email if verified else ""
        if any(_is_somebodys(address.email) for address in verified):
            raise ImmediateHttpResponse(_refusal(request, TAKEN))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        record_account(user, is_new=True)
        _follow_claims(user, sociallogin.account.extra_data)
        return user

    def on_authentication_error(self, request: HttpRequest, *_: Any, **__: Any) -> None:
        raise ImmediateHttpResponse(_refusal(request, FAILED))


def claimed_values(said: Mapping[str, Any], claim: str) -> frozenset[str]:
    """Return a claim's values, a list of texts or one, of what userinfo and the ID token say."""
    values = [(said.get(part) or {}).get(claim) for part in ("userinfo", "id_token")]
    listed = (value if isinstance(value, list) else [value] for value in values)
    return frozenset(each for group in listed for each in group if isinstance(each, str))


def _is_somebodys(email: str) -> bool:
    # Accounts that were made here have an address as it was typed, django-allauth's own in small letters.
    return User.objects.filter(email__iexact=email).exists() or bool(filter_users_by_email(email))


def _follow_claims(user: User, said: Mapping[str, Any]) -> None:
    groups: Mapping[str, str] = settings.OIDC_GROUPS
    names = {groups[value] for value in claimed_values(said, settings.OIDC_GROUPS_CLAIM) if value in groups}
    follow_groups(user, names=names, among=groups.values())


def _refusal(request: HttpRequest, sentence: str, *, status: int = 403) -> HttpResponse:
    return render(request, "frontend/sign_in_refused.html", {"sentence": sentence}, status=status)


def _answers(view: View) -> View:
    """Answer with a sentence where the provider is away, or says what nobody understands."""

    @wraps(view)
    def answer(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except (requests.RequestException, KeyError, ValueError):
            return _refusal(request, AWAY, status=502)

    return answer


@require_safe
def begin_anew(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Lead people to where they sign in whom django-allauth would show a form of its own."""
    return redirect("frontend:sign_in")


urlpatterns: list[URLPattern] = [
    path("<str:provider_id>/", require_POST(_answers(views.login)), name="openid_connect_login"),
    path("<str:provider_id>/callback/", require_safe(_answers(views.callback)), name="openid_connect_callback"),
    path("other/account/", begin_anew, name="socialaccount_signup"),
]
