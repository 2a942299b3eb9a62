"""`tiles` as a package of its own names all that it imports."""

import ast
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Modules whose distributions have other names. `osgeo` comes with the system's GDAL.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "drf_spectacular": "drf-spectacular",
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
