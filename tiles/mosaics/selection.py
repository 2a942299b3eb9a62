"""Select what a mosaic shows where several images overlap: one accumulator for each pixel selection."""

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter
from tiles.sampling.pixels import Mask, Pixels, cast_like
from tiles.sampling.resampling import Samples, merge


class Selection(ABC):
    """Accumulate the samples of one image after the other, all of one size."""

    # Whether colors of a table may be selected so: they can be chosen among, not averaged.
    for_palettes = False
    # Whether every image's samples are kept until the end.
    keeps_all = False

    @property
    def missing(self) -> npt.NDArray[np.bool_] | None:
        """Return where further images may change something, (rows, columns); None: everywhere."""
        return None

    @abstractmethod
    def add(self, samples: Samples) -> bool:
        """Add an image's samples; return whether any of its pixels are selected."""

    @abstractmethod
    def result(self) -> Samples | None:
        """Return the selected samples; None when nothing was added."""


class First(Selection):
    """Select each pixel from the first image that has it."""

    for_palettes = True

    def __init__(self) -> None:
        self._found: Samples | None = None

    @property
    def missing(self) -> npt.NDArray[np.bool_] | None:
        return None if self._found is None else ~shown(self._found)

    def add(self, samples: Samples) -> bool:
        missing = self.missing
        if missing is not None and not (missing & shown(samples)).any():
            return False
        self._found = merge(samples, self._found) if self._found else samples
        return True

    def result(self) -> Samples | None:
        return self._found


class _Extreme(Selection):
    """Select an extreme of each band by itself."""

    function: np.ufunc

    def __init__(self) -> None:
        self._found: Samples | None = None

    def add(self, samples: Samples) -> bool:
        found = self._found
        if found is None:
            self._found = samples
            return True
        both = shown(found) & shown(samples)
        over = merge(samples, found)
        extreme = self.function(found.pixels, samples.pixels)
        self._found = replace(over, pixels=np.where(both[:, :, None], extreme, over.pixels))
        return True

    def result(self) -> Samples | None:
        return self._found


class Highest(_Extreme):
    function = np.maximum


class Lowest(_Extreme):
    function = np.minimum


class Mean(Selection):
    def __init__(self) -> None:
        self._sums: npt.NDArray[np.float64] | None = None
        self._counts: npt.NDArray[np.int64] | None = None
        self._type = np.dtype(np.uint8)

    def add(self, samples: Samples) -> bool:
        if self._sums is None or self._counts is None:
            self._type = samples.pixels.dtype
            self._sums = np.zeros(samples.pixels.shape, np.float64)
            self._counts = np.zeros(samples.pixels.shape[:2], np.int64)
        valid = shown(samples)
        self._type = np.result_type(self._type, samples.pixels.dtype)
        self._sums += np.where(valid[:, :, None], samples.pixels, 0)
        self._counts += valid
        return True

    def result(self) -> Samples | None:
        if self._sums is None or self._counts is None:
            return None
        means = self._sums / np.maximum(self._counts, 1)[:, :, None]
        return Samples(cast_like(means, self._type), _mask(self._counts > 0))


class Median(Selection):
    keeps_all = True

    def __init__(self) -> None:
        self._layers: list[Pixels] = []
        self._type = np.dtype(np.uint8)

    def add(self, samples: Samples) -> bool:
        self._type = np.result_type(self._type, samples.pixels.dtype) if self._layers else samples.pixels.dtype
        self._layers.append(np.where(shown(samples)[:, :, None], samples.pixels, np.nan))
        return True

    def result(self) -> Samples | None:
        if not self._layers:
            return None
        # NaN, which is missing, comes last.
        ordered = np.sort(np.stack(self._layers), axis=0)
        counts = np.isfinite(ordered).sum(axis=0)
        low, high = (np.maximum(each, 0)[None] for each in ((counts - 1) // 2, counts // 2))
        high = np.minimum(high, len(self._layers) - 1)
        middle = (np.take_along_axis(ordered, low, 0)[0] + np.take_along_axis(ordered, high, 0)[0]) / 2
        return Samples(cast_like(np.nan_to_num(middle), self._type), _mask(counts[:, :, 0] > 0))


class Count(Selection):
    """Count how many images have each pixel."""

    for_palettes = True

    def __init__(self) -> None:
        self._counts: npt.NDArray[np.uint16] | None = None

    def add(self, samples: Samples) -> bool:
        valid = shown(samples).astype(np.uint16)
        self._counts = valid if self._counts is None else self._counts + valid
        return True

    def result(self) -> Samples | None:
        if self._counts is None:
            return None
        return Samples(self._counts[:, :, None], _mask(self._counts > 0))


SELECTIONS: dict[str, type[Selection]] = {
    "first": First,
    "highest": Highest,
    "lowest": Lowest,
    "mean": Mean,
    "median": Median,
    "count": Count,
}


def parse_selection(name: str) -> str:
    """Return the name of a pixel selection. Raises InvalidParameter for any other text."""
    if name not in SELECTIONS:
        raise InvalidParameter(f"pixel_selection must be one of {', '.join(SELECTIONS)}, not {name[:40]!r}")
    return name


def shown(samples: Samples) -> npt.NDArray[np.bool_]:
    """Return which pixels of the samples are valid, (rows, columns)."""
    if samples.alpha is None:
        return np.ones(samples.pixels.shape[:2], np.bool_)
    return np.asarray(samples.alpha > 0)


def _mask(valid: npt.NDArray[np.bool_]) -> Mask:
    return np.asarray(valid.astype(np.uint8) * np.uint8(255))
