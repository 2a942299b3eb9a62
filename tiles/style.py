"""Rendering parameters, in django-large-image's spelling or TiTiler's, as one immutable value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from .colormaps import colormap_names
from .errors import InvalidParameter
from .expression import parse_expression
from .frames import PARAMETERS as PLANE_PARAMETERS
from .frames import Planes, parse_planes
from .limits import DEFAULT_LIMITS
from .resampling import KERNELS, WARPER_ONLY

RESAMPLINGS = (*KERNELS, *WARPER_ONLY)
_RESAMPLING_ALIASES = {"near": "nearest", "cubic_spline": "cubicspline", "bicubic": "cubic", "linear": "bilinear"}
_TRUE = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}

# Every parameter that a style is made of, so that URLs can carry them on.
PARAMETERS = (
    "bidx", "band", "rescale", "min", "max", "colormap_name", "palette", "nodata", "resampling", "resampling_method",
    "return_mask", "unscale", "expression", "assets", "subdataset", *PLANE_PARAMETERS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How raw values become a picture. What is not given is decided by the image: see `tiles.plan`.

    ``indexes``: bands from 1, in the order red, green, blue. ``rescale``: (low, high) shown as black and white, one
    for all bands or one each. ``colormap``: name of a color map for one band. ``nodata``: value that is transparent,
    instead of the file's own masks. ``resampling``: GDAL's name. ``return_mask``: whether missing pixels are
    transparent. ``unscale``: apply the bands' scale and offset first. ``expression``: band arithmetic, in
    `tiles.expression`'s canonical spelling. ``planes``: which of an image's planes are shown; None: the first.
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

    @property
    def canonical(self) -> str:
        """The same for every spelling of the same style; part of cache keys and ETags."""
        changed = ((f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != f.default)
        return "&".join(f"{name}={value!r}" for name, value in changed)


def parse_style(query: Mapping[str, Any]) -> Style:
    """The style that request parameters describe. Others than `PARAMETERS` are ignored.

    ``query``: a mapping of names to strings, or one with ``getlist`` as Django's QueryDict.
    Raises InvalidParameter, naming the parameter.
    """
    texts = _Texts(query)
    indexes = _indexes([*texts.several("bidx"), *texts.several("band")])
    expression = texts.one("expression")
    if expression and indexes:
        raise InvalidParameter("expression names its bands itself; bidx doesn't go with it")
    return Style(
        indexes=indexes,
        rescale=_rescale(texts),
        colormap=_colormap(texts.one("colormap_name") or texts.one("palette")),
        nodata=_nodata(texts.one("nodata")),
        resampling=_resampling(texts.one("resampling") or texts.one("resampling_method")),
        return_mask=_boolean("return_mask", texts.one("return_mask"), default=True),
        unscale=_boolean("unscale", texts.one("unscale"), default=False),
        expression=parse_expression(expression).text if expression else "",
        planes=parse_planes(texts.one) if any(name in query for name in PLANE_PARAMETERS) else None,
    )


class _Texts:
    """One way to look at a plain mapping and at a QueryDict."""

    def __init__(self, query: Mapping[str, Any]) -> None:
        self._query = query

    def several(self, name: str) -> list[str]:
        values = self._query.getlist(name) if hasattr(self._query, "getlist") else self._query.get(name, [])
        texts = [values] if isinstance(values, str) else [str(value) for value in values]
        for text in texts:
            if len(text) > DEFAULT_LIMITS.parameter_length:
                raise InvalidParameter(f"{name} is longer than {DEFAULT_LIMITS.parameter_length} characters")
        return [text.strip() for text in texts if text.strip()]

    def one(self, name: str) -> str:
        texts = self.several(name)
        if len(texts) > 1:
            raise InvalidParameter(f"{name} is given {len(texts)} times")
        return texts[0] if texts else ""


def _indexes(texts: list[str]) -> tuple[int, ...]:
    parts = [part.strip() for text in texts for part in text.split(",")]
    # In django-large-image, band 0 means the image as it is.
    if parts == ["0"]:
        return ()
    if len(parts) > DEFAULT_LIMITS.bands:
        raise InvalidParameter(f"bidx names {len(parts)} bands; the limit is {DEFAULT_LIMITS.bands}")
    for part in parts:
        if not (part.isascii() and part.isdecimal() and int(part[:6]) >= 1 and len(part) <= 5):
            raise InvalidParameter(f"bidx must be band numbers from 1, not {part!r}")
    return tuple(int(part) for part in parts)


def number(name: str, text: str) -> float:
    """A finite number. Raises InvalidParameter."""
    try:
        value = float(text)
    except ValueError:
        raise InvalidParameter(f"{name} must be a number, not {text!r}") from None
    if not math.isfinite(value):
        raise InvalidParameter(f"{name} must be a finite number, not {text!r}")
    return value


def _rescale(texts: _Texts) -> tuple[tuple[float, float], ...]:
    ranges = []
    for text in texts.several("rescale"):
        parts = text.strip("[]").split(",")
        if len(parts) % 2:
            raise InvalidParameter(f"rescale must be pairs low,high, not {text!r}")
        values = [number("rescale", part.strip(" []")) for part in parts]
        ranges += list(zip(values[::2], values[1::2], strict=True))
    low, high = texts.one("min"), texts.one("max")
    if not ranges and (low or high):
        if not (low and high):
            raise InvalidParameter("min and max go together")
        ranges = [(number("min", low), number("max", high))]
    for start, end in ranges:
        if not start < end:
            raise InvalidParameter(f"rescale must go from a lower to a higher value, not from {start:g} to {end:g}")
    return tuple(ranges)


def _colormap(name: str) -> str:
    name = name.lower()
    if name and name not in colormap_names():
        raise InvalidParameter(f"No color map is called {name!r}")
    return name


def _nodata(text: str) -> float | None:
    if text.lower() == "nan":
        return math.nan
    return number("nodata", text) if text else None


def _resampling(text: str) -> str:
    name = _RESAMPLING_ALIASES.get(text.lower(), text.lower())
    if name and name not in RESAMPLINGS:
        raise InvalidParameter(f"resampling must be one of {', '.join(RESAMPLINGS)}, not {text!r}")
    return name


def _boolean(name: str, text: str, *, default: bool) -> bool:
    if not text:
        return default
    if text.lower() not in _TRUE:
        raise InvalidParameter(f"{name} must be true or false, not {text!r}")
    return _TRUE[text.lower()]
