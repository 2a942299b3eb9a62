"""Where places lie on the page's map, from the view that its address holds."""

import math
import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

# Milliseconds: a cold first tile on a busy machine.
PATIENCE = 30_000
TILE = 256
NOT_ZERO = re.compile(r"^[1-9]")


def wait_for_map(page: Page) -> Locator:
    """Return the map once everything it asked for is drawn."""
    chart = page.locator("geo-map")
    expect(chart).to_have_attribute("data-ready", "")
    return chart


def wait_for_tiles(viewer: Locator) -> None:
    """Until imagery tiles are there and drawn."""
    expect(viewer).to_have_attribute("data-tiles", NOT_ZERO)
    expect(viewer).to_have_attribute("data-ready", "")


def _mercator(lon: float, lat: float) -> tuple[float, float]:
    """Return the place as parts of the world's width and height, from the upper left."""
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return (lon + 180) / 360, y


def position_of(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Return the place's x and y on the page, in CSS pixels."""
    zoom, center_lat, center_lon = (float(each) for each in parse_qs(urlsplit(page.url).query)["map"][0].split(","))
    box = page.locator("geo-map").bounding_box()
    assert box is not None
    world = TILE * 2**zoom
    (x, y), (center_x, center_y) = _mercator(lon, lat), _mercator(center_lon, center_lat)
    return (
        box["x"] + box["width"] / 2 + (x - center_x) * world,
        box["y"] + box["height"] / 2 + (y - center_y) * world,
    )
