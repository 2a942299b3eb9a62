"""What can be wrong with `q`."""

from catalog.stac.errors import InvalidParameter


class InvalidFreeText(InvalidParameter):
    code = "invalid_free_text"

    def __init__(self, message: str) -> None:
        super().__init__("q", message)
