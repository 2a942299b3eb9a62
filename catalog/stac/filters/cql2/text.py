"""CQL2 text to CQL2 JSON."""

import re
from typing import Any

import cql2

from catalog.stac.filters.cql2.errors import InvalidFilter

MAX_CHARACTERS = 100_000
# The parser descends with parentheses and with each operator of a chain (`NOT NOT …`, `1 + 1 + …`): some thousand
# would exhaust the stack, which ends the process.
MAX_NESTING = 64
MAX_CHAIN = 1000
# What chains are made of. Quotes are only escaped by doubling them, so one such is two texts here.
TOKENS = re.compile(r"""'[^']*'|"[^"]*"|[-+*/^%=<>(),]|\b(?:and|or|not|div|like|in|is|between)\b""", re.IGNORECASE)


def parse_text(text: str) -> dict[str, Any]:
    """Raise InvalidFilter for what is not CQL2 text, is too long or nests too deeply."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidFilter(f"a filter has at most {MAX_CHARACTERS} characters")
    _check_depth(text)
    try:
        parsed: dict[str, Any] = cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise InvalidFilter(f"not CQL2 text: {error}") from error
    return parsed


def _check_depth(text: str) -> None:
    """Refuse what would nest too deeply. Counts a little too much: operators of a chain may be side by side."""
    levels = [0]
    for match in TOKENS.finditer(text):
        match match.group()[0]:
            case "(":
                levels.append(0)
            case ")":
                del levels[max(1, len(levels) - 1) :]
            case ",":
                levels[-1] = 0
            case quote if quote not in "'\"":
                levels[-1] += 1
        if len(levels) > MAX_NESTING + 1:
            raise InvalidFilter(f"parentheses nest at most {MAX_NESTING} deep")
        if sum(levels) > MAX_CHAIN:
            raise InvalidFilter(f"as text, a filter has at most {MAX_CHAIN} operators one after the other")
