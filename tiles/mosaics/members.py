"""Define a mosaic's members, and ask the first that opens what a request needs to know: bands, size of pixels."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import shapely

from tiles.errors import (
    OutsideBounds,
    SourceCorrupt,
    SourceNotFound,
    SourceUnreachable,
    SourceUnreadable,
    TilesError,
    UnsupportedOperation,
)
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.sources.pool import lease_sources
from tiles.sources.protocol import Source
from tiles.sources.reference import SourceRef

# The assets of one item.
Images = tuple[SourceRef, ...]
# What a member is left out for, and said to be unreadable.
BROKEN = (SourceNotFound, SourceUnreadable, SourceCorrupt, SourceUnreachable)


class Member(Protocol):
    """Describe one item of a mosaic. ``footprint``: where its images lie, in degrees; None: unknown."""

    @property
    def sources(self) -> Images: ...

    @property
    def footprint(self) -> shapely.Geometry | None: ...


Members = Sequence[Member]
# Members that are tried for one that can be opened.
ATTEMPTS = 8
Answer = TypeVar("Answer")


def ask_reference(
    members: Members, question: Callable[[tuple[Source, ...]], Answer], *, limits: Limits = DEFAULT_LIMITS
) -> Answer:
    """Ask the question of the images of the first member that opens, and close them again.

    Raises OutsideBounds when there is none, and what opening the last one did.
    """
    failure: TilesError = OutsideBounds("No image of the layer lies there")
    for member in members[:ATTEMPTS]:
        try:
            with lease_sources(member.sources, limits=limits) as sources:
                return question(sources)
        except (*BROKEN, UnsupportedOperation) as error:
            failure = error
    raise failure
