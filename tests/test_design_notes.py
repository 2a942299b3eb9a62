"""The notes for those who change the code speak of modules and files that are there."""

import re
from pathlib import Path

import pytest

from tiles.sources.drivers import ALLOWED_DRIVERS

ROOT = Path(__file__).parents[1]
NOTES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "design").glob("*.md"))]
# Between backticks: a dotted name of a module, perhaps with a name in it, or a path.
MODULE = re.compile(r"`((?:tiles|catalog|frontend|geodata)(?:\.\w+)+)(?:\(\))?`")
FILE = re.compile(r"`((?:tiles|catalog|frontend|geodata|tests|scripts|docs|packaging)/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def is_there(dotted: str) -> bool:
    """Return whether a dotted name is a module, a package, or a name that a module's text has."""
    path = ROOT.joinpath(*dotted.split("."))
    if path.is_dir() or path.with_suffix(".py").exists():
        return True
    module = path.parent.with_suffix(".py") if path.parent.with_suffix(".py").exists() else path.parent / "__init__.py"
    return module.exists() and re.search(rf"\b{path.name}\b", module.read_text()) is not None


@pytest.mark.parametrize("note", NOTES, ids=lambda path: path.name)
def test_notes_name_modules_and_files_that_exist(note):
    text = note.read_text()
    missing = [name for name in MODULE.findall(text) if not is_there(name)]
    missing += [name for name in FILE.findall(text) if not (ROOT / name).exists()]
    missing += [name for name in LINK.findall(text) if not (note.parent / name).exists()]
    assert not missing, f"{note.name} speaks of {missing}"


def test_decisions_are_dated_and_listed():
    folder = ROOT / "docs" / "design" / "decisions"
    notes = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert notes
    assert all(re.match(r"\d{4}-\d{2}-\d{2}-[a-z-]+\.md", name) for name in notes)
    assert set(LINK.findall((folder / "README.md").read_text())) - {"../README.md"} == notes


def test_security_notes_say_of_each_allowed_driver_what_it_may_open():
    text = (
        (ROOT / "docs" / "security-readers.md").read_text().partition("## GDAL's drivers")[2].partition("## large")[0]
    )
    firsts = (line.split("|")[1] for line in text.splitlines() if line.startswith("| "))
    named = {name.strip() for first in firsts for name in first.split(",")}
    assert not set(ALLOWED_DRIVERS) - named
