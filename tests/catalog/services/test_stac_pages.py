"""Pages of another STAC API's search: followed, bounded, and given up where they lead nowhere."""

from collections.abc import Iterator

import pytest

from catalog.models import Item
from tests.catalog.stac_catalogs import item
from tests.services.stac_api import StacApi, run_stac_api

pytestmark = pytest.mark.django_db


@pytest.fixture
def stac_api() -> Iterator[StacApi]:
    with run_stac_api() as api:
        api.features = [item(f"item-{number}", collection=None) for number in range(25)]
        yield api


def _codes(job):
    return [remark["code"] for source in job.sources.all() for remark in source.remarks if remark["code"][:4] == "stac"]


@pytest.mark.parametrize("posts", [False, True])
def test_pages_are_followed_to_the_last(bring_in, stac_api, posts):
    stac_api.posts = posts
    job = bring_in(f"{stac_api.url}/search?limit=10")
    assert Item.objects.count() == 25
    assert [source.items_written for source in job.sources.order_by("pk")] == [10, 10, 5]
    assert not _codes(job)
    assert len(stac_api.requests) == 3
    assert {method for method, _ in stac_api.requests[1:]} == {"POST" if posts else "GET"}


def test_landing_page_leads_to_its_search(bring_in, stac_api):
    bring_in(f"{stac_api.url}/")
    assert Item.objects.count() == 25
    assert stac_api.requests == [("GET", "/"), ("GET", "/search?limit=250")]


def test_page_that_fails_for_a_moment_is_asked_for_again(bring_in, stac_api):
    stac_api.faults = [503, 429]
    job = bring_in(f"{stac_api.url}/search?limit=10")
    assert Item.objects.count() == 25
    assert job.sources.order_by("pk")[0].retries == 2


@pytest.mark.parametrize(("lies", "code"), [("self", "stac_pages_loop"), ("same", "stac_pages_repeat")])
def test_next_pages_that_lie_are_not_followed_for_ever(bring_in, stac_api, lies, code):
    stac_api.lies = lies
    job = bring_in(f"{stac_api.url}/search?limit=10")
    assert _codes(job) == [code]
    assert Item.objects.count() == 10
    assert len(stac_api.requests) <= 2


def test_pages_of_more_items_than_a_job_may_have_end_with_a_reason(bring_in, stac_api, settings):
    settings.INGEST_MAX_LISTED = 15
    job = bring_in(f"{stac_api.url}/search?limit=10")
    failed = job.sources.get(state="failed")
    assert failed.error_code == "invalid_input"
    assert failed.items_written == 10
    assert Item.objects.count() == 20


def test_page_tried_again_says_nothing_of_a_loop(bring_in, stac_api):
    job = bring_in(f"{stac_api.url}/search?limit=10")
    again = bring_in(f"{stac_api.url}/search?limit=10")
    assert not _codes(job)
    assert not _codes(again)
    assert Item.objects.count() == 25
