"""A whole site with a generated catalog, as programs that know nothing of ours meet it over HTTP."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User

from catalog.models import Membership
from catalog.services.access.tokens import create_token
from tests.catalog.stac.outside.documents import write_catalog


@dataclass(frozen=True)
class Served:
    """`url` has no slash at its end; `token` is one of `owner`, who may change all collections."""

    url: str
    token: str
    owner: User

    @property
    def stac(self) -> str:
        return f"{self.url}/stac/"


@pytest.fixture(autouse=True)
def _stac_routes(settings) -> None:
    """All of the site's: the STAC API points at its tiles and its OpenAPI document."""
    settings.ROOT_URLCONF = "geodata.urls"


@pytest.fixture
def served(transactional_db: None, live_server) -> Served:
    del transactional_db
    owner = User.objects.create_user("owner")
    for collection in write_catalog():
        Membership.objects.create(collection=collection, user=owner, role=Membership.Role.OWNER)
    return Served(url=live_server.url, token=create_token(user=owner, name="outside")[1], owner=owner)
