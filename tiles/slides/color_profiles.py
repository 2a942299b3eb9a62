"""Show colors as an image's ICC profile means them: converted to sRGB, or told by the profile in a JPEG."""

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

# Bytes of a profile that a tile may carry. Larger ones, of tables, would outweigh the tile: that is converted then.
EMBEDDED_BYTES = 16 * 2**10
# What a JPEG's segment of a profile begins with (ICC.1:2022, B.4), its own number and how many there are.
SEGMENT_HEAD = b"ICC_PROFILE\0\x01\x01"
START = b"\xff\xd8"

# Colors that tell whether a profile changes any by more than can be seen, of 255.
PALETTE = np.stack(np.meshgrid(*[np.arange(0, 256, 51, dtype=np.uint8)] * 3), axis=-1).reshape(36, 6, 3)
INVISIBLE = 2

Convert = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]


@lru_cache(maxsize=32)
def converter(profile: bytes) -> Convert | None:
    """Return the function that turns red, green, blue (rows, columns, 3) into sRGB's; None where they are, or may be.

    A profile that can't be read, or is of other colors than red, green and blue, says nothing.
    """
    if not profile:
        return None
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if found.profile.xcolor_space.strip() != "RGB":
            return None
        transform = ImageCms.buildTransform(found, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None

    def convert(colors: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        image = Image.fromarray(np.ascontiguousarray(colors))
        return np.asarray(ImageCms.applyTransform(image, transform), dtype=np.uint8)

    # Names of profiles tell little: many that are called otherwise are sRGB's, and one that is may be another.
    return None if np.abs(convert(PALETTE).astype(int) - PALETTE).max() <= INVISIBLE else convert


def with_profile(jpeg: bytes, profile: bytes) -> bytes:
    """Return a JPEG that carries the profile."""
    body = SEGMENT_HEAD + profile
    return START + b"\xff\xe2" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[len(START) :]
