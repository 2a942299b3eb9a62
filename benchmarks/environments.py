"""The peers' own virtual environments: nothing of theirs gets into ours."""

import subprocess
import sys
from pathlib import Path

from benchmarks.places import ENVIRONMENTS

REQUIREMENTS = {
    "titiler": ["titiler.application==2.4.*", "rio-tiler==9.4.*", "uvicorn", "uvloop", "httptools"],
    "titiler-pgstac": [
        "titiler.pgstac==3.2.*",
        # Migrates and fills the database.
        "pypgstac[psycopg]==0.9.*",
        "psycopg[binary,pool]",
        "uvicorn",
        "uvloop",
        "httptools",
    ],
    "django-large-image-slides": [
        "django-large-image==0.10.5",
        "large-image-source-openslide",
        "large-image-source-tiff",
        "large-image-source-ometiff",
        "large-image-source-dicom",
        "openslide-bin",
        "gunicorn",
    ],
    "django-large-image": ["django-large-image==0.10.5", "large-image-source-rasterio", "gunicorn"],
    "rio-stac": ["rio-stac==0.12.*"],
}


def environment(name: str) -> Path:
    """Return the ``bin`` folder of a peer's environment, made when it isn't there."""
    folder = ENVIRONMENTS / name
    ready = folder / "ready"
    if not ready.exists():
        print(f"Installing {name} into {folder}")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", *REQUIREMENTS[name]], check=True)
        ready.touch()
    return folder / "bin"
