"""One image's samples over another's, whichever way they are copied."""

import numpy as np
import pytest

from tiles.sampling.resampling import Samples, merge


@pytest.mark.parametrize("bands", [1, 3, 4, 5, 200])
@pytest.mark.parametrize(
    ("below", "above"), [("uint8", "uint8"), ("int32", "int32"), ("uint16", "float32"), ("float64", "float64")]
)
@pytest.mark.parametrize("opaque", [True, False])
def test_merge_takes_the_second_where_it_has_pixels(rng, bands, below, above, opaque):
    shape = (20, 30)
    first = Samples(rng.integers(0, 100, (*shape, bands)).astype(below), None if opaque else _alpha(rng, shape))
    second = Samples(rng.integers(100, 200, (*shape, bands)).astype(above), _alpha(rng, shape))
    kept = [first.pixels.copy(), None if opaque else first.alpha.copy()]
    found = merge(first, second)
    shown = second.alpha > 0
    assert np.array_equal(found.pixels, np.where(shown[:, :, None], second.pixels, first.pixels))
    assert found.pixels.dtype == np.result_type(first.pixels, second.pixels)
    assert np.array_equal(found.alpha, np.where(shown, second.alpha, 255 if opaque else first.alpha))
    assert np.array_equal(first.pixels, kept[0]), "others use it still"
    assert opaque or np.array_equal(first.alpha, kept[1])


def test_merge_with_nothing_or_under_what_is_opaque_is_the_second(rng):
    second = Samples(rng.integers(0, 9, (4, 4, 1)), None)
    assert merge(None, second) is second
    assert merge(Samples(rng.integers(0, 9, (4, 4, 1)), _alpha(rng, (4, 4))), second) is second


def _alpha(rng, shape):
    return rng.choice(np.array([0, 1, 128, 255], np.uint8), shape)
