"""The viewers of `tiles` in another project: what they say, by which keys they go, and that they fit a small screen."""

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.pictures import color_at, screenshot

PATIENCE = 30_000
CREDIT = '© <a href="https://example.org">Somebody</a><img src=x onerror="document.title=1">'


def _is_idle(page: Page, element: str = "tiles-viewer") -> None:
    expect(page.locator(element).first).to_have_attribute("aria-busy", "false", timeout=4 * PATIENCE)


def _refuse(route: Route) -> None:
    answer = {"code": "render_timeout", "description": "It took longer than 15 s."}
    route.fulfill(status=503, content_type="application/json", body=json.dumps(answer))


def test_viewer_tells_why_file_is_not_shown(example, page):
    page.goto(f"{example}/pictures/3/")
    expect(page.get_by_role("alert")).to_contain_text("notes.txt is not in a format that can be read here")


def test_viewer_tells_why_tiles_fail_and_asks_again(example, page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/tiles/*/*/*.png*", _refuse)
    page.goto(f"{example}/api/pictures/2/viewer")
    expect(page.get_by_role("alert")).to_contain_text("Not all is shown. It took longer than 15 s.")
    _is_idle(page)
    tiles = [url for url in asked if "/tiles/" in url and url.endswith(".png")]
    assert len(tiles) == len(set(tiles)) + 1, "More was asked than what the failure is"
    page.unroute("**/tiles/*/*/*.png*")
    page.get_by_role("button", name="Try again").press("Enter")
    _is_idle(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert len(screenshot(page.locator("tiles-viewer"), "viewer-after-failure").getcolors(2**24)) > 500


def test_viewer_takes_empty_tiles_for_no_failure(example, page):
    page.route("**/tiles/*/*/*.png*", lambda route: route.fulfill(status=204))
    with page.expect_response(lambda response: response.status == 204 and "/tiles/" in response.url):
        page.goto(f"{example}/api/pictures/2/viewer")
    _is_idle(page)
    page.wait_for_function("() => document.querySelector('tiles-viewer').explained.then(() => true)")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_viewer_is_loading_until_the_server_answers(example, page):
    waiting: list[Route] = []
    page.route("**/tilejson.json*", lambda route: waiting.append(route))  # noqa: PLW0108 -- Playwright marks what it is given
    with page.expect_request("**/tilejson.json*"):
        page.goto(f"{example}/api/pictures/2/viewer")
    expect(page.get_by_role("status")).to_have_text("Loading…")
    expect(page.locator("tiles-viewer")).to_have_attribute("aria-busy", "true")
    waiting.pop().continue_()
    _is_idle(page)
    expect(page.get_by_role("status")).to_have_count(0)


def test_viewer_shows_attribution_as_text(example, page):
    def with_credit(route: Route) -> None:
        route.fulfill(json=route.fetch().json() | {"attribution": CREDIT})

    page.route("**/tilejson.json*", with_credit)
    page.goto(f"{example}/api/pictures/2/viewer")
    credit = page.locator(".tiles-viewer__credit")
    expect(credit).to_have_text("© Somebody")
    assert credit.locator("*").count() == 0
    assert page.title() == "scene.tif"


def test_viewer_of_focus_shows_ring_above_tiles(example, page):
    page.goto(f"{example}/api/pictures/1/viewer")
    _is_idle(page)
    page.keyboard.press("Tab")
    for _ in range(4):
        page.keyboard.press("+")
    _is_idle(page)
    picture = screenshot(page.locator("tiles-viewer"), "viewer-focus")
    red, green, blue = color_at(picture, 0.001, 0.5)[:3]
    assert blue > 200 > green > red, "The ring is not seen"
    for name in ("Zoom in", "Zoom out", "Show all"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()


def test_viewer_page_follows_the_color_scheme(example, page):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{example}/api/pictures/1/viewer")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [375, 768, 1280])
def test_admin_form_shows_viewer_on_any_screen(example, page, width):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{example}/admin/pictures/picture/1/change/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", "example")
    page.keyboard.press("Enter")
    viewer = page.locator("tiles-viewer")
    _is_idle(page)
    box = viewer.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] > 300
    assert box["x"] + box["width"] <= width
    # Laid out by the admin's own template.
    expect(page.locator("p.file-upload input[type=file]")).to_be_visible()


def test_globe_tells_what_has_no_place(example, page):
    page.goto(f"{example}/pictures/1/globe/")
    expect(page.get_by_role("alert")).to_contain_text("This image has no place on Earth")


def test_globe_goes_by_keys(example, page):
    page.set_viewport_size({"width": 320, "height": 240})
    page.goto(f"{example}/pictures/2/globe/")
    page.wait_for_selector("tiles-globe[data-ready]", timeout=4 * PATIENCE)
    place = "(() => document.querySelector('tiles-globe').widget.camera.positionCartographic)()"

    def where() -> tuple[float, float, float]:
        return tuple(page.evaluate(f"[{place}.longitude, {place}.latitude, {place}.height]"))

    first = where()
    page.locator("tiles-globe").focus()
    for key in ("ArrowRight", "ArrowUp", "+"):
        page.keyboard.press(key)
    moved = where()
    assert moved[0] > first[0]
    assert moved[1] > first[1]
    assert moved[2] < 0.7 * first[2]
    page.get_by_role("button", name="Show all").click()
    assert where() == pytest.approx(first, rel=1e-6)
    expect(page.locator(".tiles-viewer__credit")).to_have_text("Natural Earth")
