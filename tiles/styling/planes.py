"""Choose planes of an image by name: focus (z), time (t), channel (c), or all of them counted as frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tiles.errors import InvalidParameter
from tiles.limits import current_limits
from tiles.styling.parameters import digits

MOST_FRAMES = 10**9 - 1
PARAMETERS = ("frame", "z", "t", "c", "channel", "colors")
# Of channels whose file names none: light of every channel stays apart as long as there are few.
COLORS = ("0000ff", "00ff00", "ff0000", "00ffff", "ff00ff", "ffff00", "ffffff")


@dataclass(frozen=True, slots=True)
class Planes:
    """Say which planes a request shows. ``channels``: numbers or names; several overlay each other in ``colors``."""

    frame: int | None = None
    z: int | None = None
    t: int | None = None
    channels: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Planes()


@dataclass(frozen=True, slots=True)
class Layer:
    """Hold one frame and the color that its values are shown in; empty: as they are."""

    frame: int
    color: str = ""


@dataclass(frozen=True, slots=True)
class Frames:
    """Hold the planes of an image, and how its file has them shown.

    ``places``: frame by (z, t, c); ``channels``: names, empty where there is none; ``colors`` and ``windows``: of each
    channel, the latter the values that are black and full light; empty and None where the file says nothing.
    """

    count: int = 1
    z: int = 1
    t: int = 1
    channels: tuple[str, ...] = ("",)
    colors: tuple[str, ...] = ()
    places: tuple[tuple[int, int, int], ...] = ((0, 0, 0),)
    windows: tuple[tuple[float, float] | None, ...] = ()

    def window(self, frame: int) -> tuple[float, float] | None:
        """Return the values that the file has a frame's channel shown between."""
        channel = self.places[frame][2] if frame < len(self.places) else 0
        return self.windows[channel] if channel < len(self.windows) else None

    def describe(self) -> dict[str, Any]:
        names = [name or str(number) for number, name in enumerate(self.channels)]
        return {"frames": self.count, "z": self.z, "t": self.t, "channels": names}


ONE_FRAME = Frames()


def parse_planes(one: Callable[[str], str]) -> Planes | None:
    """Read the planes that request parameters name; None for none. ``one``: returns the text of a parameter.

    Raises InvalidParameter.
    """
    frame, z, t = (_number(name, one(name)) for name in ("frame", "z", "t"))
    channels, colors = _words(one("c") or one("channel")), _colors(one("colors"))
    if frame is not None and (z is not None or t is not None or channels):
        raise InvalidParameter("frame says which plane is meant; z, t and c don't go with it")
    if len(channels) > current_limits().bands:
        raise InvalidParameter(f"c names {len(channels)} channels; the limit is {current_limits().bands}")
    if colors and len(colors) != max(1, len(channels)):
        raise InvalidParameter(f"colors names {len(colors)} colors for {max(1, len(channels))} channels")
    return Planes(frame, z, t, channels, colors) or None


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    found = digits(text, low=0, high=MOST_FRAMES)
    if found is None:
        raise InvalidParameter(f"{name} must be a whole number from 0, not {text[:60]!r}")
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _colors(text: str) -> tuple[str, ...]:
    colors = tuple(word.removeprefix("#").lower() for word in _words(text))
    for color in colors:
        if len(color) != 6 or not set(color) <= set("0123456789abcdef"):
            raise InvalidParameter(f"colors must be six hexadecimal digits each, such as 00ff00, not {color[:60]!r}")
    return colors


def find_frames(entries: Sequence[dict[str, Any]] | None, channels: Sequence[str] = ()) -> Frames:
    """Read the planes in large-image's list of frames (``IndexZ``, ``IndexT``, ``IndexC``, ``Channel``)."""
    if not entries or len(entries) == 1:
        return Frames(channels=tuple(channels[:1]) or ("",))
    places = tuple(
        (int(each.get("IndexZ", 0)), int(each.get("IndexT", 0)), int(each.get("IndexC", 0))) for each in entries
    )
    if len(set(places)) < len(places):
        # Series, views or positions beside z, t and c: they are told apart as frames only.
        places = tuple((0, 0, number) for number in range(len(entries)))
        channels = ()
    z, t, c = (max(place[axis] for place in places) + 1 for axis in range(3))
    names = [str(name) for name in channels[:c]]
    return Frames(len(entries), z, t, tuple(names + [""] * (c - len(names))), (), places)


def select(frames: Frames, planes: Planes | None) -> tuple[Layer, ...]:
    """Return the frames to show, each with its color if there are several. Raises InvalidParameter."""
    if planes is None:
        return (Layer(0),)
    if planes.frame is not None:
        _check("frame", planes.frame, frames.count)
        return (Layer(planes.frame, planes.colors[0] if planes.colors else ""),)
    z, t = planes.z or 0, planes.t or 0
    _check("z", z, frames.z)
    _check("t", t, frames.t)
    numbers = [_channel(frames, word) for word in planes.channels] or [0]
    found = {place: frame for frame, place in enumerate(frames.places)}
    missing = [c for c in numbers if (z, t, c) not in found]
    if missing:
        raise InvalidParameter(f"There is no plane of z={z}, t={t}, c={missing[0]}")
    colors = planes.colors or (_default_colors(frames, numbers) if len(numbers) > 1 else ("",))
    return tuple(Layer(found[z, t, c], color) for c, color in zip(numbers, colors, strict=True))


def _check(name: str, value: int, count: int) -> None:
    if not 0 <= value < count:
        raise InvalidParameter(f"{name} must be within 0-{count - 1}, not {value}")


def _channel(frames: Frames, word: str) -> int:
    names = [name.lower() for name in frames.channels]
    if word.lower() in names:
        return names.index(word.lower())
    number = digits(word, low=0, high=MOST_FRAMES)
    if number is not None:
        _check("c", number, len(names))
        return number
    known = ", ".join(name for name in frames.channels if name) or f"0-{len(names) - 1}"
    raise InvalidParameter(f"No channel is called {word[:60]!r}; there are {known}")


def _default_colors(frames: Frames, numbers: list[int]) -> tuple[str, ...]:
    return tuple(
        frames.colors[c] if c < len(frames.colors) and frames.colors[c] else COLORS[c % len(COLORS)] for c in numbers
    )
