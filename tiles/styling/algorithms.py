"""Make pictures of heights: shaded relief, slope, aspect, contours, and heights as colors for other programs.

Arrays in, arrays out. Heights come with a margin of one pixel around, so that tiles meet without a seam.
Formulas: Horn (1981) for the gradient, as in GDAL's gdaldem; Mapzen's Terrarium and Mapbox' Terrain-RGB encodings.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter
from tiles.styling.colormaps import colormap

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
# A number of each pixel, (rows, columns), of each row, (rows, 1), or of all.
Field = Floats | float

# Pixels around the output that neighbours are looked up in.
MARGIN = 1


@dataclass(frozen=True, slots=True)
class Option:
    default: float
    lowest: float
    highest: float
    meaning: str


_OF_MISSING = {
    "use_nodata_height": Option(0.0, 0.0, 1.0, "whether missing heights are opaque and have nodata_height"),
    "nodata_height": Option(0.0, -99_999.0, 99_999.0, "the height of missing ones; given alone, it is used"),
}
_FACTOR = Option(1.0, 0.001, 1000.0, "what heights are multiplied by first")
ALGORITHMS: dict[str, tuple[str, dict[str, Option]]] = {
    "hillshade": (
        "Relief in the light of a low sun",
        {
            "azimuth": Option(315.0, 0.0, 360.0, "where the light comes from, degrees clockwise from the map's top"),
            "altitude": Option(45.0, 0.0, 90.0, "the light's height above the horizon, degrees"),
            "z_factor": _FACTOR,
        },
    ),
    "slope": (
        "Steepness in degrees; black is flat, white max_slope",
        {"max_slope": Option(90.0, 0.1, 90.0, "degrees shown white"), "z_factor": _FACTOR},
    ),
    "aspect": ("Where slopes face, degrees clockwise from north; flat ground is transparent", {}),
    "contours": (
        "Lines of equal height",
        {
            "interval": Option(50.0, 0.001, 10_000.0, "height between two lines"),
            "thickness": Option(1.0, 0.0, 10.0, "of a line, in pixels"),
            "minz": Option(0.0, -99_999.0, 99_999.0, "height whose ground is colored as the lowest"),
            "maxz": Option(0.0, -99_999.0, 99_999.0, "that of the highest; not above minz: the ground isn't colored"),
            "z_factor": _FACTOR,
        },
    ),
    "terrarium": ("Heights in metres as red x 256 + green + blue / 256 - 32768", _OF_MISSING),
    "terrainrgb": (
        "Heights in metres as (red x 65536 + green x 256 + blue) x interval + base",
        {
            "interval": Option(0.1, 0.001, 100.0, "metres of one step"),
            "base": Option(-10_000.0, -100_000.0, 100_000.0, "metres of black"),
            **_OF_MISSING,
        },
    ),
}
# What TiTiler calls some of the options, and one of its that is no matter here: neighbours are always read.
TITILER_NAMES = {"angle_altitude": "altitude", "z_exaggeration": "z_factor", "increment": "interval", "baseval": "base"}
TITILER_MARGIN = "buffer"
# Options that are true or false.
SWITCHES = ("use_nodata_height",)
# Those whose colors are numbers: nothing may blur them.
ENCODINGS = ("terrarium", "terrainrgb")
# One band of 0-255, to which a color map can be given.
SHADES = ("hillshade", "slope", "aspect")


@dataclass(frozen=True, slots=True)
class Algorithm:
    """Hold an algorithm's name and ``values``: of the options that `ALGORITHMS` lists, in that order."""

    name: str
    values: tuple[float, ...]

    @property
    def options(self) -> dict[str, float]:
        return dict(zip(ALGORITHMS[self.name][1], self.values, strict=True))


def parse_algorithm(name: str, params: str) -> Algorithm | None:
    """Read the ``algorithm`` parameter and its ``params``, a JSON object. Raises InvalidParameter."""
    if not name:
        if params:
            raise InvalidParameter("algorithm_params go with algorithm")
        return None
    if name.lower() not in ALGORITHMS:
        raise InvalidParameter(f"algorithm must be one of {', '.join(ALGORITHMS)}, not {name[:60]!r}")
    options = ALGORITHMS[name.lower()][1]
    given = _parse_params(params) if params else {}
    if given.get("nodata_height") is not None:
        given.setdefault("use_nodata_height", True)
    if unknown := set(given) - set(options):
        known = ", ".join(options) or "none"
        raise InvalidParameter(f"algorithm_params of {name.lower()}: {known}; not {min(unknown)[:30]!r}")
    return Algorithm(name.lower(), tuple(_option(key, given.get(key), option) for key, option in options.items()))


def _parse_params(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidParameter("algorithm_params is a JSON object")
    return {TITILER_NAMES.get(str(key), str(key)): value for key, value in found.items() if key != TITILER_MARGIN}


def _option(key: str, value: Any, option: Option) -> float:
    if value is None:
        return option.default
    is_number = isinstance(value, int | float) and (key in SWITCHES or not isinstance(value, bool))
    if not is_number or not option.lowest <= value <= option.highest:
        raise InvalidParameter(f"algorithm_params: {key} is within {option.lowest:g} - {option.highest:g}")
    return float(value)


@dataclass(frozen=True, slots=True)
class Ground:
    """Hold what pixels measure on the ground.

    ``down``: metres to the next row. ``across``: metres to the next column, at a right angle to that. ``lean``: rows
    that one column leads downwards. ``right``, ``below``: the directions of the two, as shares of east and of north.
    """

    across: Field = 1.0
    down: Field = 1.0
    lean: Field = 0.0
    right: tuple[Field, Field] = (1.0, 0.0)
    below: tuple[Field, Field] = (0.0, -1.0)


def gradient(heights: Floats, ground: Ground) -> tuple[Floats, Floats]:
    """Compute the rise to the right, and downwards in the picture, of the pixels within the margin."""
    across, down = (
        cv2.Sobel(heights, cv2.CV_32F, dx, dy, ksize=3, scale=1 / 8)[MARGIN:-MARGIN, MARGIN:-MARGIN]
        for dx, dy in ((1, 0), (0, 1))
    )
    right = (across - ground.lean * down) / ground.across
    return np.asarray(right, np.float32), np.asarray(down / ground.down, np.float32)


def shade(heights: Floats, algorithm: Algorithm, ground: Ground) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """Compute one band of 0-255 by one of `SHADES`, and where it is defined."""
    options = algorithm.options
    right, below = gradient(heights * np.float32(options.get("z_factor", 1.0)), ground)
    everywhere = np.ones(right.shape, bool)
    if algorithm.name == "slope":
        degrees = np.degrees(np.arctan(np.hypot(right, below)))
        return _as_bytes(degrees, 255 / options["max_slope"]), everywhere
    if algorithm.name == "aspect":
        east, north = (right * ground.right[i] + below * ground.below[i] for i in (0, 1))
        flat = (right == 0) & (below == 0)
        return _as_bytes(np.degrees(np.arctan2(-east, -north)) % 360, 255 / 360), ~flat
    # The light's azimuth counts from the top: light from there shows relief as relief in maps with any north.
    azimuth, altitude = math.radians(options["azimuth"]), math.radians(options["altitude"])
    towards = math.cos(altitude) * (math.cos(azimuth) * below - math.sin(azimuth) * right)
    lit = (math.sin(altitude) + towards) / np.sqrt(1 + right**2 + below**2)
    return _as_bytes(np.maximum(lit, 0), 255), everywhere


def _as_bytes(values: Floats, scale: float) -> Bytes:
    """Scale and round values to bytes, none below 0."""
    return np.asarray(cv2.convertScaleAbs(values, alpha=scale), np.uint8)


def contours(heights: Floats, algorithm: Algorithm) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """Draw lines (rows, columns, 3) within half their thickness of multiples of interval, and where they are.

    They are brown, or black on ground that is colored by its height, as in TiTiler.
    """
    options = algorithm.options
    scaled = heights.astype(np.float64) * (options["z_factor"] / options["interval"])
    right, below = gradient((scaled - np.floor(scaled.min())).astype(np.float32), Ground())
    inner = scaled[MARGIN:-MARGIN, MARGIN:-MARGIN]
    distance = np.abs(inner - np.rint(inner))
    steep = np.hypot(right, below)
    reach = steep * (options["thickness"] / 2)
    # Flat ground at a line's very height is no line, and where lines touch there is nothing to tell apart.
    lines = np.asarray((distance <= reach) & (reach > 0) & (reach < 0.5))
    low, high = options["minz"], options["maxz"]
    if not low < high:
        colors = np.empty((*inner.shape, 3), np.uint8)
        colors[:] = (139, 94, 52)
        return colors, lines
    shares = (heights[MARGIN:-MARGIN, MARGIN:-MARGIN] - low) / (high - low)
    colors = colormap("terrain")[(1 + 254 * np.clip(shares, 0, 1)).astype(np.uint8)]
    colors[lines] = 0
    return colors, np.ones(lines.shape, np.bool_)


def encode_heights(heights: Floats, algorithm: Algorithm) -> Bytes:
    """Encode the heights within the margin as red, green and blue."""
    inner = heights[MARGIN:-MARGIN, MARGIN:-MARGIN].astype(np.float64)
    if algorithm.name == "terrarium":
        steps = np.rint((inner + 32768) * 256)
    else:
        steps = np.rint((inner - algorithm.options["base"]) / algorithm.options["interval"])
    whole = np.clip(steps, 0, 2**24 - 1).astype(np.uint32)
    channels = np.stack([whole >> 16, whole >> 8 & 255, whole & 255], axis=-1)
    return np.asarray(channels, np.uint8)
