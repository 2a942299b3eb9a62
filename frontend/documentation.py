"""Tell pages where the documentation is, if it was built (`make docs`)."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix

PLACE = "docs/"


def is_built() -> bool:
    """Tell whether there are pages to show."""
    return (Path(settings.DOCS_DIR) / "index.html").is_file()


def documentation(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001  What context processors are called with.
    """Return the address of the documentation for templates; empty without."""
    return {"documentation_url": f"{get_script_prefix()}{PLACE}" if is_built() else ""}
