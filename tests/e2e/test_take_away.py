"""Results as files, the address to share, and the same questions for other programs."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.maps import wait_for_tiles

pytestmark = pytest.mark.django_db(transaction=True)


def test_take_away_results_as_files(visitor, imagery):
    del imagery
    page = visitor.open("/explore/?v=1&collection=scenes")
    page.locator("[data-action=take]").click()
    dialog = page.get_by_role("dialog", name="Take away")
    expect(dialog).to_contain_text("2 items as a file")
    saved = {}
    for name in ("CSV", "GeoJSON", "GeoParquet"):
        with page.expect_download() as download:
            dialog.get_by_text(name, exact=True).click()
        saved[name] = download.value.path().read_bytes()
    lines = saved["CSV"].decode().splitlines()
    assert lines[0].startswith("collection,id,west,south,east,north,datetime")
    assert sorted(line.split(",")[1] for line in lines[1:]) == ["east", "west"]
    assert len(json.loads(saved["GeoJSON"])["features"]) == 2
    assert saved["GeoParquet"].startswith(b"PAR1")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_take_away_snippets_of_search_and_item(visitor, imagery):
    del imagery
    page = visitor.open("/explore/?v=1&collection=scenes&from=2024-05-01&in=scenes&item=east")
    wait_for_tiles(page.locator("geo-map"))
    page.locator("[data-action=take-item]").click()
    dialog = page.get_by_role("dialog", name="Take away")
    search = dialog.locator("[data-snippets=search] pre")
    expect(search).to_contain_text('collections=["scenes"]')
    expect(search).to_contain_text(f'Client.open("{visitor.site}/stac/")')
    dialog.locator("[data-snippets=search] [data-snippet=curl]").click()
    expect(search).to_contain_text('"datetime":"2024-05-01T00:00:00Z/.."')
    dialog.locator("[data-snippets=item] [data-snippet=qgis]").click()
    expect(dialog.locator("[data-snippets=item] pre")).to_contain_text(re.compile(r"\{z\}/\{x\}/\{y\}"))
    expect(dialog.get_by_role("textbox", name="Address of what is shown")).to_have_value(page.url)


def test_take_away_slide_has_deep_zoom_and_iiif(visitor, imagery):
    del imagery
    page = visitor.open("/explore/?v=1&in=slides&item=slide")
    wait_for_tiles(page.locator("geo-pixels"))
    page.locator("[data-action=take-item]").click()
    item = page.get_by_role("dialog", name="Take away").locator("[data-snippets=item]")
    for name, end in {"deepzoom": "deepzoom.dzi", "iiif": "iiif/info.json"}.items():
        item.locator(f"[data-snippet={name}]").click()
        address = item.locator("pre").inner_text()
        assert address.endswith(end)
        assert page.request.get(address).ok
