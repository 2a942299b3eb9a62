"""CQL2 text to CQL2 JSON."""

from typing import Any

import cql2

from .errors import InvalidFilter

MAX_CHARACTERS = 100_000
# The parser descends with the text: a few thousand parentheses would exhaust the process' stack.
MAX_NESTING = 64


def parse_text(text: str) -> dict[str, Any]:
    """Raise InvalidFilter for what is not CQL2 text, is too long or nests too deeply."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidFilter(f"a filter has at most {MAX_CHARACTERS} characters")
    if _nesting(text) > MAX_NESTING:
        raise InvalidFilter(f"parentheses nest at most {MAX_NESTING} deep")
    try:
        parsed: dict[str, Any] = cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise InvalidFilter(f"not CQL2 text: {error}") from error
    return parsed


def _nesting(text: str) -> int:
    """Parentheses in quotes count as well: that only makes the limit a little stricter."""
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest
