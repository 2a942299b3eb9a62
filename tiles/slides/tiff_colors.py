"""Turn a TIFF's samples into bands and opacity, by its photometric interpretation."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms
from tifffile import PHOTOMETRIC

from tiles.slides.levels import Part

# Extra samples that are alpha, as TIFF numbers them; 0 says nothing, and is a picture's alpha by custom.
ALPHAS = frozenset({0, 1, 2})
STATED_ALPHAS = frozenset({1, 2})
# Alpha that the colors were multiplied by.
ASSOCIATED = 1
# Codecs that leave red, green and blue to be made of YCbCr.
PLAIN_CODECS = frozenset({1, 5, 8, 32773, 32946, 50000})
COLORS = {PHOTOMETRIC.RGB: 3, PHOTOMETRIC.YCBCR: 3, PHOTOMETRIC.MINISBLACK: 1, PHOTOMETRIC.MINISWHITE: 1}


def as_shown(samples: npt.NDArray[Any], known: Any, page: Any, *, keep_index: bool) -> Part:
    """Return bands and opacity of samples (rows, columns, samples).

    Args:
        samples: as they are decoded.
        known: opacity of segments that the file leaves out; None when it has all.
        page: of tifffile, which says what the samples mean.
        keep_index: whether numbers of a palette are values, as microscopes mean them, and not colors.
    """
    if samples.dtype == bool:
        samples = samples.astype(np.uint8)
    photometric = page.photometric
    if photometric == PHOTOMETRIC.PALETTE and page.colormap is not None and not keep_index:
        table = np.asarray(page.colormap, np.uint16) >> 8
        samples = table.T[np.minimum(samples[:, :, 0], table.shape[1] - 1)].astype(np.uint8)
    elif photometric == PHOTOMETRIC.SEPARATED and samples.shape[2] >= 4 and samples.dtype == np.uint8:
        samples = np.asarray(Image.fromarray(np.ascontiguousarray(samples[:, :, :4]), "CMYK").convert("RGB"))
    elif photometric == PHOTOMETRIC.YCBCR and samples.shape[2] == 3 and int(page.compression) in PLAIN_CODECS:
        samples = np.asarray(Image.fromarray(np.ascontiguousarray(samples), "YCbCr").convert("RGB"))
    elif photometric == PHOTOMETRIC.CIELAB and samples.shape[2] == 3 and samples.dtype == np.uint8:
        samples = _from_lab(samples)
    else:
        return _without_alpha(samples, known, page)
    return Part(np.ascontiguousarray(samples), known)


def _without_alpha(samples: npt.NDArray[Any], known: Any, page: Any) -> Part:
    count = COLORS.get(page.photometric, 0)
    extra = tuple(int(each) for each in page.extrasamples or ())
    alphas = ALPHAS if samples.dtype == np.uint8 else STATED_ALPHAS
    if not count or samples.shape[2] != count + 1 or (extra and extra[0] not in alphas) or samples.dtype.kind != "u":
        return Part(samples, known)
    shift = 8 * samples.dtype.itemsize - 8
    own = (samples[:, :, count] >> shift).astype(np.uint8)
    colors = np.ascontiguousarray(samples[:, :, :count])
    if extra and extra[0] == ASSOCIATED and samples.dtype == np.uint8:
        colors = np.minimum(255, colors * (255.0 / np.maximum(own, 1))[:, :, None]).astype(np.uint8)
    return Part(colors, own if known is None else np.minimum(own, known))


def _from_lab(samples: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Convert TIFF's L*, a*, b*, of which the latter have a sign, where Pillow's have an offset."""
    shifted = samples.copy()
    shifted[:, :, 1:] ^= 0x80
    image = Image.fromarray(shifted, "LAB")
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    return np.asarray(ImageCms.applyTransform(image, transform), dtype=np.uint8)
