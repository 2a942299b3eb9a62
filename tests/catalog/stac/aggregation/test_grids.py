"""Cells of grids."""

import pytest
import shapely

from catalog.querying.sql.grids import Grid, Window, centroid_cell, geometry_cells


@pytest.mark.parametrize(
    ("precision", "longitude", "latitude", "key"),
    [
        # As on <https://en.wikipedia.org/wiki/Geohash>.
        (5, -5.6, 42.6, "ezs42"),
        (11, 10.40744, 57.64911, "u4pruydqqvj"),
        (1, -180, -90, "0"),
        (1, 180, 90, "z"),
        (12, 180, 90, "zzzzzzzzzzzz"),
        (2, 0, 0, "s0"),
    ],
)
def test_geohash_of_place_is_the_known_one(precision, longitude, latitude, key):
    grid = Grid("geohash", precision)

    assert grid.key(grid.cell_at(longitude, latitude)) == key


@pytest.mark.parametrize(
    ("zoom", "longitude", "latitude", "key"),
    [
        (0, 13.4, 52.5, "0/0/0"),
        (10, 13.4, 52.5, "10/550/335"),
        (3, -180, 89, "3/0/0"),
        (3, 180, -90, "3/7/7"),
        (29, 0, 0, "29/268435456/268435456"),
    ],
)
def test_tile_of_place_is_the_known_one(zoom, longitude, latitude, key):
    grid = Grid("geotile", zoom)

    assert grid.key(grid.cell_at(longitude, latitude)) == key


def test_window_of_box_that_ends_at_an_edge_stays_before_it():
    assert Grid("geotile", 1).window(-180, 0, 0, 85.06) == Window(0, 0, 0, 0)
    assert Grid("geohash", 1).window(0, 0, 45, 45) == Window(4, 4, 2, 2)
    assert Grid("geohash", 1).window(0, 0, 45.1, 45.1) == Window(4, 5, 2, 3)
    assert Grid("geohash", 3).window(-180, -90, 180, 90).cells == 32_768


def test_geometry_cells_of_triangle_leave_out_what_it_does_not_meet():
    triangle = shapely.Polygon([(0, 0), (44, 0), (0, 44)]).wkb
    world = "[[0, 7, 0, 7]]"
    grid = Grid("geohash", 2)

    whole = {grid.key(int(cell)) for cell in geometry_cells(triangle, "geohash", 2, "[[0, 31, 0, 31]]").split()}
    part = {grid.key(int(cell)) for cell in geometry_cells(triangle, "geohash", 2, "[[16, 17, 16, 17]]").split()}

    assert "s0" in whole
    assert "sz" not in whole
    assert part == {"s0", "s1", "s2", "s3"}
    assert geometry_cells(triangle, "geohash", 1, world) == "20"
    assert geometry_cells(triangle, "geohash", 2, "[[0, 1, 0, 1]]") is None
    assert geometry_cells(None, "geohash", 2, world) is None


def test_geometry_cells_near_a_pole_are_the_outermost():
    cap = shapely.box(-100, 86, 100, 89)

    assert geometry_cells(cap.wkb, "geotile", 1, "[[0, 1, 0, 1]]") == "0 1"
    assert geometry_cells(shapely.box(1, -89, 2, -86).wkb, "geotile", 1, "[[0, 1, 0, 1]]") == "3"


def test_centroid_cell_of_footprint_across_the_antimeridian_lies_on_one_of_its_sides():
    sides = shapely.MultiPolygon([shapely.box(170, 0, 180, 10), shapely.box(-180, 0, -170, 10)])

    assert Grid("geotile", 3).key(centroid_cell(sides.wkb, "geotile", 3)).startswith(("3/7/", "3/0/"))
    assert centroid_cell(None, "geotile", 3) is None
    assert centroid_cell(shapely.Polygon().wkb, "geotile", 3) is None
