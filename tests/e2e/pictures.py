"""Pictures that tests show and look at."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator

PICTURE_WIDTH, PICTURE_HEIGHT = 3000, 2000
# Where Playwright's own artefacts go as well.
ARTEFACTS = Path("test-results")


def write_picture(path: Path) -> None:
    """Write an image without a place on Earth: a pink field with a blue disc in its middle."""
    rows, columns = np.mgrid[0:PICTURE_HEIGHT, 0:PICTURE_WIDTH]
    disc = (columns - PICTURE_WIDTH / 2) ** 2 + (rows - PICTURE_HEIGHT / 2) ** 2 < 400**2
    pixels = np.where(disc[..., None], [40, 60, 200], [235, 170, 200]).astype(np.uint8)
    Image.fromarray(pixels).save(path)


def screenshot(element: Locator, name: str) -> Image.Image:
    """Return what is seen of an element; also kept among the artefacts."""
    ARTEFACTS.mkdir(exist_ok=True)
    png = element.screenshot(path=ARTEFACTS / f"{name}.png")
    return Image.open(io.BytesIO(png)).convert("RGB")


def color_at(picture: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    """Color at a part of the picture's width and height, each 0 to 1."""
    red, green, blue = np.asarray(picture)[int(y * picture.height), int(x * picture.width), :3].tolist()
    return red, green, blue
