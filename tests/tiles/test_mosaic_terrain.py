"""Terrain of a mosaic: as of one elevation model, whatever files its heights come in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from osgeo import gdal

from tests.tiles.test_terrain import CENTER, write
from tiles.errors import InvalidParameter
from tiles.geo.grids import web_mercator
from tiles.mosaics.resolving import resolve_mosaic
from tiles.mosaics.tile import render_mosaic
from tiles.rendering.tile import render_tile
from tiles.sources.pool import POOL
from tiles.sources.reference import SourceRef
from tiles.styling.style import parse_style


@dataclass(frozen=True)
class Member:
    sources: tuple[SourceRef, ...]
    footprint: Any = None


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write(tmp_path_factory.mktemp("terrain") / "heights.tif")


@pytest.fixture(scope="module")
def halves(whole, tmp_path_factory):
    """Write the same heights in two files that meet, and share two columns, in the middle of `CENTER`."""
    folder = tmp_path_factory.mktemp("halves")
    with POOL.lease(whole) as source:
        west, _, east, _ = source.coverage(web_mercator())[0]
        tile = web_mercator().tile(12, *CENTER).box
        middle = round(source.width * ((tile[0] + tile[2]) / 2 - west) / (east - west))
        width, height = source.width, source.height
    members = []
    for name, left, right in (("west", 0, middle + 1), ("east", middle - 1, width)):
        path = str(folder / f"{name}.tif")
        gdal.Translate(path, whole.location, srcWin=[left, 0, right - left, height])
        members.append(Member((SourceRef(path, version="1"),)))
    return members


@pytest.mark.parametrize("selection", ["first", "mean", "highest"])
@pytest.mark.parametrize("name", ["hillshade", "slope", "aspect", "contours", "terrarium", "terrainrgb"])
def test_terrain_of_two_files_is_that_of_one(whole, halves, name, selection):
    style = parse_style({"algorithm": name})
    area = web_mercator().tile(12, *CENTER)
    with POOL.lease(whole) as source:
        expected = render_tile(source, web_mercator(), 12, *CENTER, style=style)
    resolved = resolve_mosaic([member.sources for member in halves], style=style, selection=selection)
    found = render_mosaic(halves, web_mercator(), area, resolved=resolved)
    assert found.used == (0, 1)
    assert found.picture.pixels.shape == expected.pixels.shape
    if name in ("terrarium", "terrainrgb"):
        tolerance = 0.2
        scale = {"terrarium": (256, 1, 1 / 256), "terrainrgb": (6553.6, 25.6, 0.1)}[name]
        apart = np.abs((found.picture.pixels.astype(float) - expected.pixels) @ scale)
    else:
        tolerance = 3
        apart = np.abs(found.picture.pixels.astype(int) - expected.pixels)
        apart = np.minimum(apart, 255 - apart) if name == "aspect" else apart
    # Where the files meet, heights between two pixels are one file's only: half a pixel of slope.
    assert np.percentile(apart, 99) <= tolerance
    assert (apart <= tolerance).mean(axis=0).min() > 0.5, "no column is a seam"


def test_terrain_has_no_margin_of_missing_pixels(halves):
    style = parse_style({"algorithm": "hillshade"})
    resolved = resolve_mosaic([member.sources for member in halves], style=style, selection="first")
    found = render_mosaic(halves, web_mercator(), web_mercator().tile(12, *CENTER), resolved=resolved)
    assert found.picture.alpha is None


def test_terrain_of_counts_is_refused(halves):
    with pytest.raises(InvalidParameter, match="count"):
        resolve_mosaic([halves[0].sources], style=parse_style({"algorithm": "slope"}), selection="count")
