"""Sign-in at an OpenID provider, by django-allauth: off where no provider is named."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

APPS = ("allauth", "allauth.account", "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect")
MIDDLEWARE = "allauth.account.middleware.AccountMiddleware"
# What our one provider is called in addresses (`/sign-in/openid/callback/`) and in rows of who is whom.
PROVIDER_ID = "openid"


def check_client(issuer: str, *, client_id: str, secret: str) -> None:
    """Raise ImproperlyConfigured for a provider that nobody could sign in at, or whom anybody could play."""
    if not issuer:
        return
    if not (client_id and secret):
        raise ImproperlyConfigured(
            "GEODATA_OIDC_ISSUER needs GEODATA_OIDC_CLIENT_ID and GEODATA_OIDC_CLIENT_SECRET as well."
        )
    parts = urlsplit(issuer)
    # Nothing else proves who says who somebody is: tokens that come from the provider itself aren't checked again.
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ImproperlyConfigured("GEODATA_OIDC_ISSUER begins with https:// but for a provider on this machine.")


def providers(issuer: str, *, name: str, client_id: str, secret: str) -> dict[str, Any]:
    """Return django-allauth's settings of the provider; what it is asked and answered is bound by PKCE."""
    return {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": PROVIDER_ID,
                    "name": name,
                    "client_id": client_id,
                    "secret": secret,
                    "settings": {"server_url": issuer.rstrip("/")},
                }
            ],
        }
    }


def origin(url: str) -> str:
    """Return `https://host:port` of a URL: browsers heed where the form of the button is sent on to."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def claimed_groups(pairs: list[str]) -> dict[str, str]:
    """Return the site's groups by the values that a provider says: of `value=group`, or of a value alone for both."""
    return {value: group or value for value, _, group in (pair.partition("=") for pair in pairs)}
