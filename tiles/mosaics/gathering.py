"""Read a mosaic's members in their order, one open at a time, until no further one can change the result."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from tiles.errors import InvalidParameter, OutsideBounds, TilesError, UnsupportedOperation
from tiles.limits import Limits
from tiles.mosaics.coverage import Coverage
from tiles.mosaics.members import BROKEN, Member, Members
from tiles.mosaics.selection import SELECTIONS, Selection
from tiles.sampling.resampling import Samples
from tiles.sources.pool import lease_sources
from tiles.sources.protocol import Source

# One for each part that is selected among by itself; None when the images have nothing there.
Read = Callable[[tuple[Source, ...]], Sequence[Samples] | None]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Hold what was selected of a mosaic's members.

    ``parts``: the selected samples of each part that was read; none when no member has anything there. ``used``: the
    indexes of the members whose pixels these are. ``incomplete``: why members were left out: items, time, unreadable;
    empty when none was that could matter.
    """

    parts: tuple[Samples, ...]
    used: tuple[int, ...]
    incomplete: str = ""


def gather(members: Members, coverage: Coverage, *, selection: str, read: Read, limits: Limits) -> Gathered:
    """Read one member after the other and select among their pixels, until no further one can change the outcome.

    A member that can't be read is left out.

    Args:
        members: those that lie there, in their order.
        coverage: of the place that is read: tells whether a member can still change anything there.
        selection: the name of a pixel selection.
        read: reads an open member's samples, one for each part that is selected among by itself.
        limits: bound how many members are looked at and opened, and for how long.

    Raises:
        TilesError: Nothing was read, because of this error of the member that was tried last.
    """
    search = _Search(SELECTIONS[selection], coverage, most=_most(SELECTIONS[selection], coverage.pixels, limits))
    end = time.monotonic() + limits.mosaic_seconds
    for number, member in enumerate(members[: limits.mosaic_scan]):
        if not search.needs(member):
            continue
        if search.opened == search.most or time.monotonic() > end:
            search.reason = "items" if search.opened == search.most else "time"
            break
        search.look_at(number, member, read, limits)
        if search.is_complete:
            break
    else:
        if len(members) > limits.mosaic_scan:
            search.reason = search.reason or "items"
    return search.gathered()


def _most(selection: type[Selection], pixels: int, limits: Limits) -> int:
    """Return how many members may be opened: fewer for a selection that keeps the pixels of all of them."""
    if not selection.keeps_all:
        return limits.mosaic_items
    return min(limits.mosaic_items, max(1, limits.region_values // (pixels * 4)))


class _Search:
    """Go through the members of one place, and keep what was selected of them so far."""

    def __init__(self, selection: type[Selection], coverage: Coverage, *, most: int) -> None:
        self.most, self.opened, self.reason = most, 0, ""
        self._selection, self._coverage = selection, coverage
        self._selections: list[Selection] = []
        self._used: list[int] = []
        self._failure: TilesError | None = None
        # Where any part may still change; None: everywhere.
        self._missing: npt.NDArray[np.bool_] | None = None
        # Footprints that add nothing. They never will: what is missing only becomes less.
        self._refused: set[bytes] = set()

    @property
    def is_complete(self) -> bool:
        return self._missing is not None and not self._missing.any()

    def needs(self, member: Member) -> bool:
        """Return whether the member may change anything of what was selected so far."""
        if self._missing is None or member.footprint is None:
            return True
        footprint = shapely.to_wkb(member.footprint)
        if footprint in self._refused:
            return False
        if self._coverage.lie_at(member.footprint, self._missing):
            return True
        self._refused.add(footprint)
        return False

    def look_at(self, number: int, member: Member, read: Read, limits: Limits) -> None:
        self.opened += 1
        try:
            with lease_sources(member.sources, limits=limits) as sources:
                parts = read(sources)
        except (OutsideBounds, InvalidParameter, UnsupportedOperation):
            # Not there, or lacks a band.
            return
        except BROKEN as error:
            self._failure, self.reason = error, "unreadable"
            return
        # Also of what had nothing: footprints within its own that promise no more than an edge are none to open.
        self._coverage.cover(member.footprint)
        if not parts or not any(part.alpha is None or part.alpha.any() for part in parts):
            return
        self._selections = self._selections or [self._selection() for _ in parts]
        changes = [one.add(part) for one, part in zip(self._selections, parts, strict=True)]
        if any(changes):
            self._used.append(number)
            self._missing = self._find_missing()

    def _find_missing(self) -> npt.NDArray[np.bool_] | None:
        masks = [one.missing for one in self._selections]
        known = [mask for mask in masks if mask is not None]
        return np.logical_or.reduce(known) if known and len(known) == len(masks) else None

    def gathered(self) -> Gathered:
        if self._failure is not None and not self._used:
            raise self._failure
        results = [one.result() for one in self._selections]
        return Gathered(tuple(each for each in results if each is not None), tuple(self._used), self.reason)
