"""How alike two tiles are, and which of them is right where they differ."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.exactness import Level, Tile, blended, levels, picked, share_at_place
from tiles.geo.grids import TileArea
from tiles.sources.raster import RasterSource

LEAST_MASK, LEAST_PSNR, LEAST_EQUAL = 99.5, 35.0, 99.0
# Percent of pixels that have to be right by the judge.
LEAST_RIGHT = 99.9
# Output pixels by which a picked position may be out; then, in pixels of the level, what rio-tiler's approximate
# transform may be out by, half a pixel's tie, and what picking twice adds up to.
SLACK = 0.02
TIE = 0.5
ALLOWANCES = (
    (0.125, "within its transform's tolerance"),
    (TIE, "up to a tie"),
    (1.0, "picks twice, up to a pixel off"),
)
# By how much a pixel of a lossy format depends on the library that decodes it.
DECODED = 4.0


@dataclass(frozen=True)
class Verdict:
    """``mask`` and ``equal`` in percent, ``psnr`` in dB (inf: identical), over ``pixels`` compared values."""

    mask: float
    psnr: float
    equal: float
    pixels: int

    def agrees(self, resampling: str) -> bool:
        alike = self.equal >= LEAST_EQUAL if resampling == "nearest" else self.psnr >= LEAST_PSNR
        return alike and self.mask >= LEAST_MASK


@dataclass(frozen=True)
class Judgement:
    """Whether ours is right, the measurements that say so, and whether both are, up to a tie of half a pixel."""

    right: bool
    reason: str
    tied: bool = False


def compare(mine: Tile, other: Tile) -> Verdict:
    """Masks everywhere; values where both are valid and not next to an edge."""
    mask = (mine[1] > 0) == (other[1] > 0)
    both = ((mine[1] > 0) & (other[1] > 0)).astype(np.uint8)
    interior = cv2.erode(both, np.ones((9, 9)), borderValue=1) > 0
    a, b = (np.abs(values[:, interior]).astype(np.float64) for values in (mine[0], other[0]))
    if a.size == 0:
        return Verdict(100 * float(mask.mean()), math.inf, 100.0, 0)
    shown = np.abs(other[0][:, both > 0]).astype(np.float64)
    peak = 255.0 if mine[0].dtype == np.uint8 else max(float(np.ptp(shown)), 1e-9)
    error = float(np.mean((a - b) ** 2))
    psnr = math.inf if error == 0 else 10 * math.log10(peak**2 / error)
    return Verdict(100 * float(mask.mean()), psnr, 100 * float(np.isclose(a, b).mean()), a.size)


def judge(
    source: RasterSource, area: TileArea, bands: tuple[int, ...], *, mine: Tile, other: Tile, resampling: str
) -> Judgement:
    """Which of two tiles is what the file holds at these places, and what the other one did."""
    found = list(levels(source, area, bands))
    if not found:
        return Judgement(False, "no level to judge by")
    return (_judge_picked if resampling == "nearest" else _judge_blended)(found, mine, other)


def _judge_picked(found: list[Level], mine: Tile, other: Tile) -> Judgement:
    slacks = [SLACK * max(1.0, *level.ratio) for level in found]
    shares = [share_at_place(level, mine, slack=slack) for level, slack in zip(found, slacks, strict=True)]
    best = found[int(np.argmax(shares))]
    masks = [compare(one, picked(best)).mask for one in (mine, other)]
    right = max(shares) >= LEAST_RIGHT and masks[0] >= LEAST_MASK
    ours = f"ours: {max(shares):.2f} % are the pixels of level {best.number} at their places, mask {masks[0]:.2f} %"
    tied = right and masks[1] >= LEAST_MASK and share_at_place(best, other, slack=TIE) >= LEAST_EQUAL
    return Judgement(right, f"{ours}; rio-tiler: {_how_picked(found, best, other)}, mask {masks[1]:.2f} %", tied)


def _how_picked(found: list[Level], ours: Level, other: Tile) -> str:
    shares = [share_at_place(level, other, slack=ALLOWANCES[-1][0]) for level in found]
    theirs = ours if shares[found.index(ours)] >= LEAST_EQUAL else found[int(np.argmax(shares))]
    where = "" if theirs is ours else f"reads level {theirs.number}, "
    exact = share_at_place(theirs, other, slack=SLACK * max(1.0, *theirs.ratio))
    for slack, words in ALLOWANCES:
        share = share_at_place(theirs, other, slack=slack)
        if share >= LEAST_EQUAL:
            return f"{where}{exact:.2f} % there, {share:.2f} % {words}"
    near = share_at_place(theirs, other, slack=ALLOWANCES[0][0], off=DECODED)
    return f"{where}{exact:.2f} % there, {share:.2f} % within a pixel, {near:.2f} % there but for {DECODED:g} in value"


def _judge_blended(found: list[Level], mine: Tile, other: Tile) -> Judgement:
    exact = [blended(level) for level in found]
    ours, theirs = ([compare(one, tile) for tile in exact] for one in (mine, other))
    best, their_best = _best(ours), _best(theirs)
    shown, level = theirs[best], found[best].number
    reason = f"of level {level}'s exact blend, ours: {_figures(ours[best])}; rio-tiler: {_figures(shown)}"
    if their_best != best:
        reason += f", but of level {found[their_best].number}'s {_figures(theirs[their_best])}"
    return Judgement(ours[best].agrees("bilinear"), reason)


def _best(verdicts: list[Verdict]) -> int:
    """Return the level that explains a tile: by its mask if that differs, then by its values."""
    return max(range(len(verdicts)), key=lambda i: (verdicts[i].mask >= LEAST_MASK, min(verdicts[i].psnr, 99.0)))


def _figures(verdict: Verdict) -> str:
    return f"{verdict.psnr:.1f} dB, mask {verdict.mask:.2f} %"
