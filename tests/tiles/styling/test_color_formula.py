"""``color_formula``: its grammar, the bounds of each number, and what it does to pixels."""

import numpy as np
import pytest

from tiles.errors import InvalidParameter
from tiles.styling.color_formula import MAX_OPERATIONS, RANGES, apply_formula, parse_formula

RAMP = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
# Of each number: how the formula is written around it.
WRITTEN = {
    "gamma": ("gamma RGB {}",),
    "sigmoidal": ("sigmoidal RGB {} 0.5", "sigmoidal RGB 3 {}"),
    "saturation": ("saturation {}",),
}
BOUNDS = [
    (text, lowest, highest)
    for name, limits in RANGES.items()
    for text, (lowest, highest, _) in zip(WRITTEN[name], limits, strict=True)
]


@pytest.mark.parametrize(("text", "lowest", "highest"), BOUNDS)
def test_numbers_of_a_formula_are_within_their_bounds(text, lowest, highest):
    for inside in (lowest, highest):
        assert parse_formula(text.format(inside)).text
    for outside in (lowest - 0.001, highest + 0.001, highest * 10, "nan", "inf", "-inf", "x", ""):
        with pytest.raises(InvalidParameter, match=r"^color_formula: .* is within"):
            parse_formula(text.format(outside))


def test_bounds_of_a_formula_are_those_that_are_documented():
    assert RANGES == {
        "gamma": ((0.01, 100.0, "gamma"),),
        "sigmoidal": ((-100.0, 100.0, "contrast"), (0.0, 1.0, "bias")),
        "saturation": ((0.0, 10.0, "proportion"),),
    }


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Gamma bgr 1.50", "gamma RGB 1.5"),
        ("gamma rr 2", "gamma R 2"),
        ("sigmoidal b 3 .5,saturation 1.10", "sigmoidal B 3 0.5, saturation 1.1"),
        (", ".join(["gamma R 2"] * MAX_OPERATIONS), ", ".join(["gamma R 2"] * MAX_OPERATIONS)),
    ],
)
def test_formula_has_one_spelling(text, canonical):
    assert parse_formula(text).text == canonical


@pytest.mark.parametrize(
    "text",
    [
        *("", " , ", "brighten RGB 2", "gamma", "gamma X 2", "gamma RGBR 2", "gamma 2", "gamma RGB 2 3"),
        ", ".join(["gamma R 2"] * (MAX_OPERATIONS + 1)),
    ],
)
def test_formula_that_is_none_is_refused_by_name(text):
    with pytest.raises(InvalidParameter, match=r"^color_formula"):
        parse_formula(text)


def test_operations_follow_one_another():
    twice = apply_formula(RAMP, parse_formula("gamma RGB 2, gamma RGB 2"))
    assert np.abs(twice.astype(int) - apply_formula(RAMP, parse_formula("gamma RGB 4"))).max() <= 1
    mixed = apply_formula(RAMP, parse_formula("gamma R 2, saturation 0, gamma B 2"))
    gray = apply_formula(apply_formula(RAMP, parse_formula("gamma R 2")), parse_formula("saturation 0"))
    assert (mixed == apply_formula(gray, parse_formula("gamma B 2"))).all()


def test_contrast_without_strength_changes_nothing():
    assert (apply_formula(RAMP, parse_formula("sigmoidal RGB 0 0.3")) == RAMP).all()


def test_sigmoidal_contrast_is_undone_by_its_negative():
    there = apply_formula(RAMP, parse_formula("sigmoidal RGB 5 0.6, sigmoidal RGB -5 0.6"))
    assert np.abs(there.astype(int) - RAMP).max() <= 1


def test_saturation_leaves_light_and_moves_color():
    color = np.full((1, 1, 3), (160, 120, 100), np.uint8)
    assert np.abs(apply_formula(color, parse_formula("saturation 1")).astype(int) - color).max() <= 2
    strong = apply_formula(color, parse_formula("saturation 2"))[0, 0].astype(int)
    assert np.ptp(strong) > 1.7 * np.ptp(color)


def test_one_channel_counts_as_red_and_has_no_saturation():
    gray = np.ascontiguousarray(RAMP[:, :, :1])
    assert (apply_formula(gray, parse_formula("gamma GB 3, saturation 0")) == gray).all()
    red = apply_formula(gray, parse_formula("gamma R 3"))
    assert (red == apply_formula(RAMP, parse_formula("gamma R 3"))[:, :, :1]).all()
