"""The colors that values run through: a color map's name, a color, or a list of colors."""

from typing import Any

from tiles.errors import InvalidParameter
from tiles.styling.colormaps import MAX_RAMP_COLORS, Color, canonical_name, ramp_name
from tiles.styling.colors import parse_color

SCHEMES = ("linear", "discrete")


def parse_palette(value: Any, *, scheme: str = "") -> str:
    """The name for `colormaps.color_table` of a palette. Raises InvalidParameter."""
    if isinstance(value, str):
        if not (value.startswith("#") or "," in value):
            try:
                return canonical_name(value)
            except InvalidParameter as error:
                return ramp_name([_named(value, error)])
        value = value.split(",")
    if not isinstance(value, list):
        raise InvalidParameter("palette is a color map's name, a color, or a list of colors")
    if len(value) > MAX_RAMP_COLORS:
        raise InvalidParameter(f"palette has {len(value)} colors; the limit is {MAX_RAMP_COLORS}")
    return ramp_name([parse_color(_in_bytes(color), name="palette") for color in value], discrete=scheme == "discrete")


def _named(value: str, unknown: InvalidParameter) -> Color:
    """A CSS color; one that is none was meant as a color map's name."""
    try:
        return parse_color(value, name="palette")
    except InvalidParameter:
        raise unknown from None


def _in_bytes(color: Any) -> Any:
    """Shares of light, as large-image writes lists of numbers, within 0-255."""
    if isinstance(color, list) and color and all(type(part) in (int, float) and 0 <= part <= 1 for part in color):
        return [round(part * 255) for part in color]
    return color
