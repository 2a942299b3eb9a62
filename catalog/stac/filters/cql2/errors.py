"""What can be wrong with a filter."""

from catalog.stac.errors import InvalidParameter


class InvalidFilter(InvalidParameter):
    """Says where in the filter, as a path of operators."""

    code = "invalid_filter"

    def __init__(self, message: str) -> None:
        super().__init__("filter", message)
