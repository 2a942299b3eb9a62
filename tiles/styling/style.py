"""Parse rendering parameters, in django-large-image's spelling or TiTiler's, into one immutable value."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from tiles.errors import InvalidParameter
from tiles.limits import current_limits
from tiles.sampling.resampling import KERNELS, WARPER_ONLY
from tiles.styling.algorithms import Algorithm, parse_algorithm
from tiles.styling.color_formula import parse_formula
from tiles.styling.colormap_values import KINDS, ValueColors, parse_value_colors
from tiles.styling.colormaps import SCHEMES, parse_palette
from tiles.styling.document import Document, parse_document
from tiles.styling.expression import parse_expression
from tiles.styling.layers import StyleLayer
from tiles.styling.parameters import Items, Texts, boolean, choice, digits, number, query_items
from tiles.styling.planes import PARAMETERS as PLANE_PARAMETERS
from tiles.styling.planes import Planes, parse_planes
from tiles.styling.stretch import Stretch, parse_bound, parse_stretch

__all__ = ["PARAMETERS", "RESAMPLINGS", "Style", "number", "parse_style"]

MOST_BANDS = 99_999
RESAMPLINGS = (*KERNELS, *WARPER_ONLY)
_RESAMPLING_ALIASES = {"near": "nearest", "cubic_spline": "cubicspline", "bicubic": "cubic", "linear": "bilinear"}

# Values of missing data that are no numbers.
ENDLESS = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity")

# Every parameter that a style is made of, so that URLs can carry them on.
PARAMETERS = (
    "bidx", "band", "rescale", "min", "max", "stretch", "colormap_name", "palette", "cmap", "scheme", "colormap",
    "colormap_type", "color_formula", "nodata", "resampling", "resampling_method", "reproject", "return_mask",
    "unscale", "expression", "algorithm", "algorithm_params", "style", "icc", "assets",
    "subdataset", "sel", "sel_method",
    *PLANE_PARAMETERS,
)  # fmt: skip
# What chooses within one image.
SINGLE_IMAGE = (*PLANE_PARAMETERS, "sel", "sel_method")
_OWN = frozenset(PARAMETERS) - {"assets", "subdataset", "sel", "sel_method"}
# What a style document says itself.
_IN_DOCUMENT = (
    "bidx", "band", "rescale", "min", "max", "stretch", "colormap_name", "palette", "cmap", "scheme", "colormap",
    "nodata", "expression", "algorithm",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """Say how raw values become a picture. What is not given is decided by the image: see `tiles.styling.resolving`.

    ``indexes``: bands from 1, in the order red, green, blue. ``rescale``: (low, high) shown as black and white, one
    for all bands or one each. ``colormap``: name of a color map for one band. ``nodata``: value that is transparent,
    instead of the file's own masks. ``resampling``: GDAL's name. ``return_mask``: whether missing pixels are
    transparent. ``unscale``: apply the bands' scale and offset first. ``expression``: band arithmetic, in
    `tiles.styling.expression`'s canonical spelling. ``planes``: which of an image's planes are shown; None: the first.
    ``stretch``: as ``rescale``, by what is known of a band's values. ``value_colors``: colors of one band's values.
    ``layers``: bands laid over each other, and ``axis``: the channel of theirs that is shown alone. ``color_formula``:
    in `tiles.styling.color_formula`'s canonical spelling. ``algorithm``: what is made of heights. ``icc``: whether an
    image's color profile is heeded.
    """

    indexes: tuple[int, ...] = ()
    rescale: tuple[tuple[float, float], ...] = ()
    colormap: str = ""
    nodata: float | None = None
    resampling: str = ""
    return_mask: bool = True
    unscale: bool = False
    expression: str = ""
    planes: Planes | None = None
    stretch: tuple[Stretch, ...] = ()
    value_colors: ValueColors | None = None
    layers: tuple[StyleLayer, ...] = ()
    axis: int | None = None
    color_formula: str = ""
    algorithm: Algorithm | None = None
    icc: bool = True

    @property
    def canonical(self) -> str:
        """Return one text for every spelling of the same style; part of cache keys and ETags."""
        changed = ((f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != f.default)
        return "&".join(f"{name}={value!r}" for name, value in changed)


def parse_style(query: Mapping[str, Any]) -> Style:
    """Read the style that request parameters describe. Others than `PARAMETERS` are ignored.

    ``query``: a mapping of names to strings, or one with ``getlist`` as Django's QueryDict.
    Raises InvalidParameter, naming the parameter.
    """
    return _parse_items(query_items(query, _OWN)) if query else _PLAIN


_PLAIN = Style()


@lru_cache(maxsize=512)
def _parse_items(items: Items) -> Style:
    texts = Texts(items)
    document = _document(texts)
    indexes = document.indexes or _indexes(texts)
    expression = texts.one("expression")
    algorithm = parse_algorithm(texts.one("algorithm"), texts.one("algorithm_params"))
    if expression:
        # It names its bands itself: whatever bidx says beside it, as in TiTiler.
        indexes = ()
    colormap, value_colors = _colors(texts, document)
    rescale, stretch = _in_numbers(document.stretch) if document.stretch else _ranges(texts)
    formula = texts.one("color_formula")
    if algorithm:
        others = (value_colors, document.layers, rescale, stretch, formula)
        _check_algorithm(algorithm, indexes=indexes, colored=any(others))
    return Style(
        indexes=indexes,
        rescale=rescale,
        colormap=colormap,
        nodata=document.nodata if document.nodata is not None else _nodata(texts.one("nodata")),
        resampling=_resampling(texts.one("resampling", "resampling_method", "reproject")),
        return_mask=boolean("return_mask", texts.one("return_mask"), default=True),
        unscale=boolean("unscale", texts.one("unscale"), default=False),
        expression=parse_expression(expression, of_values=True).text if expression else "",
        planes=_planes(texts, document),
        stretch=stretch,
        value_colors=value_colors,
        layers=document.layers,
        axis=document.axis,
        color_formula=parse_formula(formula).text if formula else "",
        algorithm=algorithm,
        icc=boolean("icc", texts.one("icc"), default=True),
    )


def _document(texts: Texts) -> Document:
    text = texts.one("style")
    if not text:
        return Document()
    if given := [name for name in _IN_DOCUMENT if texts.several(name)]:
        raise InvalidParameter(f"style says this itself; {given[0]} doesn't go with it")
    return parse_document(text)


def _planes(texts: Texts, document: Document) -> Planes | None:
    found = parse_planes(texts.one)
    if document.frame is None:
        return found
    if found:
        raise InvalidParameter("style says which frame is meant; frame, z, t and c don't go with it")
    return Planes(frame=document.frame)


def _check_algorithm(algorithm: Algorithm, *, indexes: tuple[int, ...], colored: bool) -> None:
    if len(indexes) > 1:
        raise InvalidParameter(f"algorithm={algorithm.name} is of one band, not of {len(indexes)}")
    if colored:
        raise InvalidParameter(f"algorithm={algorithm.name} makes a picture: it takes colormap_name at most")


def _colors(texts: Texts, document: Document) -> tuple[str, ValueColors | None]:
    kind = choice("colormap_type", texts.one("colormap_type"), KINDS)
    scheme = choice("scheme", texts.one("scheme"), SCHEMES)
    name, custom = texts.one("colormap_name", "palette", "cmap"), texts.one("colormap")
    if custom and name:
        raise InvalidParameter("colormap gives the colors itself; colormap_name and palette don't go with it")
    if custom:
        return "", parse_value_colors(custom, kind)
    if document.palette:
        return document.palette, None
    return parse_palette(_listed(name), scheme=scheme) if name else "", None


def _listed(text: str) -> Any:
    """Return a palette as JSON has it, ``["#000", "#fff"]``, or as it is."""
    if text.startswith("["):
        return [part.strip(" \"'") for part in text.strip("[]").split(",")]
    return text


def _indexes(texts: Texts) -> tuple[int, ...]:
    given, bands = texts.several("bidx"), texts.several("band")
    # In django-large-image, band 0 means the image as it is.
    given = given if bands == ["0"] else [*given, *bands]
    parts = [part.strip() for text in given for part in text.split(",")]
    if len(parts) > current_limits().bands:
        raise InvalidParameter(f"bidx names {len(parts)} bands; the limit is {current_limits().bands}")
    found = []
    for part in parts:
        band = digits(part, low=1, high=MOST_BANDS)
        if band is None:
            raise InvalidParameter(f"bidx must be band numbers from 1, not {part[:60]!r}")
        found.append(band)
    return tuple(found)


Ranges = tuple[tuple[tuple[float, float], ...], tuple[Stretch, ...]]


def _ranges(texts: Texts) -> Ranges:
    """Read ranges given in numbers, or stretches by a band's statistics: one of both, or none."""
    ranges, stretches = _rescale(texts), tuple(parse_stretch(text) for text in texts.several("stretch"))
    low, high = texts.one("min"), texts.one("max")
    if ranges and stretches:
        raise InvalidParameter("rescale and stretch say the same; give one")
    if ranges or stretches or not (low or high):
        return ranges, stretches
    bounds = parse_bound("min", low or "auto", is_high=False), parse_bound("max", high or "auto", is_high=True)
    return _in_numbers((bounds,))


def _in_numbers(stretches: tuple[Stretch, ...]) -> Ranges:
    """Turn stretches between given numbers into ranges, whatever is known of the values."""
    if any(bound.kind != "value" for stretch in stretches for bound in stretch):
        return (), stretches
    return tuple(_ordered("min and max", low.number, high.number) for low, high in stretches), ()


def _rescale(texts: Texts) -> tuple[tuple[float, float], ...]:
    ranges = []
    for text in texts.several("rescale"):
        parts = text.strip("[]").split(",")
        if len(parts) % 2:
            raise InvalidParameter(f"rescale must be pairs low,high, not {text[:60]!r}")
        values = [number("rescale", part.strip(" []")) for part in parts]
        ranges += [_ordered("rescale", low, high) for low, high in zip(values[::2], values[1::2], strict=True)]
    return tuple(ranges)


def _ordered(name: str, start: float, end: float) -> tuple[float, float]:
    if not start < end:
        raise InvalidParameter(f"{name} must go from a lower to a higher value, not from {start:g} to {end:g}")
    return start, end


def _nodata(text: str) -> float | None:
    if text.lower() in ENDLESS:
        return float(text)
    return number("nodata", text) if text else None


def _resampling(text: str) -> str:
    name = _RESAMPLING_ALIASES.get(text.lower(), text.lower())
    if name and name not in RESAMPLINGS:
        raise InvalidParameter(f"resampling must be one of {', '.join(RESAMPLINGS)}, not {text[:60]!r}")
    return name
