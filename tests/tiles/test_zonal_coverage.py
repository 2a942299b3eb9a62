"""Shares of pixels within polygons, against GEOS' areas of intersections."""

import numpy as np
import pytest
import shapely

from tiles.errors import TooLarge
from tiles.regions import zonal_coverage
from tiles.regions.zonal_coverage import coverage_fractions, oriented_rings

WIDTH, HEIGHT = 20, 15


def rings_of(shape) -> list[np.ndarray]:
    rings, holes = [], []
    for polygon in shapely.get_parts(shape):
        rings += [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
        holes += [False] + [True] * len(polygon.interiors)
    return oriented_rings(rings, hole=holes)


def areas(shape) -> np.ndarray:
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return shapely.area(shapely.intersection(shapely.box(columns, rows, columns + 1, rows + 1), shape))


def shares(shape) -> np.ndarray:
    return coverage_fractions(rings_of(shape), width=WIDTH, height=HEIGHT)


@pytest.mark.parametrize("whole", [False, True], ids=["fractions", "whole numbers"])
@pytest.mark.parametrize("kind", ["convex", "hole", "parts"])
def test_shares_are_the_areas_of_intersections(rng, whole, kind):
    for _ in range(40):
        points = rng.uniform(-5, 25, (12, 2))
        shape = shapely.MultiPoint(np.round(points) if whole else points).convex_hull
        if kind == "hole":
            shape = shape.difference(shapely.Point(10, 7).buffer(rng.uniform(1, 3)))
        if kind == "parts":
            shape = shape.difference(shapely.box(9.5, -30, 10.25, 50))
        assert np.abs(shares(shape) - areas(shape)).max() < 1e-9


def test_shares_do_not_depend_on_direction():
    shape = shapely.Polygon([(2, 2), (12.5, 3), (9, 11.5)], [[(7, 5), (8, 5), (8, 6)]])
    assert (shares(shape) == shares(shapely.reverse(shape))).all()


@pytest.mark.parametrize(
    ("box", "total"),
    [
        ((0, 0, WIDTH, HEIGHT), WIDTH * HEIGHT),
        ((-9, -9, 99, 99), WIDTH * HEIGHT),
        ((-9, 2, 0, 5), 0),
        ((20, 2, 30, 5), 0),
    ],
)
def test_shares_at_the_images_edge(box, total):
    assert shares(shapely.box(*box)).sum() == total


def test_shares_smaller_than_a_pixel():
    assert shares(shapely.box(3.25, 4.5, 3.5, 4.75)).sum() == pytest.approx(0.0625)


def test_shares_of_many_vertices_are_exact_and_worked_on_in_parts(monkeypatch):
    angle = np.linspace(0, 2 * np.pi, 20_001)
    radius = 6 + np.sin(angle * 400)
    points = np.stack([10 + radius * np.cos(angle), 7 + radius * np.sin(angle)], axis=1)
    points[-1] = points[0]
    whole = coverage_fractions([points], width=WIDTH, height=HEIGHT)
    assert whole.sum() == pytest.approx(shapely.intersection(shapely.Polygon(points), shapely.box(0, 0, 20, 15)).area)
    monkeypatch.setattr(zonal_coverage, "CHUNK_PIECES", 1000)
    assert np.abs(coverage_fractions([points], width=WIDTH, height=HEIGHT) - whole).max() < 1e-9


def test_edges_across_too_many_pixels_are_too_large(monkeypatch):
    monkeypatch.setattr(zonal_coverage, "MAX_PIECES", 10)
    with pytest.raises(TooLarge, match="the limit is 10"):
        shares(shapely.box(1, 1, 9, 9))
