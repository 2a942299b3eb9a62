"""Check geometries that strangers bring for validity, in bounded time.

GEOS compares all edges whose boxes overlap: of a circle of 100,000 vertices these are some; of a star of as
many they are billions, in minutes that nothing can interrupt. So the pairs are estimated first.
"""

import numpy as np
import shapely

from tiles.errors import TooLarge

# Pairs of overlapping edges that are compared: half a second.
MOST_PAIRS = 5e6
# Edges whose overlaps with all others are counted for the estimate, and at a time.
SAMPLED = 64
AT_A_TIME = 16


def is_valid(geometry: shapely.Geometry, *, most_pairs: float = MOST_PAIRS) -> bool:
    """Return whether GEOS finds the geometry valid.

    Raises:
        TooLarge: So many of its edges lie across one another that checking would take long.
    """
    if overlapping_edges(geometry) > most_pairs:
        raise TooLarge("The geometry's edges lie across one another too often to be checked; simplify it")
    return bool(shapely.is_valid(geometry))


def overlapping_edges(geometry: shapely.Geometry) -> float:
    """Return about how many pairs of the geometry's edges have boxes that overlap, from a sample of the edges."""
    positions = shapely.get_coordinates(geometry)
    if len(positions) < SAMPLED:
        return 0.0
    low, high = np.minimum(positions[:-1], positions[1:]), np.maximum(positions[:-1], positions[1:])
    chosen = np.linspace(0, len(low) - 1, SAMPLED).astype(np.intp)
    found = 0
    for part in np.array_split(chosen, SAMPLED // AT_A_TIME):
        overlap = np.ones((len(part), len(low)), np.bool_)
        for axis in (0, 1):
            overlap &= low[None, :, axis] <= high[part, None, axis]
            overlap &= high[None, :, axis] >= low[part, None, axis]
        found += int(overlap.sum())
    return found / SAMPLED * len(low) / 2
