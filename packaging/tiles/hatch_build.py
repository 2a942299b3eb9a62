"""Take the code of `tiles` from where it lies: two folders up in the repository, here in a source distribution."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


def code_of(root: str) -> Path:
    """Return the folder of `tiles`, as seen from the folder of this file."""
    beside = Path(root) / "tiles"
    return beside if beside.is_dir() else Path(root).resolve().parents[1] / "tiles"


class MetadataHook(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        found = re.search(r'^__version__ = "(.+)"$', (code_of(self.root) / "__init__.py").read_text(), re.MULTILINE)
        assert found is not None
        metadata["version"] = found[1]


class BuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version
        code = code_of(self.root)
        for path in sorted(code.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                build_data["force_include"][str(path)] = str(Path("tiles") / path.relative_to(code))
