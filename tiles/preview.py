"""One picture of the whole image, for thumbnails."""

from .encode import encode
from .encode import image_format as find_format
from .errors import InvalidParameter
from .limits import DEFAULT_LIMITS, Limits
from .painting import Picture
from .pool import POOL
from .render import render_whole
from .sources import Source, SourceRef
from .style import Style

DEFAULT_SIDE = 512


def render_preview(
    ref: SourceRef,
    *,
    max_size: int = DEFAULT_SIDE,
    image_format: str = "webp",
    style: Style | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """An encoded picture, its longer side at most ``max_size`` pixels; transparent when no pixel is valid.

    Raises any of `tiles.errors`.
    """
    target = find_format(image_format)
    with POOL.lease(ref, limits=limits) as source:
        return encode(preview_picture(source, max_size=max_size, style=style or Style(), limits=limits), target)


def preview_picture(source: Source, *, max_size: int, style: Style, limits: Limits = DEFAULT_LIMITS) -> Picture:
    if not 1 <= max_size <= limits.output_side:
        raise InvalidParameter(f"max_size must be within 1-{limits.output_side} pixels, not {max_size}")
    return render_whole(source, style=style, side=max_size, limits=limits) or Picture.empty(1, 1)
