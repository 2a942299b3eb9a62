"""Read large-image's style document: ``style={"bands": [{"band": 1, "palette": "#f00", "min": "auto"}]}``.

A strict schema: of `BAND_KEYS` none names code to run, as large-image's own ``function`` does.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tiles.errors import InvalidParameter
from tiles.limits import current_limits
from tiles.styling.colormaps import GRAY, SCHEMES, color_table, parse_palette, reversed_name
from tiles.styling.layers import COMPOSITES, LIGHTEN, MULTIPLY, StyleLayer
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
# What arrays are made of; pictures are of bytes, whatever this says.
TYPES = ("uint8", "uint16", "float", "source")
# Ways of turning a slide's colors into a screen's.
INTENTS = ("perceptual", "relative_colorimetric", "saturation", "absolute_colorimetric")
AXES = range(4)
LIGHTS = tuple(f"ramp|000000ff,{light}ff" for light in ("ff0000", "00ff00", "0000ff"))


def checked_keys(found: Any, keys: Sequence[str]) -> dict[str, Any]:
    """Return the object without what is null. Raises InvalidParameter for other keys than these."""
    if not isinstance(found, dict):
        raise InvalidParameter("style: each of the bands is an object")
    if unknown := set(found) - set(keys):
        names = ", ".join(repr(key[:30]) for key in sorted(unknown)[:5])
        raise InvalidParameter(f"style knows {', '.join(keys)} here, not {names}")
    return {key: value for key, value in found.items() if value is not None}


def parse_layer(band: dict[str, Any]) -> StyleLayer:
    """Read one band of a style document. Raises InvalidParameter, naming the key."""
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
    """Read where the palette begins and ends. Raises InvalidParameter."""
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


@dataclass(frozen=True, slots=True)
class Document:
    """Hold what a style document says.

    ``layers``: its bands, ``axis``: the channel of their picture that is shown alone. Without layers: one band in the
    colors of ``palette``, or red, green and blue, which are ``indexes``.
    """

    indexes: tuple[int, ...] = ()
    stretch: tuple[Stretch, ...] = ()
    palette: str = ""
    layers: tuple[StyleLayer, ...] = ()
    axis: int | None = None
    nodata: float | None = None
    frame: int | None = None


def parse_document(text: str) -> Document:
    """Read a style document. Raises InvalidParameter, naming the key."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidParameter("style is no JSON document") from None
    if not isinstance(found, dict) or not found:
        raise InvalidParameter("style is an object with bands, or with the keys of one band")
    if "bands" not in found:
        found = checked_keys(found, BAND_KEYS)
        return _document([found], outer=found)
    bands = found.pop("bands")
    if not isinstance(bands, list) or not 1 <= len(bands) <= current_limits().bands:
        raise InvalidParameter(f"style: bands is a list of 1-{current_limits().bands} objects")
    return _document([checked_keys(band, BAND_KEYS) for band in bands], outer=checked_keys(found, OUTER_KEYS))


def _document(bands: list[dict[str, Any]], *, outer: dict[str, Any]) -> Document:
    axes = [_check_output(each) for each in (outer, *bands)]
    axis = next((found for found in axes if found is not None), None)
    bands = _without_alpha(bands)
    if [band.get("band") for band in bands] == [WHOLE]:
        return _whole_image(bands[0], axis=axis)
    layers, ends = zip(*[_upright(parse_layer(band), parse_ends(band)) for band in bands], strict=True)
    if len(layers) > 1 and OWN_COLORS in {layer.palette for layer in layers}:
        raise InvalidParameter(f"style: the palette {OWN_COLORS} is for one band alone")
    frame = layers[0].frame if len({layer.frame for layer in layers}) == 1 else None
    # As text, in which NaN is NaN.
    nodata = layers[0].nodata if len({repr(layer.nodata) for layer in layers}) == 1 else None
    if frame is not None:
        layers = tuple(replace(layer, frame=None) for layer in layers)
    plain = Document(stretch=ends[:1] if len(set(ends)) == 1 else ends, nodata=nodata, frame=frame)
    simple = _simple(layers, plain) if axis is None else None
    return simple or replace(plain, layers=layers, axis=axis)


def _check_output(found: dict[str, Any]) -> int | None:
    """Return the axis, if one is named. The rest is no matter of pictures, but has to make sense."""
    word("style: dtype", found.get("dtype"), TYPES)
    if not isinstance(found.get("icc"), bool):
        word("style: icc", found.get("icc"), INTENTS)
    return whole_number("style: axis", found.get("axis"), AXES)


def _without_alpha(bands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave an alpha band out: an image's own makes transparent what it says, without being named."""
    kept = [band for band in bands if band.get("band") != ALPHA]
    if not kept:
        raise InvalidParameter("style: alpha alone shows nothing")
    if any(band.get("composite", MULTIPLY) != MULTIPLY for band in bands if band not in kept):
        raise InvalidParameter(f"style: the composite of alpha is {MULTIPLY}")
    return kept


def _whole_image(band: dict[str, Any], *, axis: int | None) -> Document:
    """Return the image as it is, at most stretched or in the colors of one palette."""
    layer = parse_layer(band | {"band": 1})
    if axis is not None or not _is_ordinary(layer):
        raise InvalidParameter("style: name the band that is to be clamped or laid over others")
    stretch = (parse_ends(band),) if {"min", "max"} & band.keys() else ()
    palette = layer.palette if "palette" in band else ""
    return Document(stretch=stretch, palette=palette, nodata=layer.nodata, frame=layer.frame)


def _upright(layer: StyleLayer, ends: Stretch) -> tuple[StyleLayer, Stretch]:
    """Turn a stretch from a higher to a lower value round, and its palette with it."""
    low, high = ends
    if not (low.kind == high.kind == "value" and low.number > high.number):
        return layer, ends
    return replace(layer, palette=reversed_name(layer.palette)), (high, low)


def _is_ordinary(layer: StyleLayer) -> bool:
    """Tell whether band, palette and stretch say all of a layer."""
    ordinary = StyleLayer(layer.band, layer.palette, nodata=layer.nodata, frame=layer.frame)
    return isinstance(layer.band, int) and repr(layer) == repr(ordinary)


def _simple(layers: Sequence[StyleLayer], plain: Document) -> Document | None:
    """Return an equal document without layers, which is drawn faster; None if there is none."""
    same_nodata = {repr(layer.nodata) for layer in layers} == {repr(plain.nodata)}
    if not (same_nodata and all(map(_is_ordinary, layers)) and all(layer.frame is None for layer in layers)):
        return None
    indexes = tuple(layer.band for layer in layers if isinstance(layer.band, int))
    palettes = tuple(layer.palette for layer in layers)
    if palettes == (OWN_COLORS,):
        return replace(plain, indexes=indexes, stretch=())
    if len(palettes) == 1 and color_table(palettes[0])[:, 3].min() == 255:
        return replace(plain, indexes=indexes, palette="" if palettes[0] == GRAY else palettes[0])
    if sorted(palettes) != sorted(LIGHTS):
        return None
    order = [palettes.index(light) for light in LIGHTS]
    stretch = plain.stretch if len(plain.stretch) == 1 else tuple(plain.stretch[i] for i in order)
    return replace(plain, indexes=tuple(indexes[i] for i in order), stretch=stretch)
