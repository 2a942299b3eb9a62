"""Name what can go wrong in the catalog. The HTTP status of each is decided in `catalog.api.errors`."""


class CatalogError(Exception):
    """Carry a stable `code` for programs and a sentence for people."""

    code = "catalog_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.message = message


class InvalidInput(CatalogError):
    code = "invalid_input"


class InvalidParameter(InvalidInput):
    """Name the parameter (of a query, or a member of a body) and say what is allowed."""

    code = "invalid_parameter"

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class InvalidFilter(InvalidParameter):
    """Say where in the filter, as a path of operators."""

    code = "invalid_filter"

    def __init__(self, message: str) -> None:
        super().__init__("filter", message)


class InvalidFreeText(InvalidParameter):
    code = "invalid_free_text"

    def __init__(self, message: str) -> None:
        super().__init__("q", message)


class NotFound(CatalogError):
    """Say that something isn't there, or may not be seen: which of the two is not told."""

    code = "not_found"


class NotAllowed(CatalogError):
    code = "not_allowed"


class Conflict(CatalogError):
    code = "conflict"


class TooLarge(CatalogError):
    code = "too_large"


class InvalidDocument(InvalidInput):
    """Refuse a STAC document; the message begins with the offending path."""

    code = "invalid_document"


class TookTooLong(CatalogError):
    code = "took_too_long"


class SortTookTooLong(TookTooLong):
    """Say that an order was asked for by what has no index, of too many items."""

    code = "sort_took_too_long"


class SourceRefused(InvalidInput):
    """Refuse a location that this site doesn't read."""

    code = "source_refused"


class SourceUnreachable(CatalogError):
    """Say that a location did not answer, or answered that it is not there."""

    code = "source_unreachable"

    def __init__(
        self, message: str, *, code: str | None = None, transient: bool = False, retry_after: float = 0.0
    ) -> None:
        super().__init__(message, code=code)
        # Whether trying again later may help, and after how many seconds the store says so; 0: it says nothing.
        self.transient = transient
        self.retry_after = retry_after


class CredentialsRefused(SourceUnreachable):
    """Say that a store refuses our keys: nothing is wrong with what was asked for, and somebody has to mend them."""

    code = "credentials_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=True)


class PreconditionFailed(CatalogError):
    """Refuse a change of another version than the present one."""

    code = "precondition_failed"
