"""OpenSeadragon on DeepZoom and IIIF, and the viewers of `tiles` in another project, each in Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.e2e.pictures import color_at, screenshot

OPENSEADRAGON = Path(__file__).parents[2] / "frontend/node_modules/openseadragon/build/openseadragon"
PATIENCE = 30_000
PAGE = """<!doctype html><body><div id="viewer" style="width: 800px; height: 560px; background: #333"></div>
<script src="/openseadragon/openseadragon.min.js"></script><script>
window.viewer = OpenSeadragon({ id: "viewer", prefixUrl: "/openseadragon/images/", tileSources: "SOURCE",
  showNavigationControl: false });
viewer.addHandler("open-failed", (event) => { document.body.dataset.failed = event.message; });
viewer.addHandler("tile-load-failed", (event) => { document.body.dataset.failed = event.message; });
viewer.addHandler("open", () => viewer.world.getItemAt(0).addHandler("fully-loaded-change", (event) => {
  if (event.fullyLoaded) document.body.dataset.loaded = "yes";
}));
</script></body>"""


def _serve_openseadragon(page: Page, address: str, source: str) -> None:
    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/openseadragon/")[2]
        if name:
            route.fulfill(path=OPENSEADRAGON / name)
        else:
            route.fulfill(body=PAGE.replace("SOURCE", source), content_type="text/html")

    page.route(f"{address}/openseadragon/**", answer)
    page.goto(f"{address}/openseadragon/")


@pytest.mark.parametrize("source", ["deepzoom.dzi", "iiif/info.json"])
def test_openseadragon_shows_slide(example, page, source):
    if not OPENSEADRAGON.exists():
        pytest.fail("frontend/node_modules has no openseadragon: run `npm ci` in frontend/.")
    _serve_openseadragon(page, example, f"/api/pictures/1/{source}")
    page.wait_for_function("document.body.dataset.loaded || document.body.dataset.failed", timeout=PATIENCE)
    assert page.evaluate("document.body.dataset.failed") is None
    page.evaluate("viewer.viewport.zoomTo(6, null, true); delete document.body.dataset.loaded")
    page.wait_for_function("document.body.dataset.loaded || document.body.dataset.failed", timeout=PATIENCE)
    assert page.evaluate("document.body.dataset.failed") is None
    picture = screenshot(page.locator("#viewer"), f"openseadragon-{source.partition('.')[0].replace('/', '-')}")
    # At the middle of the slide, red is the column and green is the row.
    shown = color_at(picture, 0.5, 0.5)
    assert abs(shown[0] - 1000 % 256) < 24
    assert abs(shown[1] - 700 % 256) < 24


def _wait_for_viewer(page: Page) -> None:
    page.wait_for_function(
        """() => [...document.querySelectorAll("tiles-viewer")].every((viewer) => {
          const images = [...viewer.querySelectorAll("img")];
          return images.length && images.every((image) => image.complete);
        })""",
        timeout=PATIENCE,
    )


def test_viewer_shows_pixel_space_and_map(example, page):
    page.goto(f"{example}/pictures/2/?map=1")
    _wait_for_viewer(page)
    assert page.locator("h1").inner_text() == "<b>A scene</b>"
    viewers = page.locator("tiles-viewer")
    for number, name in enumerate(("pixels", "map")):
        picture = screenshot(viewers.nth(number), f"tiles-viewer-{name}")
        assert len(picture.getcolors(2**24)) > 500, name


def test_viewer_zooms_to_the_last_level(example, page):
    page.goto(f"{example}/api/pictures/1/viewer")
    _wait_for_viewer(page)
    viewer = page.locator("tiles-viewer")
    first = int(viewer.get_attribute("data-zoom"))
    viewer.focus()
    for _ in range(3):
        page.keyboard.press("+")
    _wait_for_viewer(page)
    assert int(viewer.get_attribute("data-zoom")) == 3 > first
    box = viewer.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.up()
    _wait_for_viewer(page)
    screenshot(viewer, "tiles-viewer-page")


def test_admin_form_has_viewer(example, page):
    page.goto(f"{example}/admin/pictures/picture/1/change/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", "example")
    page.keyboard.press("Enter")
    page.wait_for_selector("tiles-viewer")
    _wait_for_viewer(page)
    picture = screenshot(page.locator("body"), "admin-widget")
    assert len(picture.getcolors(2**24)) > 500


def test_globe_shows_scene(example, page):
    # Drawn without a GPU, at a price by the pixel.
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(f"{example}/pictures/2/globe/")
    page.wait_for_selector("tiles-globe[data-ready], tiles-globe [role=alert]", timeout=4 * PATIENCE)
    assert page.get_by_role("alert").count() == 0, page.locator("tiles-globe").inner_text()
    picture = screenshot(page.locator("tiles-globe"), "tiles-globe")
    assert len(picture.getcolors(2**24)) > 500
