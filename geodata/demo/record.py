"""What the demo remembers between its runs: its token, and which ingest filled which collection."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self


@dataclass(kw_only=True)
class DemoRecord:
    """``jobs`` maps a collection's id to its ingest's; ``files`` to the names that ingest had."""

    path: Path
    token: str = ""
    jobs: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what was remembered in the file, or a blank record."""
        if not path.exists():
            return cls(path=path)
        return cls(path=path, **json.loads(path.read_text()))

    def write(self) -> None:
        self.path.touch(mode=0o600)
        content = {key: value for key, value in asdict(self).items() if key != "path"}
        self.path.write_text(json.dumps(content, indent=1))
