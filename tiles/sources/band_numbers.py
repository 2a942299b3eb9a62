"""Band numbers that `bidx`, `expression` or `style` name, and whether there are so many."""

from tiles.errors import InvalidParameter


def check_band(index: int, count: int) -> None:
    """Raise InvalidParameter when an image of ``count`` bands has no band ``index``, counted from 1."""
    if not 1 <= index <= count:
        has = f"bands 1-{count}" if count > 1 else "band 1 only"
        raise InvalidParameter(f"Band {index} of bidx, expression or style doesn't exist: the image has {has}")


def check_asset(number: int, count: int) -> None:
    """Raise InvalidParameter when ``assets`` doesn't name so many, which are b1, b2, … in their order."""
    if not 1 <= number <= count:
        raise InvalidParameter(f"b{number} of bidx, expression or style doesn't exist: assets names {count}")
