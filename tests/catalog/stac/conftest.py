"""Clients of the STAC API."""

import pytest
from rest_framework.test import APIClient


@pytest.fixture(autouse=True)
def _stac_routes(settings) -> None:
    settings.ROOT_URLCONF = "tests.catalog.stac.urls"


@pytest.fixture
def client() -> APIClient:
    """Nobody in particular, with the checks against forged requests that browsers meet."""
    return APIClient(enforce_csrf_checks=True)
