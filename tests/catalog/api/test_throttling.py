"""Whoever asks too often is told when to come again."""

import pytest
from django.core.cache import cache
from django.test import Client

from catalog.api import tallies
from tests.catalog.factories import CollectionFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _counted_anew():
    cache.clear()
    yield
    cache.clear()


def _register(client: Client, name: str):
    return client.post("/tiles/searches/", {"metadata": {"name": name}}, content_type="application/json")


def test_searches_without_an_account_are_bounded_by_address(settings):
    settings.THROTTLES = {"registrations": "2/day"}
    assert [_register(Client(), name).status_code for name in "abc"] == [201, 201, 429]
    refused = _register(Client(), "d")
    assert refused.json()["code"] == "throttled"
    assert int(refused["Retry-After"]) > 80_000
    assert Client().get("/tiles/searches/").status_code == 401
    signed_in = Client()
    signed_in.force_login(UserFactory())
    assert [_register(signed_in, name).status_code for name in "efgh"] == [201] * 4
    assert (
        Client(REMOTE_ADDR="192.0.2.7").post("/tiles/searches/", {}, content_type="application/json").status_code == 201
    )


def test_ingests_are_bounded_by_user(settings):
    settings.THROTTLES = {"ingests": "1/hour"}
    user = UserFactory()
    MembershipFactory(user=user, collection=CollectionFactory(id="scenes"), role="owner")
    client = Client()
    client.force_login(user)
    body = {"collection": "scenes", "sources": [{"href": "https://example.org/a.tif"}]}
    asked = [client.post("/api/ingests/", body, content_type="application/json").status_code for _ in range(2)]
    assert asked == [202, 429]
    assert client.get("/api/ingests/").status_code == 200


def test_wrong_tokens_are_bounded_by_address(settings):
    settings.THROTTLES = {"failed_tokens": "2/minute"}
    asked = [Client().get("/api/tokens/", headers={"Authorization": f"Bearer gd_{n}"}).status_code for n in range(3)]
    assert asked == [401, 401, 429]


def test_nothing_is_refused_while_the_cache_fails(settings, monkeypatch):
    settings.THROTTLES = {"registrations": "1/day"}
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.cache", property(lambda _: 1 / 0))
    assert [_register(Client(), name).status_code for name in "ab"] == [201, 201]


def test_search_that_is_too_large_to_be_kept_is_refused():
    body = {"ids": [f"x{number:06d}" * 100 for number in range(150)]}
    answer = Client().post("/tiles/searches/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def _forget_tallies():
    tallies.forget()
    cache.clear()


@pytest.fixture
def _untallied():
    _forget_tallies()
    yield
    _forget_tallies()


@pytest.mark.usefixtures("_untallied")
def test_searches_are_bounded_by_address_and_by_user(settings):
    settings.THROTTLES = {"searches": "3/hour"}
    assert [Client().get("/stac/search").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = Client().post("/stac/search", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert Client(REMOTE_ADDR="192.0.2.7").get("/stac/search").status_code == 200
    signed_in = Client()
    signed_in.force_login(UserFactory())
    assert signed_in.get("/stac/search").status_code == 200


@pytest.mark.usefixtures("_untallied")
def test_addresses_of_one_network_are_counted_together(settings):
    settings.THROTTLES = {"searches": "1/hour"}
    asked = [Client(REMOTE_ADDR=f"2001:db8::{n}").get("/stac/search").status_code for n in (1, 2)]
    assert asked == [200, 429]
    assert Client(REMOTE_ADDR="2001:db8:0:1::1").get("/stac/search").status_code == 200


@pytest.mark.usefixtures("_untallied")
def test_seconds_of_long_searches_are_bounded(settings, monkeypatch):
    settings.THROTTLES = {"search_seconds": "1/hour"}
    assert [Client().get("/stac/search").status_code for _ in range(3)] == [200] * 3
    monkeypatch.setattr("catalog.stac.core.views.COUNTED_SECONDS", 0.0)
    monkeypatch.setattr("catalog.stac.core.views.time.monotonic", iter(range(0, 1000, 2)).__next__)
    assert [Client().get("/stac/conformance").status_code for _ in range(2)] == [200, 429]


@pytest.mark.usefixtures("_untallied")
def test_counting_asks_the_shared_cache_now_and_then(settings, monkeypatch):
    settings.THROTTLES = {"tiles": "6000/minute"}
    told: list[int] = []
    monkeypatch.setattr(tallies, "_tell", lambda key, amount, *, seconds: told.append(amount) or 0)  # noqa: ARG005
    assert {tallies.refused_seconds("tiles", "somebody") for _ in range(200)} == {None}
    assert told == [100] * 2


@pytest.mark.usefixtures("_untallied")
def test_what_other_processes_counted_counts(settings):
    settings.THROTTLES = {"tiles": "20/day"}
    assert tallies.refused_seconds("tiles", "somebody", amount=15) is None
    tallies.forget()
    # It hears of them when it tells of its own.
    assert tallies.refused_seconds("tiles", "somebody", amount=2) is None
    assert tallies.refused_seconds("tiles", "somebody", amount=4)
    assert tallies.refused_seconds("tiles", "others", amount=4) is None
