"""Check by their headers that images have what a style names, before a client asks for a thousand tiles."""

from tiles.errors import InvalidParameter, UnsupportedOperation
from tiles.sources.protocol import Source
from tiles.styling.expression import parse_expression
from tiles.styling.resolving import shows_one_band
from tiles.styling.style import Style


def check_style(source: Source, style: Style, *, count: int = 1) -> None:
    """Raise InvalidParameter for a band, a plane or one of ``count`` assets that isn't there. Reads no pixels.

    ``source``: the first of the images.
    """
    if count > 1:
        asset_numbers(style, count)
        return
    source.check_style(style)
    for index in _bands(style):
        source.check_band(index)


def check_pictured(style: Style) -> None:
    """Raise InvalidParameter for an expression of which no picture is made: it has neither one part nor three."""
    if style.expression:
        parse_expression(style.expression)


def _bands(style: Style) -> tuple[int, ...]:
    if style.expression:
        return parse_expression(style.expression, of_values=True).bands
    return style.indexes or tuple(layer.band for layer in style.layers if isinstance(layer.band, int))


def asset_numbers(style: Style, count: int) -> tuple[int, ...]:
    """Return which of ``count`` images take part, from 1. Raises InvalidParameter for one that there isn't."""
    numbers = (
        parse_expression(style.expression, of_values=True).bands
        if style.expression
        else _layer_numbers(style) or style.indexes
    )
    numbers = numbers or tuple(range(1, count + 1))
    for number in numbers:
        check_asset(number, count)
    if not (style.expression or style.layers) and len(numbers) not in (1, 3):
        raise InvalidParameter(f"One asset or three make a picture, not {len(numbers)}; or give an expression")
    if style.algorithm:
        raise UnsupportedOperation(f"algorithm={style.algorithm.name} is of one image, not of several")
    if shows_one_band(style) and not style.expression and len(numbers) != 1:
        raise InvalidParameter("A color map needs one asset, or an expression with one value")
    for name, given in (("rescale", style.rescale), ("stretch", style.stretch)):
        if not style.expression and len(given) not in (0, 1, len(numbers)):
            raise InvalidParameter(f"{name} is given {len(given)} times for {len(numbers)} assets")
    return numbers


def _layer_numbers(style: Style) -> tuple[int, ...]:
    numbers = tuple(layer.band for layer in style.layers if isinstance(layer.band, int))
    if len(numbers) < len(style.layers) or any(layer.frame_of(0) for layer in style.layers):
        raise InvalidParameter("style: of several assets a band is the number of one, from 1, and there is one frame")
    return numbers


def check_asset(number: int, count: int) -> None:
    """Raise InvalidParameter when ``assets`` doesn't name so many, which are b1, b2, … in their order."""
    if not 1 <= number <= count:
        raise InvalidParameter(f"b{number} of bidx, expression or style doesn't exist: assets names {count}")
