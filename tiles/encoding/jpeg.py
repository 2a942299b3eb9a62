"""JPEG, by libjpeg-turbo as OpenCV has it. It has no transparency: missing pixels are as white as paper."""

import cv2
import numpy as np

from tiles.styling.painting import Picture

QUALITY = 75


def encode_jpeg(picture: Picture) -> bytes:
    """Encode a picture, gray or in colors, on white."""
    pixels, alpha = picture.colors, picture.alpha
    if alpha is not None and pixels.shape[2] == 3:
        alpha = np.asarray(cv2.merge([alpha] * 3))
    if alpha is not None:
        shown = cv2.multiply(pixels, alpha.reshape(pixels.shape), scale=1 / 255)
        pixels = np.asarray(cv2.add(shown, cv2.bitwise_not(alpha).reshape(pixels.shape)))
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes()
