"""Read slides by OpenSlide, level by level: with its own scales, and transparent where the file has nothing."""

from typing import Any

import numpy as np

from tiles.slides.levels import Level, Part, Pyramid, Window, order_levels, stated_scale


def level_scales(slide: Any) -> dict[tuple[int, int], float]:
    """Return the scale of each level of an `openslide.OpenSlide` by its (width, height)."""
    base = slide.level_dimensions[0][0]
    return {
        size: stated_scale(scale, base, size[0])
        for size, scale in zip(slide.level_dimensions, slide.level_downsamples, strict=True)
    }


def openslide_pyramid(tile_source: Any) -> Pyramid:
    """Return how the slide of large-image's OpenSlide source is read; ``sizeX`` and ``sizeY`` may be a part of it."""
    slide, bounds = tile_source._openslide, tile_source._bounds  # noqa: SLF001 -- large-image has no name for them
    x0, y0 = (bounds["x"], bounds["y"]) if bounds else (0, 0)
    scales = list(level_scales(slide).values())
    levels = [
        Level(
            max(1, round(tile_source.sizeX / scale)),
            max(1, round(tile_source.sizeY / scale)),
            (scale, scale),
            _reader(tile_source, number, slide.level_downsamples[number], corner=(x0, y0)),
        )
        for number, scale in enumerate(scales)
    ]
    profiles = getattr(tile_source, "_iccprofiles", None) or [b""]
    profile = slide.color_profile
    return Pyramid(levels=order_levels(levels), profile=profile.tobytes() if profile else bytes(profiles[0]))


def _reader(tile_source: Any, level: int, scale: float, *, corner: tuple[int, int]) -> Any:
    def read(_frame: int, window: Window) -> Part:
        # Read by name at each time: remote slides are given another class once they are open.
        where = round(corner[0] + window.left * scale), round(corner[1] + window.top * scale)
        image = tile_source._openslide.read_region(where, level, (window.width, window.height))  # noqa: SLF001 -- as above
        pixels = np.asarray(image)
        alpha = np.ascontiguousarray(pixels[:, :, 3])
        return Part(np.ascontiguousarray(pixels[:, :, :3]), None if alpha.min() == 255 else alpha)

    return read
