"""Whether images have what a style names. Told from their headers, before a client asks for a thousand tiles."""

from tiles.errors import UnsupportedOperation
from tiles.rendering.composite import asset_numbers
from tiles.slides.source import SlideSource
from tiles.sources.registry import Source
from tiles.styling.expression import parse_expression
from tiles.styling.planes import ONE_FRAME, select
from tiles.styling.style import Style


def check_style(source: Source, style: Style, *, count: int = 1) -> None:
    """Raises InvalidParameter for a band, a plane or one of ``count`` assets that isn't there. Reads no pixels.

    ``source``: the first of the images.
    """
    if count > 1:
        asset_numbers(style, count)
        return
    if isinstance(source, SlideSource):
        if style.expression:
            raise UnsupportedOperation("Expressions are evaluated on rasters, not on slides")
        source.select(style.planes)
    else:
        select(ONE_FRAME, style.planes)
    for index in _bands(style):
        source.check_band(index)


def _bands(style: Style) -> tuple[int, ...]:
    if style.expression:
        return parse_expression(style.expression).bands
    return style.indexes or tuple(layer.band for layer in style.layers if isinstance(layer.band, int))
