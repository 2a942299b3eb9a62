"""The server-rendered pages in a browser, with their small viewers."""

import pytest
from playwright.sync_api import expect

from tests.e2e.maps import wait_for_map, wait_for_tiles
from tests.e2e.pictures import color_at, screenshot

# Milliseconds. CesiumJS draws by software where tests run.
GLOBE_PATIENCE = 60_000
pytestmark = pytest.mark.django_db(transaction=True)


def test_home_shows_what_is_there(visitor, imagery):
    del imagery
    page = visitor.open("/")
    expect(page.get_by_role("link", name="Scenes")).to_be_visible()
    page.get_by_role("searchbox").fill("slide")
    page.keyboard.press("Enter")
    expect(page.locator(".tile-card__title")).to_have_text(["Slides", "slide"])
    page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    screenshot(page.locator("body"), "home")


def test_item_page_shows_its_imagery_on_a_map(visitor, imagery):
    del imagery
    page = visitor.open("/items/scenes/east/")
    wait_for_tiles(page.locator("geo-map"))
    picture = screenshot(page.locator(".viewer"), "item")
    red, green, _ = color_at(picture, 0.5, 0.5)
    assert abs(red - 120) < 12
    assert abs(green - 120) < 12
    expect(page.get_by_role("region", name="Key facts")).to_contain_text("EPSG:32633")


def test_item_page_of_slide_shows_pixel_space(visitor, imagery):
    del imagery
    page = visitor.open("/items/slides/slide/")
    viewer = page.locator("geo-pixels")
    wait_for_tiles(viewer)
    red, _, blue = color_at(screenshot(viewer, "item-pixel-space"), 0.5, 0.5)
    assert blue > 150 > red


def test_item_page_when_tiles_fail_says_so(visitor, imagery):
    del imagery
    visitor.expected.append("404")
    page = visitor.page
    page.route(
        "**/tilejson.json", lambda route: route.fulfill(status=404, json={"code": "x", "description": "It is gone."})
    )
    visitor.open("/items/scenes/east/")
    expect(page.get_by_role("alert")).to_contain_text("It is gone.")


def test_collection_page_has_footprints(visitor, imagery):
    del imagery
    page = visitor.open("/collections/scenes/")
    wait_for_map(page)
    expect(page.locator(".tile-card__title")).to_have_count(2)


PATHS = ("/", "/explore/", "/ingest/", "/collections/scenes/", "/items/scenes/east/")


def test_pages_fit_narrow_and_wide_windows(visitor, imagery):
    del imagery
    overflowing = []
    for path in PATHS:
        page = visitor.open(path)
        for width in (375, 768, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                overflowing.append((path, width))
    assert overflowing == []


def test_theme_switch_is_remembered(visitor):
    page = visitor.open("/")
    color = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(color)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"light => {color} !== light", arg=light)
    dark = page.evaluate(color)
    visitor.open("/sign-in/")
    assert page.evaluate(color) == dark


def test_globe_shows_item_under_the_sites_policy(visitor, imagery):
    """What the policy forbids is an error on the console, which fails the test."""
    del imagery
    page = visitor.open("/items/scenes/east/")
    page.get_by_role("link", name="On a globe").click()
    page.wait_for_selector("tiles-globe[data-ready], tiles-globe [role=alert]", timeout=GLOBE_PATIENCE)
    assert page.get_by_role("alert").count() == 0, page.locator("tiles-globe").inner_text()
    picture = screenshot(page.locator("tiles-globe"), "item-globe")
    red, green, _ = color_at(picture, 0.5, 0.5)
    assert abs(red - 120) < 24
    assert abs(green - 120) < 24


def test_globe_alone_may_evaluate_text(visitor, imagery):
    del imagery
    policies = {
        path: visitor.page.request.get(f"{visitor.site}{path}").headers["content-security-policy"]
        for path in ("/items/scenes/east/globe/", "/items/scenes/east/")
    }
    assert ["'unsafe-" in policy for policy in policies.values()] == [True, False]


def test_globe_of_slide_is_not_found(visitor, imagery):
    del imagery
    assert visitor.page.request.get(f"{visitor.site}/items/slides/slide/globe/").status == 404
    page = visitor.open("/items/slides/slide/")
    expect(page.get_by_role("link", name="On a globe")).to_have_count(0)


def test_api_documentation_shows_its_operations(visitor):
    page = visitor.open("/api/docs/")
    expect(page.locator(".opblock-summary-path").first).to_be_visible(timeout=GLOBE_PATIENCE)
    screenshot(page.locator("body"), "api-docs")


def test_page_that_does_not_exist_leads_back(visitor):
    visitor.expected.append("404")
    page = visitor.open("/nothing/")
    expect(page.get_by_role("heading")).to_have_text("There is nothing here")
    page.get_by_role("link", name="Explore the imagery").click()
    page.wait_for_url("**/explore/**")
