"""Color maps by the names that matplotlib, rio-tiler and django-large-image users know."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from palettable.cmocean import diverging as ocean_diverging  # type: ignore[import-untyped]
from palettable.cmocean import sequential as ocean_sequential
from palettable.colorbrewer import COLOR_MAPS as BREWER  # type: ignore[import-untyped]

from .errors import InvalidParameter

ColorTable = npt.NDArray[np.uint8]

# The same data as matplotlib's.
_OPENCV = [
    "autumn",
    "bone",
    "cividis",
    "cool",
    "hot",
    "hsv",
    "inferno",
    "jet",
    "magma",
    "ocean",
    "pink",
    "plasma",
    "rainbow",
    "spring",
    "summer",
    "turbo",
    "twilight",
    "twilight_shifted",
    "viridis",
    "winter",
]
_OCEAN = "algae amp balance curl deep delta dense gray haline ice matter oxy phase solar speed tempo thermal turbid"
# matplotlib's terrain: position and color of each stop.
_TERRAIN = (
    (0.0, (51, 51, 153)), (0.15, (0, 153, 255)), (0.25, (0, 204, 102)),
    (0.5, (255, 255, 153)), (0.75, (128, 92, 84)), (1.0, (255, 255, 255)),
)  # fmt: skip


@cache
def _builders() -> dict[str, tuple[str, str]]:
    """Lower-case name → (family, name in it)."""
    found = {name: ("opencv", name) for name in _OPENCV}
    found |= {name: ("ocean", name) for name in _OCEAN.split()}
    found |= {name.lower(): (kind, name) for kind, names in BREWER.items() for name in names}
    return found | {"gray": ("gray", "gray"), "terrain": ("terrain", "terrain")}


@cache
def colormap_names() -> frozenset[str]:
    """Every name; each also with ``_r``, reversed."""
    names = _builders()
    return frozenset([*names, *(f"{name}_r" for name in names)])


@cache
def colormap(name: str) -> ColorTable:
    """256 colors as (256, 3) red, green, blue. Raises InvalidParameter for an unknown name."""
    if name not in colormap_names():
        raise InvalidParameter(f"No color map is called {name!r}")
    if name.endswith("_r") and name not in _builders():
        return np.ascontiguousarray(colormap(name[:-2])[::-1])
    family, original = _builders()[name]
    if family == "opencv":
        ramp = np.arange(256, dtype=np.uint8)[:, None]
        table = cv2.applyColorMap(ramp, getattr(cv2, f"COLORMAP_{original.upper()}"))
        return np.ascontiguousarray(table[:, 0, ::-1])
    if family == "gray":
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    if family == "terrain":
        return _ramp([stop for stop, _ in _TERRAIN], [color for _, color in _TERRAIN])
    colors = _ocean(original) if family == "ocean" else _brewer(family, original)
    if family == "Qualitative":
        return np.array(colors, dtype=np.uint8)[np.arange(256) * len(colors) // 256]
    return _ramp(list(np.linspace(0, 1, len(colors))), colors)


def _brewer(kind: str, name: str) -> list[tuple[int, int, int]]:
    sizes = BREWER[kind][name]
    colors: list[tuple[int, int, int]] = sizes[max(sizes, key=int)]["Colors"]
    return colors


def _ocean(name: str) -> list[tuple[int, int, int]]:
    title = f"{name.capitalize()}_20"
    module = ocean_sequential if hasattr(ocean_sequential, title) else ocean_diverging
    colors: list[tuple[int, int, int]] = getattr(module, title).colors
    return colors


def _ramp(stops: list[float], colors: list[tuple[int, int, int]]) -> ColorTable:
    at = np.linspace(0, 1, 256)
    channels = [np.interp(at, stops, [color[i] for color in colors]) for i in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)
