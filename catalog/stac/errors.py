"""What a client can get wrong in a search."""

from catalog.errors import InvalidInput


class InvalidParameter(InvalidInput):
    """Names the parameter (a query parameter, or a member of the body) and says what is allowed."""

    code = "invalid_parameter"

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class InvalidFilter(InvalidParameter):
    """Says where in the filter, as a path of operators."""

    code = "invalid_filter"

    def __init__(self, message: str) -> None:
        super().__init__("filter", message)


class InvalidFreeText(InvalidParameter):
    code = "invalid_free_text"

    def __init__(self, message: str) -> None:
        super().__init__("q", message)
