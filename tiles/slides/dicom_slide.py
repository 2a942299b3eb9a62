"""Read DICOM whole-slide series frame by frame: any number of bits, optical paths and focal planes.

By wsidicom, which decodes frames to arrays; its own regions are pictures of 8 bits.
"""

import math
from itertools import product
from typing import Any

import numpy as np

from tiles.slides.levels import Level, Part, Pyramid, Window, order_levels, stated_scale
from tiles.styling.planes import Frames


def dicom_pyramid(slide: Any) -> Pyramid:
    """Return how an open `wsidicom.WsiDicom` is read: the finest level says which planes there are."""
    first = slide.pyramids[0][0]
    paths, depths = list(_data(first)), sorted({z for data in _data(first).values() for z in data.focal_planes})
    header = first.default_instance.dataset.as_dataset()
    places = tuple((z, 0, c) for c, z in product(range(len(paths)), range(len(depths))))
    frames = Frames(len(places), len(depths), 1, _names(slide, paths), (), places)
    levels = []
    for level in slide.pyramids[0]:
        spacing = level.pixel_spacing, first.pixel_spacing
        scale = stated_scale(spacing[0].width / spacing[1].width, first.size.width, level.size.width)
        down = stated_scale(spacing[0].height / spacing[1].height, first.size.height, level.size.height)
        width, height = min(level.size.width, math.ceil(first.size.width / scale)), level.size.height
        height = min(height, math.ceil(first.size.height / down))
        levels.append(Level(width, height, (scale, down), _reader(level, paths, depths)))
    return Pyramid(
        levels=order_levels(levels),
        frames=frames,
        profile=_profile(header),
        is_inverted=str(header.get("PhotometricInterpretation", "")) == "MONOCHROME1",
    )


def _data(level: Any) -> dict[str, Any]:
    """Return what reads each optical path of a level: one file may hold several, or each path be a file."""
    found: dict[str, Any] = {}
    for instance in level.instances.values():
        for path in instance.image_data.optical_paths:
            kept = found.get(path)
            if kept is None or len(instance.image_data.focal_planes) > len(kept.focal_planes):
                found[path] = instance.image_data
    return found


def _names(slide: Any, paths: list[str]) -> tuple[str, ...]:
    """Return what the optical paths are called; empty where there is but one."""
    if len(paths) == 1:
        return ("",)
    names = dict.fromkeys(paths, "")
    for instance in slide.pyramids[0][0].instances.values():
        for each in instance.dataset.as_dataset().get("OpticalPathSequence") or ():
            text = str(each.get("OpticalPathDescription") or "")
            names[str(each.get("OpticalPathIdentifier", ""))] = text
    return tuple(names.get(path) or path for path in paths)


def _profile(header: Any) -> bytes:
    for each in header.get("OpticalPathSequence") or ():
        if found := each.get("ICCProfile"):
            return bytes(found)
    return b""


def _reader(level: Any, paths: list[str], depths: list[float]) -> Any:
    from wsidicom.geometry import Point  # type: ignore[import-untyped]  # noqa: PLC0415 -- takes half a second

    data = _data(level)

    def read(frame: int, window: Window) -> Part:
        path, z = paths[frame // len(depths)], depths[frame % len(depths)]
        source = data[path]
        z = z if z in source.focal_planes else source.default_z
        size = source.tile_size
        columns = range(window.left // size.width, -(-(window.left + window.width) // size.width))
        rows = range(window.top // size.height, -(-(window.top + window.height) // size.height))
        pixels = np.zeros((len(rows) * size.height, len(columns) * size.width, source.samples_per_pixel), source.dtype)
        alpha = np.full(pixels.shape[:2], 255, np.uint8)
        for row, column in product(rows, columns):
            down, across = (row - rows.start) * size.height, (column - columns.start) * size.width
            here = slice(down, down + size.height), slice(across, across + size.width)
            if source.is_sparse(Point(column, row), z, path):
                alpha[here] = 0
            else:
                pixels[here] = np.atleast_3d(source.get_decoded_tile(Point(column, row), z, path))
        top, left = window.top - rows.start * size.height, window.left - columns.start * size.width
        inside = slice(top, top + window.height), slice(left, left + window.width)
        shown = np.ascontiguousarray(alpha[inside])
        return Part(np.ascontiguousarray(pixels[inside]), None if shown.min() == 255 else shown)

    return read
