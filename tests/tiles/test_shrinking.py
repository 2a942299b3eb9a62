"""The kernel by which many pixels become one."""

import numpy as np
import pytest

from tiles.sampling.reading import SMOOTH_ABOVE, smooth

SIDE = 33


def spread(ratio: tuple[float, float]) -> tuple[float, float, float]:
    """Measure what smoothing makes of a single bright pixel: its sum, and the variance of columns and rows."""
    point = np.zeros((SIDE, SIDE), np.float32)
    point[SIDE // 2, SIDE // 2] = 1
    (out,), valid = smooth((point,), None, ratio)
    assert valid is None
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    return float(out.sum()), float((out * columns**2).sum()), float((out * rows**2).sum())


@pytest.mark.parametrize("ratio", [1.21, 1.5, 1.999, 2.0, 2.001, 2.7, 3.0, 3.5, 4.0])
def test_smooth_spreads_as_a_triangle_less_what_sampling_adds(ratio):
    total, across, down = spread((ratio, ratio))
    assert (total, across, down) == pytest.approx((1, (ratio**2 - 1) / 6, (ratio**2 - 1) / 6), abs=1e-5)


def test_smooth_leaves_what_is_nearly_as_fine_as_the_output():
    assert spread((SMOOTH_ABOVE, 0.3)) == (1, 0, 0)


def test_smooth_of_uneven_pixels_spreads_along_the_fine_side_only():
    total, across, down = spread((3.0, 1.0))
    assert (total, across, down) == pytest.approx((1, 8 / 6, 0), abs=1e-5)


def test_smooth_leaves_out_what_is_missing():
    values = np.full((SIDE, SIDE), 100, np.uint16)
    values[:, SIDE // 2 :] = 60_000
    valid = np.where(values == 100, np.uint8(255), np.uint8(0))
    (out,), kept = smooth((values,), valid, (2.5, 2.5))
    assert kept is not None
    assert (out[kept > 0] == 100).all()


def test_smooth_of_very_many_pixels_averages_groups_first():
    noise = np.indices((64, 64)).sum(axis=0).astype(np.uint8) % 2 * np.uint8(200)
    (out,), _ = smooth((noise,), None, (8.0, 8.0))
    assert out.shape == (16, 16)
    assert (out == 100).all()
