"""Serve the documentation at `/docs/`, where it was built (`make docs`), beside the static files."""

from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from frontend.documentation import PLACE, is_built

# As strict as that of the site's own pages: `scripts/docs_hook.py` makes files of the builder's inline scripts.
POLICY = (
    "default-src 'self'; img-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; "
    "object-src 'none'"
)


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise has no types.
    """Serve static files as WhiteNoise does, and the pages of the documentation, a folder by its `index.html`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_built():
            self.add_headers_function = _protect
            self.index_file = "index.html"
            self.add_files(settings.DOCS_DIR, prefix=PLACE)


def _protect(headers: Any, _path: str, url: str) -> None:
    if url.startswith(f"/{PLACE}"):
        headers["Content-Security-Policy"] = POLICY
        headers["X-Content-Type-Options"] = "nosniff"
