"""Counts the modules and functions of this repository that something passes through: how far a reader has to follow."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any, Self

ROOT = Path(__file__).parents[1]
APPS = ("tiles", "catalog", "frontend", "geodata")


class Hops:
    """``with Hops() as hops: client.get(url)`` fills ``hops.modules``: qualified names of functions by module.

    Seen: Python code of the four apps, run in the thread that enters the block.
    """

    def __init__(self) -> None:
        self.modules: dict[str, set[str]] = {}
        self._roots = tuple(f"{ROOT / app}/" for app in APPS)

    def __enter__(self) -> Self:
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _profile(self, frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(self._roots):
            self.modules.setdefault(file.removeprefix(f"{ROOT}/"), set()).add(frame.f_code.co_qualname)

    @property
    def functions(self) -> int:
        """How many functions, methods, comprehensions and class bodies were called, each counted once."""
        return sum(map(len, self.modules.values()))

    def __str__(self) -> str:
        """List all of them by module, for a test's message."""
        lines = (f"{module}: {', '.join(sorted(names))}" for module, names in sorted(self.modules.items()))
        return "\n".join([f"{len(self.modules)} modules, {self.functions} functions", *lines])
