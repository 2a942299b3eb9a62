"""Geometries of strangers: checked in bounded time, whatever their edges do."""

import time

import numpy as np
import pytest
import shapely

from tiles.errors import TooLarge
from tiles.geo.footprint import is_valid, overlapping_edges


def polygon(count: int, *, inner: float = 1.0) -> shapely.Polygon:
    """Return a circle, or a star whose every other vertex is that near to the middle."""
    angle = np.linspace(0, 2 * np.pi, count + 1)
    radius = np.where(np.arange(count + 1) % 2, 1.0, inner)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    ring[-1] = ring[0]
    return shapely.Polygon(ring)


@pytest.mark.parametrize("count", [10, 1000, 190_000])
def test_outline_of_any_length_is_valid(count):
    assert is_valid(polygon(count))


def test_small_star_and_bowtie_are_told_apart():
    assert is_valid(polygon(100, inner=0.1))
    assert not is_valid(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))


@pytest.mark.parametrize("inner", [0.1, 0.77])
def test_star_of_many_vertices_is_refused_soon(inner):
    star = polygon(190_000, inner=inner)
    begin = time.process_time()
    with pytest.raises(TooLarge):
        is_valid(star)
    assert time.process_time() - begin < 5


def test_estimate_is_near_the_number_of_pairs():
    star = polygon(2000, inner=0.1)
    edges = shapely.linestrings(
        np.stack([shapely.get_coordinates(star)[:-1], shapely.get_coordinates(star)[1:]], axis=1)
    )
    boxes = shapely.envelope(edges)
    pairs = len(shapely.STRtree(boxes).query(boxes)[0]) / 2
    assert 0.5 < overlapping_edges(star) / pairs < 2
