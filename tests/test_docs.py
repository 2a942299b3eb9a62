"""The pages of docs/ are all reached, lead nowhere that isn't, and name every error."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.extraction.result import CODES
from geodata.demo.imagery import COLLECTIONS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|/)([^)\s]+)\)")
CODE = re.compile(r"""(?:\b(?:default_)?code = |\bcode=|ExtractionError\(\s*|error_body\(|"code": )"([A-Za-z_]+)\"""")


def named(entry: Any) -> Iterator[str]:
    """Yield the pages that a part of the navigation names."""
    if isinstance(entry, str):
        yield entry
        return
    for part in entry.values() if isinstance(entry, dict) else entry:
        yield from named(part)


def anchors(page: Path) -> set[str]:
    """Return what links may lead to within a page: its headings, as mkdocs and GitHub write them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    texts = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in texts}


def test_navigation_names_every_page_once():
    pages = list(named(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]))
    assert sorted(pages) == sorted(path.relative_to(DOCS).as_posix() for path in PAGES)


def test_pages_take_nothing_from_elsewhere():
    text = (ROOT / "mkdocs.yml").read_text()
    assert "font: false" in text
    assert not re.search(r"https?://", text)
    assert not [page.name for page in PAGES if re.search(r"!\[[^\]]*\]\(http", page.read_text())]


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_what_is_there(page):
    lost = []
    for link in LINK.findall(FENCED.sub("", page.read_text())):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost, f"{page.name} leads to {lost}"


@pytest.mark.parametrize(("pages", "most"), [("README.md", 150), ("docs/how-to/*.md", 80)])
def test_pages_for_a_first_look_stay_short(pages, most):
    lengths = {path.name: len(path.read_text().splitlines()) for path in ROOT.glob(pages)}
    assert lengths
    assert not {name: length for name, length in lengths.items() if length > most}


def test_errors_of_the_code_are_in_the_reference():
    text = (DOCS / "errors.md").read_text()
    modules = [path for app in ("tiles", "catalog", "geodata") for path in (ROOT / app).rglob("*.py")]
    codes = {code for path in modules for code in CODE.findall(path.read_text())} | set(CODES)
    missing = {code for code in codes if f"`{code}`" not in text}
    assert not missing, f"docs/errors.md says nothing of {missing}"


def test_tutorial_speaks_of_the_demos_imagery():
    names = {f"{collection.id}/{Path(name).stem}" for collection in COLLECTIONS for name in collection.files}
    asked = set(re.findall(r"/tiles/((?:satellite|elevation|slides)/\w+)/", (DOCS / "tutorial.md").read_text()))
    assert asked
    assert asked <= names
