"""A search as one layer of imagery: through time, and the values of a place."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Item
from catalog.services.collections.summaries import recount
from tests.e2e.maps import position_of, wait_for_map, wait_for_tiles

pytestmark = pytest.mark.django_db(transaction=True)

EAST = (15.03, 45.13)


@pytest.fixture
def explorer(visitor, imagery) -> Page:
    """Open the Explorer with the two scenes, acquired on different days."""
    del imagery
    moment = datetime(2024, 6, 2, tzinfo=UTC)
    west = Item.objects.get(item_id="west")
    west.datetime = west.start_datetime = west.end_datetime = moment
    west.properties["datetime"] = "2024-06-02T00:00:00Z"
    west.save()
    recount("scenes")  # As a change by the services does.
    page = visitor.open("/explore/?v=1&collection=scenes&map=11,45.13,15.03")
    expect(page.locator(".result[data-key]")).to_have_count(2)
    wait_for_map(page)
    return page


def test_mosaic_shows_the_search_and_steps_through_its_days(explorer):
    page = explorer
    page.get_by_label("All as imagery").check()
    expect(page).to_have_url(re.compile("layer=mosaic"))
    wait_for_tiles(page.locator("geo-map"))
    expect(page.locator(".legend")).to_contain_text("2 scenes")
    day = page.get_by_role("slider", name="Day")
    expect(day).to_have_attribute("aria-valuetext", "All days")
    with page.expect_request(re.compile(r"/tiles/searches/.*datetime=2024-05-01")):
        page.keyboard.press(".")
    expect(page).to_have_url(re.compile("day=2024-05-01"))
    expect(day).to_have_attribute("aria-valuetext", "1 May 2024")
    day.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("day=2024-06-02"))
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".timebar__day")).to_contain_text("2 Jun 2024")
    page.get_by_role("button", name="Play").click()
    expect(page).to_have_url(re.compile("day=2024-05-01"))
    expect(page).to_have_url(re.compile("day=2024-06-02"))
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="All days").click()
    expect(page).not_to_have_url(re.compile("day="))
    page.get_by_label("All as imagery").uncheck()
    expect(page.locator(".timebar")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("layer="))


def test_mosaic_click_tells_the_place_through_time(explorer):
    page = explorer
    page.keyboard.press("m")
    wait_for_tiles(page.locator("geo-map"))
    page.mouse.click(*position_of(page, *EAST))
    dock = page.get_by_role("region", name="Values through time")
    expect(dock.get_by_role("img", name=re.compile("in 1 scenes"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"at=15\.0\d*,45\.1"))
    with page.expect_download() as saved:
        dock.get_by_role("button", name="CSV").click()
    lines = saved.value.path().read_text().splitlines()
    assert lines[0] == "datetime,collection,id,b1,b2,b3"
    moment, collection, item, red, *_ = lines[1].split(",")
    assert (moment[:10], collection, item) == ("2024-05-01", "scenes", "east")
    assert abs(int(red) - 120) < 12
    page.keyboard.press("Escape")
    expect(dock).to_have_count(0)


def test_mosaic_from_far_away_says_where_it_begins(explorer, visitor):
    """Of a mosaic of the whole Earth that begins at zoom 9."""
    page = explorer

    def widen(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "bounds": [-180, -80, 180, 80], "minzoom": 9})

    page.route("**/tiles/searches/*/tilejson.json", widen)
    visitor.open("/explore/?v=1&collection=scenes&layer=mosaic&map=6,45.13,15.03")
    page.locator("[data-action=message]").click()
    wait_for_tiles(page.locator("geo-map"))
    expect(page.locator("[data-action=message]")).to_have_count(0)


def test_mosaic_that_fails_says_why(explorer, visitor):
    visitor.expected.append("503")
    page = explorer
    page.route(
        "**/tiles/searches/", lambda route: route.fulfill(status=503, json={"code": "x", "description": "Busy."})
    )
    page.get_by_label("All as imagery").check()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Busy.")
    alert.get_by_role("button", name="Close").click()
    expect(page.get_by_label("All as imagery")).not_to_be_checked()
