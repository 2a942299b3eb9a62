"""What a mosaic is made of."""

from collections.abc import Sequence
from typing import Protocol

import shapely

from tiles.errors import SourceCorrupt, SourceNotFound, SourceUnreachable, SourceUnreadable
from tiles.sources.reference import SourceRef

# The assets of one item.
Images = tuple[SourceRef, ...]
# What a member is left out for, and said to be unreadable.
BROKEN = (SourceNotFound, SourceUnreadable, SourceCorrupt, SourceUnreachable)


class Member(Protocol):
    """One item. ``footprint``: where its images lie, in degrees; None: unknown."""

    @property
    def sources(self) -> Images: ...

    @property
    def footprint(self) -> shapely.Geometry | None: ...


Members = Sequence[Member]
