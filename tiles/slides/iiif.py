"""Read requests of the IIIF Image API 3.0, and make the document that describes an image.

https://iiif.io/api/image/3.0/ -- compliance level 2, and mirroring, upscaling and bitonal pictures beyond it.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from tiles.errors import InvalidParameter
from tiles.geo.grids import Grid
from tiles.limits import Limits
from tiles.slides.pixel_regions import PixelBox
from tiles.styling.painting import Picture

CONTEXT = "http://iiif.io/api/image/3/context.json"
PROTOCOL = "http://iiif.io/api/image"
MEDIA_TYPE = f'application/ld+json;profile="{CONTEXT}"'
QUALITIES = ("default", "color", "gray", "bitonal")
FORMATS = ("jpg", "png", "webp")
# From this value on, a bitonal picture is white.
THRESHOLD = 128
_NUMBER = r"\d{1,9}(?:\.\d{1,10})?"
_BOX = re.compile(rf"(pct:)?({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})\Z")
_SIZE = re.compile(rf"(?:(max)|pct:({_NUMBER})|(!?)(\d{{0,9}}),(\d{{0,9}}))\Z")


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """Hold which pixels to show, how large before turning, whether mirrored, and by how many right angles turned."""

    box: PixelBox
    size: tuple[int, int]
    mirrored: bool
    turns: int
    quality: str


def parse_request(
    image: tuple[int, int], *, region: str, size: str, rotation: str, quality: str, limits: Limits
) -> ImageRequest:
    """Read the four parts of a path for an image of that (width, height). Raises InvalidParameter."""
    box = parse_region(image, region)
    mirrored, turns = parse_rotation(rotation)
    if quality not in QUALITIES:
        raise InvalidParameter(f"quality must be one of {', '.join(QUALITIES)}, not {quality[:60]!r}")
    return ImageRequest(box, parse_size(box, size, limits=limits), mirrored, turns, quality)


def parse_region(image: tuple[int, int], text: str) -> PixelBox:
    width, height = image
    if text == "full":
        return PixelBox(0, 0, width, height)
    if text == "square":
        side = min(image)
        return PixelBox((width - side) // 2, (height - side) // 2, side, side)
    match = _BOX.match(text)
    if not match:
        raise InvalidParameter(f"region must be full, square, x,y,w,h or pct:x,y,w,h, not {text[:60]!r}")
    x, y, w, h = (float(number) for number in match.groups()[1:])
    if match[1]:
        x, y, w, h = x * width / 100, y * height / 100, w * width / 100, h * height / 100
    elif not all(number.is_integer() for number in (x, y, w, h)):
        raise InvalidParameter(f"region must be whole pixels, not {text[:60]!r}")
    left, top = round(x), round(y)
    right, bottom = min(width, round(x + w)), min(height, round(y + h))
    if left >= right or top >= bottom:
        raise InvalidParameter(f"region {text[:60]} has no pixel of the {width} x {height} image")
    return PixelBox(left, top, right - left, bottom - top)


def parse_size(box: PixelBox, text: str, *, limits: Limits) -> tuple[int, int]:
    """Read the width and height of the picture, larger than the region only with ``^``."""
    enlarges, words = text.startswith("^"), text.removeprefix("^")
    match = _SIZE.match(words)
    if not match or words.strip("!") == ",":
        raise InvalidParameter(f"size must be max, w,, ,h, w,h, !w,h or pct:n, perhaps after ^, not {text[:60]!r}")
    most = limits.output_side
    if match[1]:
        scale = most / max(box.width, box.height)
        width, height = _scaled(box, scale if enlarges else min(1.0, scale))
    elif match[2]:
        percent = float(match[2])
        if percent > 100 and not enlarges:
            raise InvalidParameter(f"size {text} enlarges the region, which only ^ may")
        width, height = _scaled(box, percent / 100)
    else:
        width, height = _given(box, match, enlarges=enlarges, most=most)
    if not width or not height:
        raise InvalidParameter(f"size {text[:60]} of this region has no pixel")
    if not enlarges and (width > box.width or height > box.height):
        raise InvalidParameter(f"size {text[:60]} enlarges the region of {box.width} x {box.height}, which only ^ may")
    if max(width, height) > most:
        raise InvalidParameter(f"size {text[:60]} is larger than maxWidth and maxHeight, {most}")
    return width, height


def _scaled(box: PixelBox, scale: float) -> tuple[int, int]:
    """Return the box's width and height scaled: at least a pixel a side, unless it is scaled to nothing."""
    return (max(1, round(box.width * scale)), max(1, round(box.height * scale))) if scale > 0 else (0, 0)


def _given(box: PixelBox, match: re.Match[str], *, enlarges: bool, most: int) -> tuple[int, int]:
    confined, width, height = bool(match[3]), match[4], match[5]
    if width == "0" or height == "0":
        return 0, 0
    if confined:
        if not (width and height):
            raise InvalidParameter(f"size !w,h needs both, not {match[0]!r}")
        # As large as possible, but not larger than the server's own limits (IIIF Image API 3.0, 4.2).
        scale = min(int(width) / box.width, int(height) / box.height, most / max(box.width, box.height))
        return _scaled(box, scale if enlarges else min(1.0, scale))
    if width and height:
        return int(width), int(height)
    if width:
        return int(width), max(1, round(box.height * int(width) / box.width))
    return max(1, round(box.width * int(height) / box.height)), int(height)


def parse_rotation(text: str) -> tuple[bool, int]:
    """Return whether it is mirrored first, and by how many right angles it is turned clockwise."""
    mirrored, words = text.startswith("!"), text.removeprefix("!")
    if not re.fullmatch(_NUMBER, words) or float(words) > 360 or float(words) % 90:
        raise InvalidParameter(f"rotation must be 0, 90, 180 or 270, perhaps after !, not {text[:60]!r}")
    return mirrored, int(float(words)) // 90 % 4


def finish(picture: Picture, request: ImageRequest) -> Picture:
    """Return the picture mirrored, turned and in its quality."""
    pixels, alpha = picture.colors, picture.alpha
    if request.quality in {"gray", "bitonal"} and pixels.shape[2] == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))[:, :, None]
    if request.quality == "bitonal":
        pixels = np.where(pixels >= THRESHOLD, 255, 0).astype(np.uint8)
    if request.mirrored:
        pixels, alpha = pixels[:, ::-1], None if alpha is None else alpha[:, ::-1]
    if request.turns:
        pixels = np.rot90(pixels, -request.turns)
        alpha = None if alpha is None else np.rot90(alpha, -request.turns)
    return Picture(np.ascontiguousarray(pixels), None if alpha is None else np.ascontiguousarray(alpha))


def describe(identifier: str, image: tuple[int, int], grid: Grid, *, limits: Limits) -> dict[str, Any]:
    """Return `info.json` of an image of that (width, height) whose pixel space has this grid."""
    width, height = image
    factors = [2**step for step in range(grid.maxzoom + 1)]
    sizes = [
        {"width": math.ceil(width / factor), "height": math.ceil(height / factor)}
        for factor in reversed(factors)
        if max(width, height) / factor <= limits.output_side
    ]
    return {
        "@context": CONTEXT,
        "id": identifier,
        "type": "ImageService3",
        "protocol": PROTOCOL,
        "profile": "level2",
        "width": width,
        "height": height,
        "maxWidth": limits.output_side,
        "maxHeight": limits.output_side,
        "sizes": sizes,
        "tiles": [{"width": grid.matrices[0].tile_size, "scaleFactors": factors}],
        "preferredFormats": ["jpg"],
        "extraFormats": ["webp"],
        "extraQualities": ["color", "gray", "bitonal"],
        "extraFeatures": ["mirroring", "regionSquare", "sizeUpscaling", "rotationBy90s", "cors", "jsonldMediaType"],
    }
