"""What people draw on a scene or a slide is kept, listed, exported and taken away again."""

import json

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Annotation
from tests.e2e.maps import wait_for_map, wait_for_tiles

pytestmark = pytest.mark.django_db(transaction=True)


def open_annotations(page: Page, *, viewer: str) -> None:
    wait_for_map(page)
    wait_for_tiles(page.locator(viewer))
    page.get_by_role("button", name="Annotations").click()
    expect(page.get_by_text("Nothing is drawn here yet.")).to_be_visible()


def save(page: Page, name: str, note: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Note").fill(note)
    page.get_by_role("radio", name="Green").check(force=True)
    page.get_by_role("button", name="Save", exact=True).click()


@pytest.mark.parametrize(
    ("collection", "item", "viewer"), [("slides", "slide", "geo-pixels"), ("scenes", "east", "geo-map")]
)
def test_annotation_is_drawn_kept_exported_and_deleted(visitor, imagery, signed_in, collection, item, viewer):
    del imagery, signed_in
    page = visitor.open(f"/explore/?v=1&in={collection}&item={item}")
    open_annotations(page, viewer=viewer)
    page.locator("[data-draw=Point]").click()
    box = page.locator(viewer).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.5)
    save(page, "<b>Mitosis</b>", "Look again")
    row = page.locator(".annotation")
    expect(row).to_contain_text("<b>Mitosis</b>")
    expect(row).to_contain_text("owner")
    kept = Annotation.objects.get()
    assert (kept.name, kept.note, kept.color) == ("<b>Mitosis</b>", "Look again", "#2c7d3f")
    x, y = kept.geometry["coordinates"]
    if collection == "slides":
        assert (kept.space, 0 < x < 3000, 0 < y < 2000) == ("pixels", True, True)
    else:
        assert (kept.space, 14 < x < 16, 44 < y < 46) == ("degrees", True, True)

    # As somebody who comes later finds it.
    page.reload()
    wait_for_tiles(page.locator(viewer))
    page.get_by_role("button", name="Annotations 1").click()
    row.locator(".annotation__name").click()
    expect(row.locator(".annotation__name")).to_have_attribute("aria-pressed", "true")
    with page.expect_download() as downloads:
        page.get_by_role("button", name="Save as GeoJSON").click()
    exported = json.loads(downloads.value.path().read_text())
    assert exported["features"][0]["geometry"] == kept.geometry
    page.get_by_role("button", name="Delete <b>Mitosis</b>").click()
    expect(page.get_by_text("Nothing is drawn here yet.")).to_be_visible()
    assert not Annotation.objects.exists()


def test_annotation_of_who_may_not_draw_says_so(visitor, imagery):
    del imagery
    page = visitor.open("/explore/?v=1&in=slides&item=slide&draw=Point:500,500")
    visitor.expected.append("401")
    open_annotations(page, viewer="geo-pixels")
    save(page, "x", "")
    expect(page.get_by_role("alert")).to_contain_text("credentials")
    assert not Annotation.objects.exists()
