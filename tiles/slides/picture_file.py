"""Read plain pictures by Pillow: what GDAL can't open, or would show on its side or in other colors.

The former are AVIF and moving WebP, whose pictures are frames.

`PictureFile` has as much of large-image's tile source as `tiles.slides.source` asks for.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from tiles.errors import SourceCorrupt, SourceUnreadable, TooLarge
from tiles.limits import current_limits
from tiles.slides.color_profiles import converter
from tiles.slides.levels import Level, Part, Pyramid, Window
from tiles.slides.orientation import ORIENTATIONS
from tiles.styling.planes import Frames

# Pillow's formats that are read: each by a decoder of its own, none that runs programs or names other files.
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "SGI")
# Pillow knows only the commonest ones before.
Image.init()
# GDAL's drivers of the same, and bytes of a picture that tell how it is to be shown, but for its pixels.
PICTURE_DRIVERS = frozenset({"JPEG", "PNG", "WEBP"})
PICTURE_HEAD = 2**18
# Of a WebP's head: where its flags are, and those of a color profile, notes of a camera and movement.
WEBP_FLAGS, WEBP_ODD = 20, 0x20 | 0x08 | 0x02
ORIENTATION = 274
MOST_FRAMES = 10_000
# Pillow's modes whose pixels are values as they are; others become red, green, blue.
PLAIN_MODES = frozenset({"L", "RGB", "I", "F", "I;16", "I;16B", "I;16L"})
WITH_ALPHA = frozenset({"LA", "RGBA", "PA", "La", "RGBa"})


def is_picture(head: bytes) -> bool:
    """Return whether a file of these first bytes is one of those that Pillow is needed for: AVIF and WebP."""
    return (head[4:8] == b"ftyp" and head[8:12] in {b"avif", b"avis", b"mif1", b"msf1"}) or is_webp(head)


def is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def needs_pillow(head: bytes) -> bool:
    """Return whether a JPEG, PNG or WebP of these first bytes lies on its side, moves, or has colors of its own."""
    if is_webp(head):
        return head[12:16] == b"VP8X" and bool(head[WEBP_FLAGS] & WEBP_ODD)
    try:
        with Image.open(io.BytesIO(head), formats=("JPEG", "PNG")) as image:
            turned = image.format == "JPEG" and image.getexif().get(ORIENTATION, 1) in ORIENTATIONS[1:]
            # A PNG's notes may be read only after its pixels.
            turned = turned or (image.format == "PNG" and b"eXIf" in head)
            return turned or converter(bytes(image.info.get("icc_profile") or b"")) is not None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return False


class PictureFile:
    """Hold a picture, and its frame read last decoded. Belongs to one thread at a time."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        try:
            with self._open() as image:
                self.stored_size = image.size
                self.mode, self.format = image.mode, str(image.format)
                self.frame_count = min(MOST_FRAMES, int(getattr(image, "n_frames", 1)))
                found = int(image.getexif().get(ORIENTATION, 1) or 1)
                self.profile = bytes(image.info.get("icc_profile") or b"")
                self.dpi = image.info.get("dpi")
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError) as error:
            raise SourceUnreadable("The file is no picture") from error
        # AVIF's boxes were heeded by the decoder.
        self.orientation = found if found in ORIENTATIONS and self.format != "AVIF" else 1
        width, height = self.stored_size
        if width * height > current_limits().read_pixels:
            raise TooLarge(f"A picture of {width} x {height} pixels is too large to be read at once")
        self.sizeX, self.sizeY = width, height
        self._decoded: tuple[int, Part] | None = None

    def _open(self) -> Any:
        return Image.open(self.path, formats=FORMATS)

    @property
    def pyramid(self) -> Pyramid:
        places = tuple((0, number, 0) for number in range(self.frame_count))
        is_rgb = self.mode not in {"CMYK", "LAB"}
        return Pyramid(
            levels=(Level(self.sizeX, self.sizeY, (1.0, 1.0), self._read),),
            frames=Frames(self.frame_count, 1, self.frame_count, ("",), (), places),
            orientation=self.orientation,
            # Other colors were converted by it already.
            profile=self.profile if is_rgb else b"",
            bits=1 if self.mode == "1" else 0,
        )

    def getMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        entries = [{"Frame": number, "Index": number, "IndexT": number} for number in range(self.frame_count)]
        size = {"sizeX": self.sizeX, "sizeY": self.sizeY, "levels": 1}
        document = {**size, "magnification": None, "mm_x": None, "mm_y": None}
        return document | ({"frames": entries} if self.frame_count > 1 else {})

    def getInternalMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        return {"pil": {"format": self.format, "mode": self.mode, "size": list(self.stored_size)}}

    def getAssociatedImagesList(self) -> list[str]:  # noqa: N802 -- large-image's name
        return []

    def _read(self, frame: int, window: Window) -> Part:
        if self._decoded is None or self._decoded[0] != frame:
            self._decoded = (frame, self._decode(frame))
        part = self._decoded[1]
        here = slice(window.top, window.top + window.height), slice(window.left, window.left + window.width)
        return Part(part.pixels[here], None if part.alpha is None else part.alpha[here])

    def _decode(self, frame: int) -> Part:
        try:
            with self._open() as image:
                if frame:
                    image.seek(frame)
                image.load()
                return _part(image, self.profile)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise SourceCorrupt(f"The pixels of {self.path.name} can't be decoded") from error


def _part(image: Any, profile: bytes) -> Part:
    """Return a Pillow image's values and opacity."""
    if image.mode == "1":
        return Part((np.asarray(image).astype(np.uint8))[:, :, None])
    if image.mode in {"CMYK", "LAB"} and profile:
        try:
            found, shown = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            image = ImageCms.profileToProfile(image, found, shown, outputMode="RGB")
        except (ImageCms.PyCMSError, ValueError):
            image = image.convert("RGB")
    if image.mode in WITH_ALPHA or "transparency" in image.info:
        values = np.asarray(image.convert("RGBA"))
        alpha = np.ascontiguousarray(values[:, :, 3])
        gray = image.mode in {"L", "LA", "La"}
        return Part(np.ascontiguousarray(values[:, :, :1] if gray else values[:, :, :3]), alpha)
    if image.mode not in PLAIN_MODES:
        image = image.convert("RGB")
    return Part(np.atleast_3d(np.asarray(image)))
