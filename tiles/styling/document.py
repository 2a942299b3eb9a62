"""large-image's style document: ``style={"bands": [{"band": 1, "palette": "#f00", "min": "auto"}]}``.

A strict schema: of `document_bands.BAND_KEYS` none names code to run, as large-image's own ``function`` does.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tiles.errors import InvalidParameter
from tiles.limits import DEFAULT_LIMITS
from tiles.styling.colormaps import GRAY, color_table, reversed_name
from tiles.styling.document_bands import (
    ALPHA,
    BAND_KEYS,
    OUTER_KEYS,
    OWN_COLORS,
    WHOLE,
    checked_keys,
    parse_ends,
    parse_layer,
)
from tiles.styling.layers import MULTIPLY, StyleLayer
from tiles.styling.parameters import whole_number, word
from tiles.styling.stretch import Stretch

# What arrays are made of; pictures are of bytes, whatever this says.
TYPES = ("uint8", "uint16", "float", "source")
# Ways of turning a slide's colors into a screen's.
INTENTS = ("perceptual", "relative_colorimetric", "saturation", "absolute_colorimetric")
AXES = range(4)
LIGHTS = tuple(f"ramp|000000ff,{light}ff" for light in ("ff0000", "00ff00", "0000ff"))


@dataclass(frozen=True, slots=True)
class Document:
    """What a style document says.

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
    """Raises InvalidParameter, naming the key."""
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
    if not isinstance(bands, list) or not 1 <= len(bands) <= DEFAULT_LIMITS.bands:
        raise InvalidParameter(f"style: bands is a list of 1-{DEFAULT_LIMITS.bands} objects")
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
    """The axis, if one is named. The rest is no matter of pictures, but has to make sense."""
    word("style: dtype", found.get("dtype"), TYPES)
    if not isinstance(found.get("icc"), bool):
        word("style: icc", found.get("icc"), INTENTS)
    return whole_number("style: axis", found.get("axis"), AXES)


def _without_alpha(bands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An image's alpha band makes transparent what it says: so it does without being named."""
    kept = [band for band in bands if band.get("band") != ALPHA]
    if not kept:
        raise InvalidParameter("style: alpha alone shows nothing")
    if any(band.get("composite", MULTIPLY) != MULTIPLY for band in bands if band not in kept):
        raise InvalidParameter(f"style: the composite of alpha is {MULTIPLY}")
    return kept


def _whole_image(band: dict[str, Any], *, axis: int | None) -> Document:
    """The image as it is, at most stretched or in the colors of one palette."""
    layer = parse_layer(band | {"band": 1})
    if axis is not None or not _is_ordinary(layer):
        raise InvalidParameter("style: name the band that is to be clamped or laid over others")
    stretch = (parse_ends(band),) if {"min", "max"} & band.keys() else ()
    palette = layer.palette if "palette" in band else ""
    return Document(stretch=stretch, palette=palette, nodata=layer.nodata, frame=layer.frame)


def _upright(layer: StyleLayer, ends: Stretch) -> tuple[StyleLayer, Stretch]:
    """From a lower to a higher value: the other way round, the palette is."""
    low, high = ends
    if not (low.kind == high.kind == "value" and low.number > high.number):
        return layer, ends
    return replace(layer, palette=reversed_name(layer.palette)), (high, low)


def _is_ordinary(layer: StyleLayer) -> bool:
    """Whether band, palette and stretch say all of it."""
    ordinary = StyleLayer(layer.band, layer.palette, nodata=layer.nodata, frame=layer.frame)
    return isinstance(layer.band, int) and repr(layer) == repr(ordinary)


def _simple(layers: Sequence[StyleLayer], plain: Document) -> Document | None:
    """The same document without layers, which is drawn faster; None if there is none."""
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
