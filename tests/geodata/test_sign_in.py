"""Guessing passwords."""

from typing import Any

import pytest
from django.test import Client

from catalog.api.throttling import client_address
from tests.catalog.factories import UserFactory

PASSWORD = "right-horse-battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def name() -> str:
    user = UserFactory(username="guessed")
    user.set_password(PASSWORD)
    user.is_staff = True
    user.save()
    return user.username


def _try(page: str, name: str, password: str, **headers: Any) -> Any:
    return Client().post(page, {"username": name, "password": password}, **headers)


@pytest.mark.parametrize("page", ["/sign-in/", "/admin/login/"])
def test_right_password_after_too_many_wrong_ones_is_refused(name, page, settings):
    for number in range(settings.SIGN_IN_FAILURES):
        answer = _try(page, name, f"wrong-{number}")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert _try(page, name, PASSWORD).status_code == 429
    assert b"15 minutes" in _try(page, name, PASSWORD).content
    # Neither others from there, nor the same one from elsewhere.
    assert _try(page, "somebody-else", "wrong").status_code == 200
    assert _try(page, name, PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_right_password_after_a_few_wrong_ones_signs_in(name):
    for number in range(5):
        assert _try("/sign-in/", name, f"wrong-{number}").status_code == 200
    assert _try("/sign-in/", name, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "198.51.100.1"), (1, "192.0.2.2"), (2, "192.0.2.1"), (5, "192.0.2.1")]
)
def test_client_address_believes_as_many_proxies_as_there_are(rf, settings, proxies, address):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    request = rf.get("/", HTTP_X_FORWARDED_FOR="192.0.2.1, 192.0.2.2", REMOTE_ADDR="198.51.100.1")
    assert client_address(request) == address


@pytest.mark.parametrize("said", ["", "unknown", "192.0.2.1:5000", "\0"])
def test_client_address_of_what_is_none_is_unknown(rf, settings, said):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR=said, REMOTE_ADDR=said)) is None


def test_wrong_password_from_nowhere_is_refused_as_any(name, settings):
    for _ in range(settings.SIGN_IN_FAILURES):
        answer = _try("/sign-in/", name, "wrong", REMOTE_ADDR="")
    assert answer.status_code == 429
