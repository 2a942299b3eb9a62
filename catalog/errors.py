"""What can go wrong in the catalog. The HTTP status of each is decided in `catalog.api.errors`."""


class CatalogError(Exception):
    """Has a stable `code` for programs and a sentence for people."""

    code = "catalog_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.message = message


class InvalidInput(CatalogError):
    code = "invalid_input"


class NotFound(CatalogError):
    """Also what one may not see: its existence is not told."""

    code = "not_found"


class NotAllowed(CatalogError):
    code = "not_allowed"


class Conflict(CatalogError):
    code = "conflict"


class TooLarge(CatalogError):
    code = "too_large"


class InvalidDocument(InvalidInput):
    """A STAC document that can't be taken; the message begins with the offending path."""

    code = "invalid_document"


class TookTooLong(CatalogError):
    code = "took_too_long"


class SourceRefused(InvalidInput):
    """The location is not one that this site reads."""

    code = "source_refused"


class SourceUnreachable(CatalogError):
    """The location did not answer, or answered that it is not there."""

    code = "source_unreachable"

    def __init__(self, message: str, *, code: str | None = None, transient: bool = False) -> None:
        super().__init__(message, code=code)
        # Whether trying again later may help.
        self.transient = transient


class PreconditionFailed(CatalogError):
    """The client asked for a change of another version than the present one."""

    code = "precondition_failed"
