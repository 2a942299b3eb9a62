"""Where Vite's output lies, for the project's settings."""

from pathlib import Path
from typing import Any

DIST = Path(__file__).resolve().parent / "static" / "frontend" / "dist"


def vite_settings(*, dev_mode: bool = False) -> dict[str, Any]:
    """Return the value of DJANGO_VITE.

    In `dev_mode` templates name Vite's own server (`npm run dev`) and read no manifest, so that they also render
    where nothing has been built.
    """
    return {
        "default": {
            "dev_mode": dev_mode,
            "static_url_prefix": "frontend/dist",
            "manifest_path": DIST / "manifest.json",
        }
    }
