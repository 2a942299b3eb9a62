"""Bodies of any content type from signed-in browsers, with and without the token against forged requests."""

import pytest
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client

from catalog.models import ChecksumFile, Collection
from tests.catalog.factories import CollectionFactory, ItemFactory, MembershipFactory

POLYGON = b'{"type": "Polygon", "coordinates": [[[10, 49], [10.5, 49], [10.5, 50], [10, 49]]]}'
KINDS = ("text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
CONTENT = b"II*\0" + bytes(5000)


@pytest.fixture
def browser(user) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = _get_new_csrf_string()
    return client


@pytest.fixture
def private(user) -> str:
    """Return the path of an item without imagery in a private collection of the user's."""
    collection = CollectionFactory(visibility=Collection.Visibility.PRIVATE)
    MembershipFactory(collection=collection, user=user)
    return f"/tiles/{collection.pk}/{ItemFactory(collection=collection).item_id}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", ["data/statistics", "data/region.png"])
def test_posted_question_without_the_token_is_refused(browser, private, route, kind):
    answer = browser.generic("POST", f"{private}/{route}", POLYGON, content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("kind", KINDS)
def test_posted_question_with_the_token_is_answered(browser, private, kind):
    headers = {"HTTP_X_CSRFTOKEN": browser.cookies["csrftoken"].value}
    answer = browser.generic("POST", f"{private}/data/statistics", POLYGON, content_type=kind, **headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "asset_not_found")


@pytest.mark.parametrize("kind", KINDS[:3])
def test_upload_of_any_content_type_is_stored_with_the_token(browser, kind):
    headers = {"HTTP_X_CSRFTOKEN": browser.cookies["csrftoken"].value, "HTTP_CONTENT_LENGTH": str(len(CONTENT))}
    refused = browser.generic("POST", "/api/files/?name=a.tif", CONTENT, content_type=kind)
    assert refused.status_code == 403
    answer = browser.generic("POST", "/api/files/?name=a.tif", CONTENT, content_type=kind, **headers)
    assert (answer.status_code, ChecksumFile.objects.get().size) == (201, len(CONTENT))
