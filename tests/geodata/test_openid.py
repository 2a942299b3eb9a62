"""Signing in at an OpenID provider, which runs on loopback: who gets which account, and what nobody gets."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from catalog.models import Collection
from catalog.services.access.members import set_member
from geodata.settings import openid
from tests.catalog.factories import MembershipFactory, UserFactory
from tests.geodata.test_settings import run_python
from tests.services.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, run_openid_provider

pytestmark = pytest.mark.django_db
ADA = {
    "sub": "ada-1815", "preferred_username": "ada", "email": "ada@example.org", "email_verified": True,
    "given_name": "Ada", "family_name": "Lovelace",
}  # fmt: skip


@pytest.fixture(scope="module")
def _provider() -> Iterator[OpenIdProvider]:
    with run_openid_provider() as provider:
        yield provider


@pytest.fixture
def provider(_provider, settings) -> OpenIdProvider:
    _provider.person, _provider.id_token_claims, _provider.fault = dict(ADA), {}, ""
    settings.OIDC_ISSUER = _provider.url
    settings.SOCIALACCOUNT_PROVIDERS = openid.providers(
        _provider.url, name="Provider", client_id=CLIENT_ID, secret=CLIENT_SECRET
    )
    return _provider


def _sent_back(client: Client, **form: str) -> str:
    """Press the button, follow the browser to the provider, and return the path that it sends back to."""
    leaving = client.post("/sign-in/openid/", form)
    assert leaving.status_code == 302, leaving.content
    answer = requests.get(leaving["Location"], allow_redirects=False, timeout=10)
    parts = urlsplit(answer.headers["Location"])
    assert (parts.netloc, parts.path) == ("testserver", "/sign-in/openid/callback/")
    return f"{parts.path}?{parts.query}"


def _sign_in(client: Client, **form: str) -> Any:
    return client.get(_sent_back(client, **form))


def _user_of(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id", 0)).first()


def test_page_has_a_button_that_leads_to_the_provider(provider, client):
    page = client.get("/sign-in/?next=/ingest/")
    assert b"Sign in with " in page.content
    assert b'action="/sign-in/openid/"' in page.content
    leaving = client.post("/sign-in/openid/")
    assert leaving["Location"].startswith(f"{provider.url}/authorize?")


def test_first_sign_in_makes_an_account_and_the_next_finds_it(provider, client):
    answer = _sign_in(client, next="/ingest/")
    assert (answer.status_code, answer["Location"]) == (302, "/ingest/")
    ada = User.objects.get()
    assert _user_of(client) == ada
    assert (ada.username, ada.email, ada.first_name, ada.last_name) == ("ada", "ada@example.org", "Ada", "Lovelace")
    assert not ada.has_usable_password()
    assert (ada.is_staff, ada.is_superuser) == (False, False)
    # The address and the name may change: the provider's id of her doesn't.
    provider.person |= {"email": "countess@example.org", "preferred_username": "countess"}
    other = Client()
    assert _sign_in(other)["Location"] == reverse("frontend:home")
    assert _user_of(other) == ada == User.objects.get()


def test_claims_put_people_into_groups_and_out_of_them(provider, client, settings):
    user = UserFactory()
    collection = MembershipFactory(user=user, collection__id="scenes").collection
    settings.OIDC_GROUPS = {"radiology": "radiology", "/site/maps": "mapping"}
    local = Group.objects.create(name="local")
    provider.person["groups"] = ["radiology", "/site/maps", "unknown", 7]
    _sign_in(client)
    ada = User.objects.get(username="ada")
    assert {group.name for group in ada.groups.all()} == {"radiology", "mapping"}
    Collection.objects.update(visibility="private")
    set_member(user=user, collection_id=collection.pk, group="radiology", role="editor")
    assert client.get("/api/collections/scenes/").status_code == 200
    ada.groups.add(local)
    provider.person["groups"] = "/site/maps"
    _sign_in(Client())
    assert {group.name for group in ada.groups.all()} == {"mapping", "local"}
    assert client.get("/api/collections/scenes/").status_code == 404
    # Said by the ID token alone.
    provider.person.pop("groups")
    provider.id_token_claims["groups"] = ["radiology"]
    _sign_in(Client())
    assert {group.name for group in ada.groups.all()} == {"radiology", "local"}


def test_groups_that_no_setting_names_are_not_followed(provider, client):
    Group.objects.create(name="administrators")
    provider.person["groups"] = ["administrators"]
    _sign_in(client)
    assert not User.objects.get().groups.exists()


@pytest.mark.parametrize("verified", [False, None, "no", 0])
def test_account_is_not_taken_over_by_an_unverified_address(provider, client, settings, verified):
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
    owner = UserFactory(username="ada", email="ada@example.org", is_superuser=True)
    provider.person["email_verified"] = verified
    if verified is None:
        del provider.person["email_verified"]
    _sign_in(client)
    signed_in = _user_of(client)
    assert signed_in not in {None, owner}
    assert signed_in.email == ""
    assert signed_in.username != "ada"
    assert not signed_in.is_superuser


@pytest.mark.usefixtures("provider")
def test_account_of_a_verified_address_is_not_taken_over_unless_settings_say_so(client, settings):
    owner = UserFactory(username="countess", email="Ada@Example.org")
    answer = _sign_in(client)
    assert answer.status_code == 403
    assert b"account with this e-mail address" in answer.content
    assert _user_of(client) is None
    assert User.objects.get() == owner
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
    User.objects.update(email="ada@example.org")
    _sign_in(client)
    assert _user_of(client) == owner
    assert SocialAccount.objects.get().user == owner
    # From now on by the provider's id of her, whatever settings say.
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
    other = Client()
    _sign_in(other)
    assert _user_of(other) == owner


def test_name_that_is_taken_is_another_account(provider, client):
    del provider.person["email"]
    UserFactory(username="ada", is_superuser=True)
    _sign_in(client)
    assert _user_of(client).username not in {"ada", ""}


@pytest.mark.usefixtures("provider")
def test_shut_account_stays_out(client):
    _sign_in(client)
    User.objects.update(is_active=False)
    other = Client()
    answer = _sign_in(other)
    assert answer.status_code == 403
    assert b"shut" in answer.content
    assert _user_of(other) is None


@pytest.mark.parametrize("fault", ["denied", "other_client", "expired", "two_people"])
def test_what_the_provider_did_not_say_signs_nobody_in(provider, client, fault):
    provider.fault = fault
    if fault == "two_people":
        provider.id_token_claims["sub"] = "somebody-else"
    answer = _sign_in(client)
    assert answer.status_code == 403
    assert b"did not sign you in" in answer.content
    assert _user_of(client) is None
    assert not User.objects.exists()


def test_code_of_others_or_used_before_signs_nobody_in(provider, client):
    stolen = _sent_back(client)
    thief = Client()
    assert thief.get(stolen).status_code == 403
    _sent_back(thief)
    assert thief.get(stolen).status_code == 403
    assert _user_of(thief) is None
    assert client.get(stolen).status_code == 302
    assert client.get(stolen).status_code == 403
    assert provider.codes


def test_provider_that_is_away_or_talks_nonsense_is_told(provider, client, settings):
    back = _sent_back(client)
    provider.fault = "garbage"
    assert client.get(back).status_code == 502
    assert client.post("/sign-in/openid/").status_code == 502
    settings.SOCIALACCOUNT_PROVIDERS = openid.providers(
        "http://127.0.0.1:1", name="Provider", client_id=CLIENT_ID, secret=CLIENT_SECRET
    )
    answer = client.post("/sign-in/openid/")
    assert answer.status_code == 502
    assert b"does not answer" in answer.content


def test_routes_take_no_other_method_provider_or_way_out(provider, client):
    del provider
    assert client.get("/sign-in/openid/").status_code == 405
    assert client.post("/sign-in/other/").status_code == 404
    assert client.get("/sign-in/other/callback/").status_code == 404
    assert client.post("/sign-in/openid/callback/").status_code == 405
    assert _sign_in(client, next="https://evil.example/")["Location"] == reverse("frontend:home")
    assert Client(enforce_csrf_checks=True).post("/sign-in/openid/").status_code == 403
    assert client.get(reverse("socialaccount_signup")).status_code == 302


def test_policy_lets_the_form_be_sent_on_to_the_provider():
    assert openid.origin("https://id.example.org:8443/realms/site") == "https://id.example.org:8443"
    code = "from geodata.settings import base; print(base.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"
    named = {"GEODATA_OIDC_ISSUER": "https://id.example.org/x", "GEODATA_OIDC_CLIENT_ID": "a"}
    assert "https://id.example.org'" in run_python(code, **named, GEODATA_OIDC_CLIENT_SECRET="b").stdout
    assert "id.example.org" not in run_python(code).stdout


def test_site_without_a_provider_has_neither_apps_nor_routes():
    code = (
        "import django; django.setup(); from django.conf import settings; from django.urls import get_resolver;"
        "print([a for a in settings.INSTALLED_APPS + settings.MIDDLEWARE if 'allauth' in a],"
        " [str(p.pattern) for p in get_resolver().url_patterns if 'sign-in' in str(p.pattern)])"
    )
    done = run_python(code, DJANGO_SETTINGS_MODULE="geodata.settings.embedded")
    assert done.stdout.strip() == "[] []", done.stderr


@pytest.mark.parametrize(
    ("issuer", "secret", "word"),
    [("https://id.example.org", "", "CLIENT_SECRET"), ("http://id.example.org", "b", "https://")],
)
def test_provider_that_cannot_be_trusted_stops_the_start(issuer, secret, word):
    openid.check_client("", client_id="", secret="")
    openid.check_client("http://localhost:8080/realms/site", client_id="a", secret="b")
    with pytest.raises(ImproperlyConfigured, match=word):
        openid.check_client(issuer, client_id="a", secret=secret)


def test_groups_are_read_from_pairs():
    assert openid.claimed_groups(["a", "b=c", "/d/e=f"]) == {"a": "a", "b": "c", "/d/e": "f"}
