"""What an ingest is asked for, before it is written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One thing to ingest: exactly one of `href`, `prefix`, `stac`, `document` and `file`.

    Of what lies below a prefix, `include` is a glob of what is wanted, `exclude` are those of what isn't, and what was
    written before `since` isn't either. `stac` is the address of a STAC document, `document` one itself, as JSON. Of a
    scene of several files, `href` is its address and `parts` or `uploads` are the files.
    """

    href: str = ""
    prefix: str = ""
    include: str = ""
    exclude: tuple[str, ...] = ()
    since: datetime | None = None
    stac: str = ""
    document: str = ""
    file: UUID | None = None
    parts: tuple[str, ...] = ()
    uploads: tuple[UUID, ...] = ()

    def listing_details(self) -> dict[str, Any]:
        """Return what a prefix' source notes of its listing besides `include`."""
        details: dict[str, Any] = {"exclude": list(self.exclude)} if self.exclude else {}
        return details | ({"since": self.since.isoformat()} if self.since else {})
