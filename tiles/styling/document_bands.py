"""One band of a style document: each of its keys, checked."""

import math
from collections.abc import Sequence
from typing import Any

from tiles.errors import InvalidParameter
from tiles.styling.colormaps import GRAY
from tiles.styling.layers import COMPOSITES, LIGHTEN, StyleLayer
from tiles.styling.palettes import SCHEMES, parse_palette
from tiles.styling.parameters import number, whole_number, word
from tiles.styling.stretch import Bound, Stretch, parse_bound

# Of a document as a whole, or of its only band.
OUTER_KEYS = ("dtype", "axis", "icc")
BAND_KEYS = (
    "band", "palette", "min", "max", "nodata", "frame", "framedelta", "scheme", "composite", "clamp", *OUTER_KEYS,
)  # fmt: skip
# Names of bands, which the image's own interpretation gives a number.
COLORS = ("red", "green", "blue", "gray")
ALPHA = "alpha"
# large-image's number of the image as it is.
WHOLE = -1
# The colors that a file has for its values.
OWN_COLORS = "colortable"
MAX_BAND = 65_535
MAX_FRAME = 1_000_000


def checked_keys(found: Any, keys: Sequence[str]) -> dict[str, Any]:
    """The object without what is null. Raises InvalidParameter for other keys than these."""
    if not isinstance(found, dict):
        raise InvalidParameter("style: each of the bands is an object")
    if unknown := set(found) - set(keys):
        names = ", ".join(repr(key[:30]) for key in sorted(unknown)[:5])
        raise InvalidParameter(f"style knows {', '.join(keys)} here, not {names}")
    return {key: value for key, value in found.items() if value is not None}


def parse_layer(band: dict[str, Any]) -> StyleLayer:
    """Raises InvalidParameter, naming the key."""
    scheme = word("style: scheme", band.get("scheme"), SCHEMES)
    return StyleLayer(
        band=_band(band.get("band", 1)),
        palette=_palette(band["palette"], scheme) if "palette" in band else GRAY,
        composite=word("style: composite", band.get("composite"), COMPOSITES) or LIGHTEN,
        clamp=_is_clamped(band.get("clamp", True)),
        nodata=_nodata(band.get("nodata")),
        frame=whole_number("style: frame", band.get("frame"), range(MAX_FRAME)),
        framedelta=whole_number("style: framedelta", band.get("framedelta"), range(-MAX_FRAME, MAX_FRAME)) or 0,
    )


def parse_ends(band: dict[str, Any]) -> Stretch:
    """Where the palette begins and ends. Raises InvalidParameter."""
    return _end(band, "min"), _end(band, "max")


def _band(value: Any) -> int | str:
    found = value
    if isinstance(value, str):
        found = value.lower().replace("grey", "gray")
        if found in COLORS:
            return found
        found = int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else value
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= MAX_BAND:
        raise InvalidParameter(f"style: band is a number from 1, {', '.join(COLORS)} or {ALPHA}")
    return found


def _palette(value: Any, scheme: str) -> str:
    return OWN_COLORS if value == OWN_COLORS else parse_palette(value, scheme=scheme)


def _end(band: dict[str, Any], name: str) -> Bound:
    value = band.get(name, "auto")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidParameter(f"style: {name} is a number, auto, min, max or full")
    return parse_bound(f"style: {name}", value, is_high=name == "max")


def _nodata(value: Any) -> float | None:
    if value is None or value == "auto":
        # The file's own.
        return None
    if isinstance(value, str) and value.lower() == "nan":
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidParameter("style: nodata is a number")
    return number("style: nodata", str(value))


def _is_clamped(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidParameter("style: clamp is true or false")
    return value
