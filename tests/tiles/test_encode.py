"""Pictures as files: what is decoded is what was painted."""

import io

import numpy as np
import pytest
from PIL import Image

from tiles.encoding import pictures
from tiles.encoding.formats import JPEG, PNG, WEBP
from tiles.styling.painting import Picture

RNG = np.random.default_rng(4)


def picture(channels: int, *, alpha: bool) -> Picture:
    pixels = RNG.integers(0, 256, (37, 53, channels), dtype=np.uint8)
    return Picture(pixels, RNG.integers(0, 256, (37, 53), dtype=np.uint8) if alpha else None)


def decoded(data: bytes, mode: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_encode_png_loses_nothing(channels, alpha):
    painted = picture(channels, alpha=alpha)

    found = decoded(PNG.encode(painted), "RGBA")

    assert np.array_equal(found[:, :, :3], np.broadcast_to(painted.pixels, (37, 53, 3)))
    assert np.array_equal(found[:, :, 3], painted.alpha if alpha else np.full((37, 53), 255))


@pytest.mark.parametrize("channels", [1, 3])
def test_encode_jpeg_shows_missing_pixels_as_white(channels):
    pixels = np.zeros((32, 32, channels), np.uint8)
    alpha = np.repeat(np.array([[0, 255]], np.uint8), 16, axis=1).repeat(32, axis=0)

    found = decoded(JPEG.encode(Picture(pixels, alpha)), "L")

    assert found[:, :15].min() > 245
    assert found[:, 17:].max() < 10


@pytest.mark.parametrize("channels", [1, 3])
def test_encode_jpeg_keeps_the_order_of_colors(channels):
    pixels = np.zeros((16, 16, channels), np.uint8)
    pixels[:, :, 0] = 200

    found = decoded(JPEG.encode(Picture(pixels, None)), "RGB")[8, 8].tolist()

    assert found == pytest.approx([200, 0, 0] if channels == 3 else [200] * 3, abs=4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_encode_webp_keeps_transparency(channels, alpha):
    painted = picture(channels, alpha=alpha)

    found = decoded(WEBP.encode(painted), "RGBA")

    assert np.array_equal(found[:, :, 3], painted.alpha if alpha else np.full((37, 53), 255))


@pytest.mark.parametrize("channels", [3, 4])
def test_encode_webp_gives_the_bytes_that_pillow_gives(channels):
    pixels = np.repeat(RNG.integers(0, 256, (37, 14, channels), dtype=np.uint8), 4, axis=1)[:, :53]
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", quality=pictures.WEBP_QUALITY, method=pictures.WEBP_EFFORT)

    assert pictures.encode_webp(Picture(pixels[:, :, :3], pixels[:, :, 3] if channels == 4 else None)) == out.getvalue()


def test_encode_webp_finds_the_library_of_the_installed_pillow():
    assert pictures.find_library() is not None


def test_encode_webp_without_that_library_asks_pillow(monkeypatch):
    painted = Picture(RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8), None)
    expected = pictures.encode_webp(painted)

    monkeypatch.setattr(pictures, "find_library", lambda: None)

    assert pictures.encode_webp(painted) == expected
