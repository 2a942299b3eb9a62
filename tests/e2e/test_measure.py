"""Distances and areas drawn on imagery, what it holds there, and files of that."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Item
from tests.e2e.maps import position_of, wait_for_tiles

pytestmark = pytest.mark.django_db(transaction=True)

EAST = (15.03, 45.13)


@pytest.fixture
def explorer(visitor, imagery) -> Page:
    del imagery
    page = visitor.open("/explore/?v=1&in=scenes&item=east&map=13,45.13,15.06")
    wait_for_tiles(page.locator("geo-map"))
    return page


def draw(page: Page, *places: tuple[float, float]) -> None:
    for lon, lat in places[:-1]:
        page.mouse.click(*position_of(page, lon, lat))
    page.mouse.dblclick(*position_of(page, *places[-1]))


def test_measure_line_tells_its_length_and_the_values_along_it(explorer):
    page = explorer
    page.get_by_role("button", name="Measure a distance").click()
    draw(page, (15.015, 45.13), (15.045, 45.13))
    dock = page.get_by_role("region", name="Measured")
    # 0.03 degrees at this latitude.
    expect(dock.locator("[data-measured]")).to_have_text("2.35 km")
    expect(dock.get_by_role("img", name="b1, b2, b3 along the line")).to_be_visible()
    expect(page).to_have_url(re.compile(r"draw=LineString:15\.01\d*,45\.1"))
    with page.expect_download() as saved:
        dock.get_by_role("button", name="CSV").click()
    header, first, *_, last = saved.value.path().read_text().splitlines()
    assert header == "metres,x,y,b1,b2,b3"
    # Red grows to the east.
    assert int(last.split(",")[3]) - int(first.split(",")[3]) > 50
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("[data-measured]")).to_have_text("2.35 km")
    page.keyboard.press("Escape")
    expect(page.locator("[data-measured]")).to_have_count(0)
    expect(page.locator(".drawer")).to_be_visible()


def test_measure_polygon_tells_statistics_and_gives_the_region(explorer):
    page = explorer
    page.get_by_role("button", name="Measure an area").click()
    draw(page, (15.02, 45.125), (15.04, 45.125), (15.04, 45.14), (15.02, 45.14))
    dock = page.get_by_role("region", name="Measured")
    expect(dock.locator("[data-measured]")).to_have_text(re.compile(r"2\.6\d* km"))
    expect(dock.locator(".zone__table tr")).to_have_count(4)
    expect(dock.get_by_role("img", name="How often each value of b1 occurs")).to_be_visible()
    dock.get_by_role("button", name="b3").click()
    expect(dock.get_by_role("img", name="How often each value of b3 occurs")).to_be_visible()
    for name, start in {"GeoTIFF": b"II", "PNG": b"\x89PNG"}.items():
        with page.expect_download() as saved:
            dock.get_by_role("button", name=name, exact=True).click()
        assert saved.value.path().read_bytes().startswith(start)
    with page.expect_download() as saved:
        dock.get_by_role("button", name="GeoJSON").click()
    assert json.loads(saved.value.path().read_text())["geometry"]["type"] == "Polygon"


def test_measure_polygon_becomes_the_area_of_the_search(explorer):
    page = explorer
    expect(page.locator(".result[data-key]")).to_have_count(3)
    page.get_by_role("button", name="Measure an area").click()
    draw(page, (15.02, 45.125), (15.04, 45.125), (15.04, 45.14))
    page.get_by_role("button", name="Search here").click()
    expect(page.locator(".result[data-key]")).to_have_count(1)
    expect(page).to_have_url(re.compile("area=15.0"))
    expect(page.locator("[data-measured]")).to_have_count(0)


def test_measure_slide_in_micrometres(visitor, imagery):
    del imagery
    slide = Item.objects.get(item_id="slide")
    slide.properties |= {"geodata:pixel_size": [0.5, 0.5]}
    slide.save()
    page = visitor.open("/explore/?v=1&in=slides&item=slide&draw=LineString:1000,1000;2000,1000")
    wait_for_tiles(page.locator("geo-pixels"))
    expect(page.locator("[data-measured]")).to_have_text("500 \N{MICRO SIGN}m")
    expect(page.get_by_role("img", name=re.compile("along the line"))).to_be_visible()
    page.get_by_role("button", name="Measure an area").click()
    box = page.locator("geo-pixels").bounding_box()
    x, y = box["x"] + 200, box["y"] + 200
    for dx, dy in ((0, 0), (200, 0)):
        page.mouse.click(x + dx, y + dy)
    page.mouse.dblclick(x + 200, y + 150)
    expect(page.locator("[data-measured]")).to_contain_text(re.compile("[\N{MICRO SIGN}m]m\N{SUPERSCRIPT TWO}"))
