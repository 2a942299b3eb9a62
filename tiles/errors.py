"""Name what can go wrong with imagery. Each class has a stable ``code``; `tiles.rest.errors` has its HTTP status."""

from typing import ClassVar


class TilesError(Exception):
    """Base of every error that a caller of `tiles` may show: a ``code`` for programs, a sentence for people."""

    code: ClassVar[str] = "tiles_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SourceNotFound(TilesError):
    """The file is not where the catalog says."""

    code = "source_not_found"


class SourceReplaced(SourceNotFound):
    """Another file lies there than the catalog knows: what is known of it would not fit its pixels."""

    code = "source_replaced"


class SourceUnreadable(TilesError):
    """The file exists, but nothing here may or can open it."""

    code = "source_unreadable"


class UnsafeSource(SourceUnreadable):
    """The file would have its reader open others, which it names: no reader gets it."""


class SourceCorrupt(TilesError):
    """The file opens, but its pixels can't be decoded."""

    code = "source_corrupt"


class SourceUnreachable(TilesError):
    """The server that holds the file doesn't answer, or refuses."""

    code = "source_unreachable"


class SourceStalled(SourceUnreachable):
    """The store that holds the file is too slow at the moment; it is asked again in a while."""

    code = "source_stalled"


class OutsideBounds(TilesError):
    """The tile, point or zoom lies outside the image."""

    code = "outside_bounds"


class InvalidParameter(TilesError):
    """A rendering parameter has a value that makes no sense."""

    code = "invalid_parameter"


class UnknownName(InvalidParameter):
    """No tile matrix set, color map or algorithm is called so. ``name``: as it was asked for.

    Where the path names it, there is nothing at that address: 404 instead of 400.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class UnsupportedFormat(TilesError):
    """No encoder for this image format."""

    code = "unsupported_format"


class UnsupportedOperation(TilesError):
    """This kind of source can't do that, such as pixel values of a slide in degrees."""

    code = "unsupported_operation"


class RenderTimeout(TilesError):
    """Rendering took longer than the limit."""

    code = "render_timeout"


class TooLarge(TilesError):
    """The request would read or make more pixels than the limit."""

    code = "too_large"
