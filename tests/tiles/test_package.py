"""The packages: `tiles` alone names all that it imports, and both take version and licence from one place."""

import ast
import re
import sys
import tomllib
from pathlib import Path

from geodata.settings.base import SPECTACULAR_SETTINGS
from tiles import __version__

ROOT = Path(__file__).resolve().parents[2]
# Modules whose distributions have other names. `osgeo` comes with the system's GDAL.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "drf_spectacular": "drf-spectacular",
    "large_image": "large-image",
    "large_image_source_ometiff": "large-image-source-ometiff",
    "large_image_source_openslide": "large-image-source-openslide",
    "large_image_source_tiff": "large-image-source-tiff",
    "openslide": "large-image-source-openslide",
    "rest_framework": "djangorestframework",
    "wsidicom": "large-image-source-dicom",
}


def imported() -> set[str]:
    found = set()
    for path in (ROOT / "tiles").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"tiles", "osgeo"}


def test_package_names_what_it_imports():
    project = tomllib.loads((ROOT / "packaging" / "tiles" / "pyproject.toml").read_text())["project"]
    named = {requirement.partition(">")[0] for requirement in project["dependencies"]}
    assert {DISTRIBUTIONS.get(name, name) for name in imported()} <= named


def test_version_stands_in_one_place():
    for project in (ROOT / "pyproject.toml", ROOT / "packaging" / "tiles" / "pyproject.toml"):
        described = tomllib.loads(project.read_text())["project"]
        assert "version" in described["dynamic"]
        assert "version" not in described
    assert SPECTACULAR_SETTINGS["VERSION"] == __version__
    assert f"image: geodata:{__version__}" in (ROOT / "docker-compose.yml").read_text()


def test_packages_have_licence_readme_and_types():
    own = ROOT / "packaging" / "tiles"
    assert (own / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert "gdal-config --version" in (own / "README.md").read_text()
    assert all((ROOT / app / "py.typed").exists() for app in ("geodata", "catalog", "tiles", "frontend"))


def test_nobody_is_told_to_install_what_somebody_else_has_published():
    """PyPI's `geodata` is another project's."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"] != "geodata"
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "catalog").rglob("*.py")]
    wrong = [
        path for path in texts if re.search(r"pip install\s+[\"']?geodata(\[|\s|$)", path.read_text(), re.MULTILINE)
    ]
    assert not wrong
