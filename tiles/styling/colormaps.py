"""Find color tables by the names of matplotlib, cmocean, Crameri, ColorBrewer and rio-tiler, or by colors.

Colors are spelled as CSS names, hexadecimal or numbers.
"""

import re
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ImageColor

from tiles.errors import InvalidParameter, UnknownName
from tiles.styling import rio_colormaps

ColorTable = npt.NDArray[np.uint8]
Color = tuple[int, int, int, int]

GRAY = "gray"
# Colors that a ramp is given by; more can't be told apart.
MAX_RAMP_COLORS = 256
# Prefixes that matplotlib users know from the packages of these authors.
_PREFIXES = {"cmc.": "crameri:", "cmo.": "cmocean:", "cmcrameri.": "crameri:", "cet_": "colorcet:cet_"}
# As the palettable package spells them: ``matplotlib.Viridis_20``, ``colorbrewer.sequential.Blues_9``.
_PALETTABLE = re.compile(r"\w{1,30}(?:\.\w{1,30}){0,2}\.(\w{1,40}?)_\d{1,3}(_r)?", re.ASCII)
MAX_LENGTH = 40
CHANNELS = (3, 4)
SCHEMES = ("linear", "discrete")


@cache
def colormap_names() -> frozenset[str]:
    """List every name; each also with ``_r``, reversed."""
    names = _catalog()
    return frozenset([*names, *(f"{name}_r" for name in names)])


@cache
def _catalog() -> dict[str, str]:
    """Map lower-case names, short where only one has it and with their collection's ``crameri:``, to the library's."""
    from cmap import Catalog  # noqa: PLC0415 -- takes 0.15 s, and many processes never color anything

    catalog = Catalog()
    full = list(catalog.unique_keys(prefer_short_names=False))
    short = {name.lower(): catalog.resolve(name) for name in catalog.short_keys()}
    # Those of rio-tiler's that no other collection has.
    own = {name: name for name in rio_colormaps.NAMES - set(short)}
    return own | short | {name.lower(): name for name in full}


def canonical_name(name: str) -> str:
    """Return the one spelling of a name: ``cmc.batlow``, ``crameri:batlow`` and ``Batlow`` are ``batlow``.

    Raises UnknownName.
    """
    found = name.lower()
    if spelled := _PALETTABLE.fullmatch(found):
        found = spelled[1] + (spelled[2] or "")
    for prefix, own in _PREFIXES.items():
        if found.startswith(prefix) and found not in colormap_names():
            found = own + found.removeprefix(prefix)
    if found not in colormap_names():
        raise UnknownName(name, f"No color map is called {name[:60]!r}; /tiles/colormaps lists them")
    short = found.rpartition(":")[2]
    plain, names = _unreversed(found), _catalog()
    is_same = names.get(_unreversed(short)) == names[plain]
    return short if is_same else found


def _unreversed(name: str) -> str:
    return name if name in _catalog() else name.removesuffix("_r")


@lru_cache(maxsize=512)
def color_table(name: str) -> ColorTable:
    """Return 256 colors, (256, 4) red, green, blue, alpha, of a canonical name or of `ramp_name`'s.

    Raises InvalidParameter for an unknown name.
    """
    kind, _, listed = name.partition("|")
    if listed:
        return _ramp([_parse_hex(text) for text in listed.split(",")], discrete=kind == "discrete")
    if name == GRAY:
        # Gray pictures are drawn all the time, mostly where nothing else is colored.
        return np.array([[value, value, value, 255] for value in range(256)], np.uint8)
    if name not in colormap_names():
        raise InvalidParameter(f"No color map is called {name[:60]!r}")
    if name not in _catalog():
        return np.ascontiguousarray(color_table(name.removesuffix("_r"))[::-1])
    if _catalog()[name] in rio_colormaps.NAMES:
        return rio_colormaps.own_table(name)
    from cmap import Colormap  # noqa: PLC0415 -- see above

    found = Colormap(_catalog()[name])
    values = np.arange(256) / 256 if found.interpolation == "nearest" else np.linspace(0, 1, 256)
    return np.rint(found(values) * 255).astype(np.uint8)


@lru_cache(maxsize=512)
def colormap(name: str) -> ColorTable:
    """Return 256 colors, (256, 3) red, green, blue. Raises InvalidParameter for an unknown name."""
    return np.ascontiguousarray(color_table(name)[:, :3])


def ramp_name(colors: list[Color], *, discrete: bool = False) -> str:
    """Return the name by which `color_table` knows these colors, evenly spread: smooth, or ``discrete`` bands."""
    if not 1 <= len(colors) <= MAX_RAMP_COLORS:
        raise InvalidParameter(f"palette has {len(colors)} colors; it takes 1-{MAX_RAMP_COLORS}")
    # One color alone is what black turns into.
    shown = [(0, 0, 0, 255), *colors] if len(colors) == 1 else colors
    texts = ",".join(f"{red:02x}{green:02x}{blue:02x}{alpha:02x}" for red, green, blue, alpha in shown)
    return f"{'discrete' if discrete else 'ramp'}|{texts}"


def reversed_name(name: str) -> str:
    """Return the name of the same colors the other way round."""
    kind, _, listed = name.partition("|")
    if listed:
        return f"{kind}|{','.join(reversed(listed.split(',')))}"
    return name.removesuffix("_r") if name not in _catalog() else f"{name}_r"


def _ramp(colors: list[Color], *, discrete: bool) -> ColorTable:
    if discrete:
        # As large-image has it: the last step is as wide as the others, and has the very end.
        return np.array(colors, np.uint8)[np.minimum(np.arange(256) * len(colors) // 255, len(colors) - 1)]
    at, stops = np.linspace(0, 1, 256), np.linspace(0, 1, len(colors))
    channels = [np.interp(at, stops, [color[i] for color in colors]) for i in range(4)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _parse_hex(text: str) -> Color:
    red, green, blue, alpha = bytes.fromhex(text)
    return red, green, blue, alpha


def parse_color(value: Any, *, name: str) -> Color:
    """Read red, green, blue, alpha of ``"#f80"``, ``"orange"``, ``[255, 128, 0]``. ``name``: of the parameter.

    Raises InvalidParameter.
    """
    if isinstance(value, str) and len(value) <= MAX_LENGTH:
        try:
            found = ImageColor.getcolor(value.strip(), "RGBA")
        except ValueError:
            raise InvalidParameter(f"{name}: {value!r} is no color; name one, or write #rrggbb") from None
        red, green, blue, alpha = found if isinstance(found, tuple) and len(found) == len("RGBA") else (0, 0, 0, 255)
        return red, green, blue, alpha
    if isinstance(value, list | tuple) and len(value) in CHANNELS and all(_is_channel(part) for part in value):
        red, green, blue, alpha = [*(int(part) for part in value), 255][:4]
        return red, green, blue, alpha
    raise InvalidParameter(f"{name}: a color is #rrggbb, a name, or three or four whole numbers within 0-255")


def _is_channel(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def parse_palette(value: Any, *, scheme: str = "") -> str:
    """Return the name by which `color_table` knows a palette. Raises InvalidParameter."""
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
    """Read a CSS color; a word that is none was meant as a color map's name."""
    try:
        return parse_color(value, name="palette")
    except InvalidParameter:
        raise unknown from None


def _in_bytes(color: Any) -> Any:
    """Convert shares of light, as large-image writes lists of numbers, to 0-255."""
    if isinstance(color, list) and color and all(type(part) in (int, float) and 0 <= part <= 1 for part in color):
        return [round(part * 255) for part in color]
    return color
