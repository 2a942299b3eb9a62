"""Every route that may change something, asked with tokens of each scope."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import ApiToken, Collection
from catalog.services.access import create_token
from catalog.services.access.tokens import SCOPES
from tests.catalog.factories import CollectionFactory, MembershipFactory, UserFactory

# The path of each route that takes another method than GET, and the scope that the method takes.
TAKEN = {
    ("POST", "/api/collections/"): "write",
    ("PATCH", "/api/collections/scenes/"): "write",
    ("POST", "/api/collections/scenes/members/"): "admin",
    ("DELETE", "/api/collections/scenes/members/"): "admin",
    ("POST", "/api/collections/scenes/revoke-signatures/"): "admin",
    ("POST", "/api/signatures/"): "read",
    ("POST", "/api/files/"): "ingest",
    ("POST", "/api/files/00000000-0000-0000-0000-000000000000/verify/"): "ingest",
    ("POST", "/api/annotations/"): "write",
    ("PATCH", "/api/annotations/00000000-0000-0000-0000-000000000000/"): "write",
    ("DELETE", "/api/annotations/00000000-0000-0000-0000-000000000000/"): "write",
    ("POST", "/api/ingests/"): "ingest",
    ("POST", "/api/ingests/00000000-0000-0000-0000-000000000000/retry/"): "ingest",
    ("POST", "/api/ingests/00000000-0000-0000-0000-000000000000/cancel/"): "ingest",
    ("POST", "/api/watches/"): "ingest",
    ("PATCH", "/api/watches/00000000-0000-0000-0000-000000000000/"): "ingest",
    ("DELETE", "/api/watches/00000000-0000-0000-0000-000000000000/"): "ingest",
    ("POST", "/api/watches/00000000-0000-0000-0000-000000000000/crawl/"): "ingest",
    ("POST", "/api/storages/"): "admin",
    ("PATCH", "/api/storages/00000000-0000-0000-0000-000000000000/"): "admin",
    ("DELETE", "/api/storages/00000000-0000-0000-0000-000000000000/"): "admin",
    ("POST", "/api/storages/00000000-0000-0000-0000-000000000000/check/"): "admin",
    # Signed by the store's own secret, whoever brings it.
    ("POST", "/api/storages/00000000-0000-0000-0000-000000000000/events/"): "read",
    ("POST", "/api/tokens/"): "admin",
    ("DELETE", "/api/tokens/0/"): "admin",
    ("POST", "/stac/search"): "read",
    ("POST", "/stac/export"): "read",
    ("POST", "/stac/aggregate"): "read",
    ("POST", "/stac/collections/scenes/aggregate"): "read",
    ("POST", "/stac/collections"): "write",
    ("PUT", "/stac/collections/scenes"): "write",
    ("PATCH", "/stac/collections/scenes"): "write",
    ("DELETE", "/stac/collections/none"): "write",
    ("PUT", "/stac/collections/scenes/queryables"): "write",
    ("POST", "/stac/collections/scenes/bulk_items"): "write",
    ("POST", "/stac/collections/scenes/items"): "write",
    ("PUT", "/stac/collections/scenes/items/none"): "write",
    ("PATCH", "/stac/collections/scenes/items/none"): "write",
    ("DELETE", "/stac/collections/scenes/items/none"): "write",
    ("POST", "/tiles/searches/"): "read",
    ("DELETE", "/tiles/searches/none/"): "write",
    ("POST", "/tiles/searches/none/data/region.png"): "read",
    ("POST", "/tiles/searches/none/data/statistics"): "read",
    ("POST", "/tiles/searches/none/data/profile"): "read",
    ("POST", "/tiles/scenes/none/data/region.png"): "read",
    ("POST", "/tiles/scenes/none/data/statistics"): "read",
    ("POST", "/tiles/scenes/none/data/profile"): "read",
    ("POST", "/tiles/scenes/none/data/data/region.png"): "read",
    ("POST", "/tiles/scenes/none/data/data/statistics"): "read",
    ("POST", "/tiles/scenes/none/data/data/profile"): "read",
}
UNSAFE = ("post", "put", "patch", "delete")


@pytest.fixture
def client(db) -> Any:
    """Return a client that signs in by a new token of a scope; its user owns the private collection `scenes`."""
    del db
    user = UserFactory()
    MembershipFactory(
        collection=CollectionFactory(id="scenes", visibility=Collection.Visibility.PRIVATE), user=user, role="owner"
    )

    def make(scope: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(user=user, name=scope, scope=scope)[1]}")
        return client

    return make


def _of_the_api(patterns: list[Any]) -> Any:
    for each in patterns:
        if isinstance(each, URLResolver):
            if each.namespace != "admin":
                yield from _of_the_api(each.url_patterns)
        elif view := getattr(each.callback, "cls", None):
            actions = getattr(each.callback, "actions", None)
            yield from ((each.name, one) for one in UNSAFE if (one in actions if actions else hasattr(view, one)))


def test_every_changing_route_is_listed():
    listed = {(get_resolver().resolve(path).url_name, method.lower()) for method, path in TAKEN}
    # PUT is inherited, and not among what the view takes.
    assert set(_of_the_api(get_resolver().url_patterns)) - listed == {("collection-detail", "put")}


@pytest.mark.parametrize("scope", SCOPES)
def test_token_is_good_for_its_scope_and_no_more(client, scope):
    asking = client(scope)
    wrong = []
    for (method, path), needed in TAKEN.items():
        answer = asking.generic(method, path, b"{}", content_type="application/json")
        refused = answer.status_code == 403 and answer.json()["code"] == "insufficient_scope"
        if refused != (SCOPES.index(scope) < SCOPES.index(needed)):
            wrong.append((method, path, answer.status_code))
    assert not wrong
    assert asking.get("/stac/collections/scenes").status_code == 200


@pytest.mark.django_db
def test_token_ends_after_the_days_that_are_set(settings):
    settings.TOKEN_DAYS = 3
    call = {"user": UserFactory(), "name": "x"}
    token, _ = create_token(**call)
    assert timedelta(days=2.9) < token.expires - timezone.now() <= timedelta(days=3)
    assert create_token(**call, expires=None)[0].expires is None


@pytest.mark.django_db
def test_command_makes_tokens_of_a_scope_and_without_end(capsys):
    user = UserFactory()
    call_command("create_token", user.username, "--scope", "read", "--never-expires")
    assert capsys.readouterr().out.startswith("gd_")
    token = ApiToken.objects.get()
    assert (token.scope, token.expires) == ("read", None)


def test_token_of_an_unknown_scope_is_refused(client):
    answer = client("admin").post("/api/tokens/", {"name": "x", "scope": "root"}, format="json")
    assert (answer.status_code, "scope" in answer.json()["description"]) == (400, True)
