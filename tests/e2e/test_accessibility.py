"""axe finds nothing on any page or panel, light and dark."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from frontend import bundle
from tests.e2e.maps import wait_for_map, wait_for_tiles

pytestmark = pytest.mark.django_db(transaction=True)

AXE = Path(bundle.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
THEMES = ("light", "dark")


# Colors on their way from one theme to the other have no contrast to speak of: they are put at their end. What inherits
# one begins a frame later. They aren't waited for, since what lies in something that is folded never ends.
SETTLED = """async () => {
  for (let quiet = 0, frame = 0; quiet < 6 && frame < 120; quiet += 1, frame += 1) {
    await new Promise((done) => requestAnimationFrame(done));
    const passing = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().iterations < 9);
    if (passing.length) quiet = 0;
    passing.forEach((each) => each.finish());
  }
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds: each rule with the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(f"axe.run(document, {json.dumps(RULES)})")
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found["violations"]]


def in_both_themes(page: Page) -> dict[str, list[str]]:
    found = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # They are two of its words.
        page.evaluate(SETTLED)
        found[theme] = violations(page)
    return found


NOTHING: dict[str, list[str]] = {theme: [] for theme in THEMES}


@pytest.mark.parametrize(
    "path", ["/", "/collections/scenes/", "/items/scenes/east/", "/items/slides/slide/", "/sign-in/"]
)
def test_axe_finds_nothing_on_pages(visitor, imagery, path):
    del imagery
    assert in_both_themes(visitor.open(path)) == NOTHING


def test_axe_finds_nothing_on_the_ingest_page(visitor, signed_in):
    del signed_in
    page = visitor.open("/ingest/")
    expect(page.get_by_label("STAC links")).to_be_visible()
    assert in_both_themes(page) == NOTHING


def test_axe_finds_nothing_in_the_explorers_panels(visitor, imagery):
    del imagery
    page = visitor.open("/explore/?v=1&collection=scenes")
    wait_for_map(page)
    found = {"results": in_both_themes(page)}
    page.get_by_text("More filters").click()
    expect(page.locator("geo-conditions .hint, geo-conditions .conditions")).to_be_visible()
    page.get_by_text("Saved searches").click()
    found["filters"] = in_both_themes(page)
    page.locator("[data-action=take]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found["take away"] = in_both_themes(page)
    page.keyboard.press("Escape")
    page.locator(".result[data-key]").first.click()
    wait_for_tiles(page.locator("geo-map"))
    page.locator(".legend").click()
    expect(page.locator("geo-render .swatch").or_(page.locator("geo-render .segmented")).first).to_be_visible()
    found["display"] = in_both_themes(page)
    assert {name: each for name, each in found.items() if each != NOTHING} == {}


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("layer=mosaic&at=15.03,45.13", "geo-series geo-chart"),
        ("in=scenes&item=east&draw=Polygon:15.02,45.125;15.04,45.125;15.04,45.14", "geo-measure table"),
        ("in=slides&item=slide&draw=LineString:100,900;900,900", "geo-measure geo-chart"),
    ],
)
def test_axe_finds_nothing_in_panels_below_the_map(visitor, imagery, query, seen):
    del imagery
    page = visitor.open(f"/explore/?v=1&collection=scenes&map=11,45.13,15.03&{query}")
    expect(page.locator(seen).first).to_be_visible()
    # The inset's tiles too, or they would be under way when their file is gone.
    page.wait_for_load_state("networkidle")
    wait_for_tiles(page.locator("geo-pixels" if "slides" in query else "geo-map"))
    assert in_both_themes(page) == NOTHING
