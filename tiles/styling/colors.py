"""Colors as requests spell them: CSS names, hexadecimal, numbers."""

from typing import Any

from PIL import ImageColor

from tiles.errors import InvalidParameter
from tiles.styling.colormaps import Color

MAX_LENGTH = 40
CHANNELS = (3, 4)


def parse_color(value: Any, *, name: str) -> Color:
    """Red, green, blue and alpha of ``"#f80"``, ``"orange"``, ``[255, 128, 0]``. ``name``: of the parameter.

    Raises InvalidParameter.
    """
    if isinstance(value, str) and len(value) <= MAX_LENGTH:
        try:
            found = ImageColor.getcolor(value.strip(), "RGBA")
        except ValueError:
            raise InvalidParameter(f"{name}: {value!r} is no color; name one, or write #rrggbb") from None
        red, green, blue, alpha = found if isinstance(found, tuple) and len(found) == len("RGBA") else (0, 0, 0, 255)
        return red, green, blue, alpha
    if isinstance(value, list | tuple) and len(value) in CHANNELS and all(_is_channel(part) for part in value):
        red, green, blue, alpha = [*(int(part) for part in value), 255][:4]
        return red, green, blue, alpha
    raise InvalidParameter(f"{name}: a color is #rrggbb, a name, or three or four whole numbers within 0-255")


def _is_channel(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255
