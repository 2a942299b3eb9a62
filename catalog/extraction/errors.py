"""What can be wrong with a file, as a code and a sentence its owner understands."""


class ExtractionError(Exception):
    """A file that can't become an item.

    `code` is stable and one of `CODES`; `message` names the file by its own name, never by where it lies.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["ExtractionError"], tuple[str, str]]:
        """Cross process boundaries: untrusted files are read in a child."""
        return type(self), (self.code, self.message)


CODES = ("not_found", "unreadable", "not_an_image", "unsupported_format", "truncated", "corrupt", "too_large")
