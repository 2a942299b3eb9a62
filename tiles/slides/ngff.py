"""Read OME-Zarr, versions 0.1 to 0.5: levels, planes, channels with their colors and windows, plates' first images.

https://ngff.openmicroscopy.org/specifications/
"""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from tiles.errors import SourceUnreadable
from tiles.slides.levels import Level, Part, Pyramid, Window, order_levels, stated_scale
from tiles.slides.ome import MICROMETRES, MOST_PLANES
from tiles.sources.reference import SourceRef
from tiles.sources.zarr_arrays import ZarrArray, open_array
from tiles.sources.zarr_folder import find_image
from tiles.styling.planes import Frames

UNITS = {**MICROMETRES, "micrometer": 1.0, "nanometer": 1e-3, "millimeter": 1e3, "centimeter": 1e4, "meter": 1e6}
# Axes of versions that don't name them, and names of leading axes that select planes.
UNNAMED = ("t", "c", "z", "y", "x")
PLANE_AXES = "tcz"
MILLIMETRE = 1000.0
TILE = 256


class NgffImage:
    """Read one OME-Zarr image. It has as much of large-image's tile source as `tiles.slides.source` asks for."""

    def __init__(self, ref: SourceRef) -> None:
        found = find_image(ref.location)
        if found is None:
            raise SourceUnreadable(f"{ref.name or 'The folder'} is no OME-Zarr")
        folder, path, self.ome = found
        try:
            self._scales = self.ome["multiscales"][0]
            self.axes = _axes(self._scales)
            names = [str(each["path"]) for each in self._scales["datasets"]]
            self.arrays = [open_array(folder, f"{path}/{name}", version=ref.version) for name in names]
            self.frames = self._planes()
            self._pixel_sizes = [self._pixel_size(number) for number in range(len(names))]
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise SourceUnreadable(f"The metadata of {ref.name or 'the OME-Zarr'} makes no sense") from error
        self.sizeY, self.sizeX = (int(side) for side in self.arrays[0].shape[-2:])

    def _planes(self) -> Frames:
        if any(len(array.shape) != len(self.axes) for array in self.arrays) or self.axes[-2:] != ("y", "x"):
            raise SourceUnreadable("The axes of the OME-Zarr aren't those of pictures")
        sizes = dict(zip(self.axes, self.arrays[0].shape, strict=True))
        leading = self.axes[:-2]
        count = math.prod(sizes[axis] for axis in leading)
        if not 1 <= count <= MOST_PLANES or not set(leading) <= set(PLANE_AXES):
            raise SourceUnreadable(f"The OME-Zarr counts {count} planes; 1-{MOST_PLANES} can be read")
        steps = (
            dict(zip(leading, numbers, strict=True)) for numbers in product(*(range(sizes[axis]) for axis in leading))
        )
        places = tuple((step.get("z", 0), step.get("t", 0), step.get("c", 0)) for step in steps)
        channels = _channels(self.ome, sizes.get("c", 1))
        return Frames(
            count, sizes.get("z", 1), sizes.get("t", 1),
            tuple(name for name, _, _ in channels), tuple(color for _, color, _ in channels), places,
            tuple(window for _, _, window in channels),
        )  # fmt: skip

    def _pixel_size(self, number: int) -> tuple[float, float]:
        """Return a pixel's width and height of a level in the units of its axes."""
        width = height = 1.0
        dataset = self._scales["datasets"][number]
        both = [each.get("coordinateTransformations") or () for each in (dataset, self._scales)]
        for each in (*both[0], *both[1]):
            if each.get("type") == "scale":
                height, width = height * float(each["scale"][-2]), width * float(each["scale"][-1])
        return width, height

    @property
    def pyramid(self) -> Pyramid:
        first, base = self._pixel_sizes[0], self.arrays[0].shape
        levels = []
        for size, array in zip(self._pixel_sizes, self.arrays, strict=True):
            stated = all(each > 0 for each in (*size, *first)) and (size != first or array is self.arrays[0])
            ratios = [a / b for a, b in zip(size, first, strict=True)] if stated else _ratios(base, array.shape)
            across = stated_scale(ratios[0], base[-1], array.shape[-1])
            down = stated_scale(ratios[1], base[-2], array.shape[-2])
            width = min(array.shape[-1], math.ceil(base[-1] / across))
            height = min(array.shape[-2], math.ceil(base[-2] / down))
            levels.append(Level(width, height, (across, down), self._reader(array)))
        return Pyramid(levels=order_levels(levels), frames=self.frames, shareable=True)

    def _reader(self, array: ZarrArray) -> Any:
        def read(frame: int, window: Window) -> Part:
            place = dict(zip("ztc", self.frames.places[frame], strict=True))
            planes = [slice(place[axis], place[axis] + 1) for axis in self.axes[:-2]]
            rows = slice(window.top, window.top + window.height)
            columns = slice(window.left, window.left + window.width)
            values, _ = array.read((*planes, rows, columns))
            # A chunk that isn't stored is full of the fill value, which is data.
            return Part(np.ascontiguousarray(_native(values).reshape(window.height, window.width, 1)))

        return read

    def getMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        units = [_unit(self._scales, axis) for axis in ("x", "y")]
        sizes = [
            size * unit / MILLIMETRE if unit else None for size, unit in zip(self._pixel_sizes[0], units, strict=True)
        ]
        names = self.frames.channels
        entries = [
            {"Frame": frame, "Index": frame, "IndexZ": z, "IndexT": t, "IndexC": c}
            | ({"Channel": names[c]} if names[c] else {})
            for frame, (z, t, c) in enumerate(self.frames.places)
        ]
        count = max(0, math.ceil(math.log2(max(self.sizeX, self.sizeY) / TILE))) + 1
        return {
            "sizeX": self.sizeX, "sizeY": self.sizeY, "levels": count, "magnification": None,
            "mm_x": sizes[0], "mm_y": sizes[1], "frames": entries, "channels": list(names),
        }  # fmt: skip

    def getInternalMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        return {"zarr": {key: self.ome[key] for key in ("version", "multiscales", "omero") if key in self.ome}}

    def getAssociatedImagesList(self) -> list[str]:  # noqa: N802 -- large-image's name
        return []


def _native(values: Any) -> Any:
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _ratios(base: Sequence[int], shape: Sequence[int]) -> list[float]:
    return [base[-1] / shape[-1], base[-2] / shape[-2]]


def _axes(scales: Mapping[str, Any]) -> tuple[str, ...]:
    given = scales.get("axes") or UNNAMED
    return tuple(str(each["name"] if isinstance(each, dict) else each).lower() for each in given)


def _unit(scales: Mapping[str, Any], axis: str) -> float | None:
    """Return the micrometres of an axis' unit; those of OME, micrometres, where it names none."""
    for each in scales.get("axes") or ():
        if isinstance(each, dict) and str(each.get("name", "")).lower() == axis:
            return UNITS.get(str(each.get("unit") or "")) if each.get("unit") else 1.0
    return 1.0


def _channels(ome: Mapping[str, Any], count: int) -> list[tuple[str, str, tuple[float, float] | None]]:
    """Return name, color and window of each channel, as viewers of OMERO show them."""
    omero = ome.get("omero")
    given = omero.get("channels") if isinstance(omero, dict) else None
    listed = given if isinstance(given, list) else []
    found = [_channel(each) if isinstance(each, dict) else ("", "", None) for each in listed[:count]]
    return found + [("", "", None)] * (count - len(found))


def _channel(given: Mapping[str, Any]) -> tuple[str, str, tuple[float, float] | None]:
    color = str(given.get("color") or "").removeprefix("#").lower()[:6]
    is_color = len(color) == 6 and set(color) <= set("0123456789abcdef")
    window = given.get("window")
    given_ends = [window.get(name) for name in ("start", "end")] if isinstance(window, dict) else []
    ends = [float(end) for end in given_ends if isinstance(end, int | float) and math.isfinite(end)]
    return (
        str(given.get("label") or "")[:200],
        color if is_color else "",
        (ends[0], ends[1]) if len(ends) == 2 and ends[0] < ends[1] else None,
    )
