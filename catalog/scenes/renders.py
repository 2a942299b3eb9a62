"""Named renderings that a sensor's scenes have in common: STAC's render extension, by the keys of their assets."""

from typing import Any

Renders = dict[str, dict[str, Any]]


def ratio(first: str, second: str) -> str:
    """Return the formula of a normalized difference."""
    return f"({first}-{second})/({first}+{second})"


def sensor_renders(*, nir: str, swir: str = "", ndvi: str = "", offset: int = 0) -> Renders:
    """Return true color, false colors and NDVI of a sensor whose bands are red, green, blue, `nir` and `swir`.

    Args:
        ndvi: its formula, b1 red and b2 near infrared; by default that of values that are 0 where nothing is reflected.
        offset: the digital number of a reflectance of 0.
    """
    formula = ndvi or (f"(b2-b1)/(b2+b1-{2 * offset})" if offset else ratio("b2", "b1"))
    found: Renders = {
        "true-color": {"title": "True color", "assets": ["red", "green", "blue"]},
        "false-color": {"title": "False color, near infrared", "assets": [nir, "red", "green"]},
        "ndvi": {
            "title": "NDVI",
            "assets": ["red", nir],
            "expression": formula,
            "rescale": [[-0.2, 0.8]],
            "colormap_name": "rdylgn",
        },
    }
    if swir:
        found["swir"] = {"title": "Short-wave infrared", "assets": [swir, nir, "red"]}
    return found


def bands_renders(key: str, *, red: int, green: int, blue: int, nir: int) -> Renders:
    """Return true color, false color and NDVI of bands of one asset, by their numbers."""
    return {
        "true-color": {"title": "True color", "assets": [key], "bidx": [red, green, blue]},
        "false-color": {"title": "False color, near infrared", "assets": [key], "bidx": [nir, red, green]},
        "ndvi": {
            "title": "NDVI",
            "assets": [key],
            "expression": ratio(f"b{nir}", f"b{red}"),
            "rescale": [[-0.2, 0.8]],
            "colormap_name": "rdylgn",
        },
    }
