"""large-image's style document: ``style={"bands": [{"band": 1, "palette": "#f00", "min": "auto"}]}``.

A strict schema: `BAND_KEYS`, of which none names code to run, as large-image's own ``function`` does.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

from tiles.errors import InvalidParameter
from tiles.limits import DEFAULT_LIMITS

from .colormaps import MAX_RAMP_COLORS, Color, canonical_name, ramp_name
from .colors import parse_color
from .parameters import number
from .stretch import Stretch, parse_bound

BAND_KEYS = ("band", "palette", "min", "max", "nodata", "frame", "scheme")
BAND_NAMES = {"red": 1, "green": 2, "blue": 3, "gray": 1, "grey": 1}
SCHEMES = ("linear", "discrete")
# What bands are shown in when nothing says so.
LIGHTS = ("ff0000", "00ff00", "0000ff")
MAX_FRAME = 1_000_000


@dataclass(frozen=True, slots=True)
class Document:
    """What a style document says. ``palettes``: a name for `colormaps.color_table` for each band, or none."""

    indexes: tuple[int, ...] = ()
    stretch: tuple[Stretch, ...] = ()
    palettes: tuple[str, ...] = ()
    nodata: float | None = None
    frame: int | None = None


def parse_document(text: str) -> Document:
    """Raises InvalidParameter, naming the key."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidParameter("style is no JSON document") from None
    if not isinstance(found, dict) or not found:
        raise InvalidParameter("style is an object with bands, or with the keys of one band")
    if "bands" not in found:
        return _document([_checked(found)])
    if set(found) != {"bands"}:
        raise InvalidParameter(f"style has {_names(set(found) - {'bands'})} beside its bands")
    bands = found["bands"]
    if not isinstance(bands, list) or not 1 <= len(bands) <= DEFAULT_LIMITS.bands:
        raise InvalidParameter(f"style: bands is a list of 1-{DEFAULT_LIMITS.bands} objects")
    return _document([_checked(band) for band in bands])


def _checked(band: Any) -> dict[str, Any]:
    if not isinstance(band, dict):
        raise InvalidParameter("style: each of the bands is an object")
    if unknown := set(band) - set(BAND_KEYS):
        raise InvalidParameter(f"style knows {', '.join(BAND_KEYS)}, not {_names(unknown)}")
    return {key: value for key, value in band.items() if value is not None}


def _names(keys: set[str]) -> str:
    return ", ".join(repr(key[:30]) for key in sorted(keys)[:5])


def _document(bands: list[dict[str, Any]]) -> Document:
    numbers = [_band_number(band.get("band", -1)) for band in bands]
    if len(bands) > 1 and None in numbers:
        raise InvalidParameter("style: each of several bands says its number as band")
    schemes = [_scheme(band) for band in bands]
    palettes = tuple(
        parse_palette(band["palette"], scheme=scheme) if "palette" in band else ""
        for band, scheme in zip(bands, schemes, strict=True)
    )
    return Document(
        indexes=tuple(index for index in numbers if index),
        stretch=_stretches(bands),
        palettes=_shown(palettes),
        nodata=_one(bands, "nodata", _nodata),
        frame=_one(bands, "frame", _frame),
    )


def _band_number(value: Any) -> int | None:
    """None: the image as it is, which large-image spells -1."""
    if isinstance(value, str) and value.lower() in BAND_NAMES:
        return BAND_NAMES[value.lower()]
    if isinstance(value, bool) or not isinstance(value, int) or not (value == -1 or 1 <= value < 100_000):
        raise InvalidParameter("style: band is a number from 1, or red, green, blue or gray")
    return None if value == -1 else value


def _stretches(bands: list[dict[str, Any]]) -> tuple[Stretch, ...]:
    if not any("min" in band or "max" in band for band in bands):
        return ()
    return tuple((_bound(band, "min"), _bound(band, "max")) for band in bands)


def _bound(band: dict[str, Any], name: str) -> Any:
    value = band.get(name, "auto")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidParameter(f"style: {name} is a number, auto, min, max or full")
    return parse_bound(f"style: {name}", value, is_high=name == "max")


def _shown(palettes: tuple[str, ...]) -> tuple[str, ...]:
    """None when bands are just red, green and blue, or one is gray."""
    lights = tuple(_light(color) for color in LIGHTS)
    filled = tuple(name or (lights[i] if i < len(lights) else _light("ffffff")) for i, name in enumerate(palettes))
    if len(palettes) == 1:
        return palettes if palettes[0] else ()
    return () if filled == lights else filled


def _light(color: str) -> str:
    return f"ramp|000000ff,{color}ff"


def _one(bands: list[dict[str, Any]], key: str, parse: Any) -> Any:
    """The value that all bands share."""
    found = [parse(band[key]) if key in band else None for band in bands]
    if any(value != found[0] and not (value != value and found[0] != found[0]) for value in found):  # noqa: PLR0124 -- NaN
        raise InvalidParameter(f"style: all bands have the same {key}")
    return found[0]


def _nodata(value: Any) -> float:
    if isinstance(value, str) and value.lower() == "nan":
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidParameter("style: nodata is a number")
    return number("style: nodata", str(value))


def _frame(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_FRAME:
        raise InvalidParameter("style: frame is a whole number from 0")
    return value


def _scheme(band: dict[str, Any]) -> str:
    scheme = band.get("scheme", SCHEMES[0])
    if scheme not in SCHEMES:
        raise InvalidParameter(f"style: scheme is one of {', '.join(SCHEMES)}")
    return str(scheme)


def parse_palette(value: Any, *, scheme: str = "") -> str:
    """The name for `colormaps.color_table` of a palette: a color map's name, a color, or a list of colors."""
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
    return ramp_name([parse_color(color, name="palette") for color in value], discrete=scheme == "discrete")


def _named(value: str, unknown: InvalidParameter) -> Color:
    """A CSS color; one that is none was meant as a color map's name."""
    try:
        return parse_color(value, name="palette")
    except InvalidParameter:
        raise unknown from None
