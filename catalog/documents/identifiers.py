"""Ids of items and collections: one segment of a path, whatever the client escapes."""

import re

# No slash, no control character, neither `.` nor `..`.
IDENTIFIER = r"^(?!\.{1,2}$)[^/\\\x00-\x1f\x7f]{1,256}\Z"
RULE = "An id has 1 to 256 characters, without slashes and control characters."


def is_identifier(text: str) -> bool:
    """Return whether a text may be the id of an item or a collection."""
    return re.match(IDENTIFIER, text) is not None
