"""Many images as one: which pixel is taken, what is left out, one stretch for all."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import shapely
from osgeo import osr

from tests.tiles.rasters import Recipe, write
from tiles.errors import InvalidParameter, SourceNotFound
from tiles.geo.crs import crs_grid
from tiles.geo.grids import TileArea, grid, web_mercator
from tiles.limits import DEFAULT_LIMITS
from tiles.mosaics import gathering
from tiles.mosaics.points import mosaic_points
from tiles.mosaics.resolving import pool_statistics, resolve_mosaic
from tiles.mosaics.selection import SELECTIONS, parse_selection
from tiles.mosaics.tile import render_mosaic
from tiles.mosaics.values import resolve_values
from tiles.rendering.tile import render_area
from tiles.sampling.resampling import Samples
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.sources.statistics import summarize
from tiles.styling.style import Style

SIDE = 16
# Metres of Web Mercator: a tile is half as wide as an image.
CELL = 12.0


@dataclass(frozen=True)
class Member:
    sources: tuple[SourceRef, ...]
    footprint: Any = None


@pytest.fixture
def opened(monkeypatch):
    """Collect the names of the files that are opened for a tile, or taken from the pool."""
    names = []
    lease = gathering.lease_sources

    def counted(refs, **options):
        names.extend(ref.location.rpartition("/")[2] for ref in refs)
        return lease(refs, **options)

    monkeypatch.setattr(gathering, "lease_sources", counted)
    return names


def _footprint(bounds, epsg=32618):
    """Return a box of a UTM zone in degrees."""
    from_utm, to_degrees = osr.SpatialReference(), osr.SpatialReference()
    from_utm.ImportFromEPSG(epsg)
    to_degrees.ImportFromEPSG(4326)
    to_degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    ring = shapely.segmentize(shapely.box(*bounds), 500).exterior.coords
    return shapely.Polygon(
        [point[:2] for point in osr.CoordinateTransformation(from_utm, to_degrees).TransformPoints(list(ring))]
    )


@pytest.fixture
def layers(rng):
    """Pixels of five images and where each is valid."""
    values = rng.integers(0, 3000, (5, SIDE, SIDE, 3)).astype(np.uint16)
    valid = rng.random((5, SIDE, SIDE)) > 0.4
    valid[:, 0, 0] = False
    return values, valid


def _select(name, values, valid):
    selection = SELECTIONS[name]()
    for pixels, shown in zip(values, valid, strict=True):
        selection.add(Samples(pixels, shown.astype(np.uint8) * 255))
    return selection.result()


@pytest.mark.parametrize(
    ("name", "function"),
    [("highest", np.ma.max), ("lowest", np.ma.min), ("mean", np.ma.mean), ("median", np.ma.median)],
)
def test_selection_equals_numpy(layers, name, function):
    values, valid = layers
    found = _select(name, values, valid)
    masked = np.ma.masked_array(values, np.repeat(~valid[..., None], 3, axis=3))
    expected = function(masked, axis=0)
    shown = valid.any(axis=0)
    assert np.array_equal(found.alpha > 0, shown)
    assert np.array_equal(found.pixels[shown], np.rint(expected.filled(0)[shown]).astype(np.uint16))
    assert found.pixels.dtype == np.uint16


def test_selection_first_takes_the_earliest_valid_pixel(layers):
    values, valid = layers
    found = _select("first", values, valid)
    earliest = np.argmax(valid, axis=0)
    expected = np.take_along_axis(values, earliest[None, :, :, None], 0)[0]
    shown = valid.any(axis=0)
    assert np.array_equal(found.pixels[shown], expected[shown])
    assert np.array_equal(found.alpha > 0, shown)


def test_selection_count_counts_images(layers):
    values, valid = layers
    found = _select("count", values, valid)
    assert np.array_equal(found.pixels[:, :, 0], valid.sum(axis=0))


def test_parse_selection_of_unknown_name_says_which_there_are():
    with pytest.raises(InvalidParameter, match="pixel_selection must be one of first, highest"):
        parse_selection("best")


def test_pool_statistics_equals_those_of_all_pixels(rng):
    parts = [rng.normal(center, 50, 40_000) for center in (300, 900, 1500)]
    found = pool_statistics([summarize(part, total=part.size) for part in parts])
    everything = np.concatenate(parts)
    assert found.mean == pytest.approx(everything.mean())
    assert found.stddev == pytest.approx(everything.std())
    expected = np.percentile(everything, (2, 98))
    assert (found.percentile_2, found.percentile_98) == pytest.approx(tuple(expected), rel=0.01)


@pytest.fixture
def mosaic(tmp_path):
    """Two images side by side and one over both, in that order, and a tile's area over the seam."""
    bounds = [
        (300000, 4400000, 305000, 4405000),
        (305000, 4400000, 310000, 4405000),
        (302500, 4400000, 307500, 4405000),
    ]
    members = []
    for number, each in enumerate(bounds):
        path = write(Recipe(bounds=each, dtype="uint16"), tmp_path / f"{number}.tif")
        members.append(Member((SourceRef(str(path), version="1"),), _footprint(each)))
    source = open_source(members[2].sources[0])
    west, south, east, north = source.coverage(web_mercator())[0]
    x, y = (west + east) / 2, (south + north) / 2
    return members, TileArea(x - 128 * CELL, y + 128 * CELL, CELL, -CELL, 256, 256)


def _images(members):
    return [member.sources for member in members]


def test_render_mosaic_opens_nothing_once_every_pixel_is_covered(mosaic, opened):
    members, area = mosaic
    resolved = resolve_mosaic(_images(members), style=Style(), selection="first")
    inner = area.part(100, 100, 32, 32)
    assert render_mosaic([members[2], *members[:2]], web_mercator(), inner, resolved=resolved).used == (0,)
    assert opened == ["2.tif"]


def test_render_mosaic_opens_no_member_that_earlier_ones_cover(mosaic, opened):
    """Three dates of each of two neighbours: a tile on the seam needs one of each, and is full."""
    (left, right, _), area = mosaic
    resolved = resolve_mosaic([left.sources], style=Style(), selection="first")
    found = render_mosaic([left, left, left, right, right], web_mercator(), area, resolved=resolved)
    assert (found.used, opened) == ((0, 3), ["0.tif", "1.tif"])
    assert found.picture.alpha is None


def test_render_mosaic_opens_a_member_beyond_the_limit_when_those_before_are_covered(mosaic, opened):
    (left, right, _), area = mosaic
    resolved = resolve_mosaic([left.sources], style=Style(), selection="first")
    limits = replace(DEFAULT_LIMITS, mosaic_items=2)
    found = render_mosaic([*[left] * 20, right], web_mercator(), area, resolved=resolved, limits=limits)
    assert (found.used, found.incomplete, opened) == ((0, 20), "", ["0.tif", "1.tif"])
    scanned = replace(limits, mosaic_scan=20)
    assert (
        render_mosaic([*[left] * 20, right], web_mercator(), area, resolved=resolved, limits=scanned).incomplete
        == "items"
    )


def test_render_mosaic_opens_what_fills_holes_of_earlier_members(mosaic, tmp_path, opened):
    """Its footprint is that of the image above, which lacks a quarter."""
    (left, right, _), area = mosaic
    bounds = (300000, 4400000, 305000, 4405000)
    holed = write(Recipe(bounds=bounds, dtype="uint16", nodata="value"), tmp_path / "holed.tif")
    over = Member((SourceRef(str(holed), version="1"),), left.footprint)
    resolved = resolve_mosaic([left.sources], style=Style(), selection="first")
    found = render_mosaic([over, left, left, right], web_mercator(), area, resolved=resolved)
    assert (found.used, opened) == ((0, 1, 3), ["holed.tif", "0.tif", "1.tif"])
    assert found.picture.alpha is None


def test_render_mosaic_names_no_member_that_adds_no_pixel(mosaic):
    """A footprint that promises more than the image has."""
    (left, right, over), area = mosaic
    resolved = resolve_mosaic([left.sources], style=Style(), selection="first")
    boast = Member(left.sources, over.footprint)
    found = render_mosaic([left, boast, right], web_mercator(), area, resolved=resolved)
    assert found.used == (0, 2)


def test_render_mosaic_of_many_dates_opens_few_whose_footprints_hardly_differ(tmp_path, opened):
    """A tile beyond their edge is never full; what differs by less than a pixel promises no more than an edge."""
    bounds = (500000, 5400000, 505000, 5405000)
    path = write(Recipe(bounds=bounds, epsg=32631), tmp_path / "scene.tif")
    footprint = _footprint(bounds, 32631)
    chance = np.random.default_rng(1)
    members = [
        Member(
            (SourceRef(str(path), version=str(number)),),
            shapely.affinity.translate(footprint, *chance.normal(0, 2e-5, 2)),
        )
        for number in range(300)
    ]
    west, south, _, _ = open_source(members[0].sources[0]).coverage(web_mercator())[0]
    area = TileArea(west - 640, south + 640, 10.0, -10.0, 128, 128)
    resolved = resolve_mosaic([members[0].sources], style=Style(), selection="first")
    found = render_mosaic(members, web_mercator(), area, resolved=resolved)
    assert (found.used, found.incomplete) == ((0,), "")
    assert len(opened) < 40


@pytest.mark.parametrize("name", ["WebMercatorQuad", "WorldCRS84Quad", "UTM31WGS84Quad", "EuropeanETRS89_LAEAQuad"])
def test_gaps_are_told_in_every_grid(tmp_path, name, opened):
    bounds = (500000, 5400000, 505000, 5405000), (505000, 5400000, 510000, 5405000)
    members = []
    for number, each in enumerate(bounds):
        path = write(Recipe(bounds=each, epsg=32631), tmp_path / f"{number}.tif")
        members.append(Member((SourceRef(str(path), version="1"),), _footprint(each, 32631)))
    chosen = grid(name)
    west, south, east, north = open_source(members[1].sources[0]).coverage(chosen)[0]
    cell = (east - west) / 128
    # Its left half is the first image's, its right half the second's.
    area = TileArea(west - 64 * cell, (south + north) / 2 + 64 * cell, cell, -cell, 128, 128)
    resolved = resolve_mosaic(_images(members), style=Style(), selection="first")
    found = render_mosaic([members[0], members[0], members[1], *members], chosen, area, resolved=resolved)
    assert found.used == (0, 2)
    assert opened == ["0.tif", "1.tif"]


def test_mosaic_points_open_no_member_without_a_missing_point(mosaic, opened):
    """Two points in the left image and one in the right one: the one over the seam between them has neither."""
    (left, right, over), _ = mosaic
    points = np.array([[301000.0, 4402000], [302000, 4402000], [309000, 4402000]])
    resolved = resolve_values((open_source(left.sources[0]),), style=Style(indexes=(1,)), selection="first")
    utm = crs_grid("EPSG:32618")
    found = mosaic_points([left, over, left, right], points, utm, resolved=resolved)
    assert (found.used, opened) == ({0, 3}, ["0.tif", "1.tif"])
    assert found.layers[0].shown.all()
    opened.clear()
    unknown = Member(over.sources)
    assert mosaic_points([left, unknown, right], points, utm, resolved=resolved).used == {0, 2}
    assert opened == ["0.tif", "2.tif", "1.tif"]


def test_render_mosaic_of_more_than_the_limit_says_so(mosaic):
    members, area = mosaic
    resolved = resolve_mosaic(_images(members), style=Style(), selection="mean")
    limits = replace(DEFAULT_LIMITS, mosaic_items=1)
    found = render_mosaic(members, web_mercator(), area, resolved=resolved, limits=limits)
    assert (found.used, found.incomplete) == ((0,), "items")
    found = render_mosaic(members, web_mercator(), area, resolved=resolved, limits=replace(limits, mosaic_seconds=-1))
    assert (found.used, found.incomplete) == ((), "time")


def test_render_mosaic_leaves_out_what_cannot_be_read(mosaic):
    members, area = mosaic
    resolved = resolve_mosaic(_images(members), style=Style(), selection="first")
    absent = Member((SourceRef("/nowhere/absent.tif", version="1"),))
    found = render_mosaic([absent, *members], web_mercator(), area, resolved=resolved)
    assert found.incomplete == "unreadable"
    assert 1 in found.used
    with pytest.raises(SourceNotFound):
        render_mosaic([absent], web_mercator(), area, resolved=resolved)


@pytest.mark.parametrize(
    "style", [Style(), Style(indexes=(2,), colormap="viridis"), Style(expression="(b1-b2)/(b1+b2)")]
)
def test_render_mosaic_of_one_image_is_that_image(mosaic, style):
    """Its own stretch, bands and colors."""
    members, area = mosaic
    source = open_source(members[2].sources[0])
    resolved = resolve_mosaic([members[2].sources], style=style, selection="first")
    found = render_mosaic([members[2]], web_mercator(), area, resolved=resolved).picture
    expected = render_area(source, web_mercator(), area, style=style)
    assert np.array_equal(found.colors, expected.colors)


def test_render_mosaic_of_several_assets_computes_between_them(mosaic):
    members, area = mosaic
    pair = members[2].sources * 2
    style = Style(expression="b1-b2", rescale=((-1.0, 1.0),))
    resolved = resolve_mosaic([pair], style=style, selection="mean")
    picture = render_mosaic([Member(pair)], web_mercator(), area, resolved=resolved).picture
    shown = picture.alpha > 0 if picture.alpha is not None else np.ones(picture.pixels.shape[:2], bool)
    assert set(np.unique(picture.pixels[shown])) <= {127, 128}
