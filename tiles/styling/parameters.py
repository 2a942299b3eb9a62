"""Read rendering parameters, texts of a query, bounded in length and number, as numbers and words."""

import math
from collections.abc import Mapping
from typing import Any

from tiles.errors import InvalidParameter
from tiles.limits import current_limits

# JSON documents, longer than other parameters.
DOCUMENTS = ("colormap", "style", "algorithm_params")
DOCUMENT_LENGTH = 32_768
# Python refuses to read numbers of thousands of digits.
MOST_DIGITS = 12
_TRUE = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}

# Names and their texts, in the order given: hashable, so that a query seen before isn't parsed again.
Items = tuple[tuple[str, tuple[str, ...]], ...]


def query_items(query: Mapping[str, Any], names: frozenset[str]) -> Items:
    """Collect what a mapping of names to strings, or one with ``getlist`` as a QueryDict, says of ``names``.

    Raises InvalidParameter for a text beyond its limit.
    """
    found = tuple((name, _several(query, name)) for name in query if name in names)
    for name, texts in found:
        limit = text_limit(name)
        if any(len(text) > limit for text in texts):
            raise InvalidParameter(f"{name} is longer than {limit} characters")
    return found


def text_limit(name: str) -> int:
    """Return how many characters a parameter's text may have."""
    return DOCUMENT_LENGTH if name in DOCUMENTS else current_limits().parameter_length


def _several(query: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = query.getlist(name) if hasattr(query, "getlist") else query[name]
    return (values,) if isinstance(values, str) else tuple(str(value) for value in values)


class Texts:
    """Hold the parameters by name, stripped, without empty ones."""

    def __init__(self, items: Items) -> None:
        self._texts = {name: [text.strip() for text in texts if text.strip()] for name, texts in items}

    def several(self, name: str) -> list[str]:
        return self._texts.get(name, [])

    def one(self, *names: str) -> str:
        """Return the text of the first of ``names`` that is given: they mean the same."""
        for name in names:
            texts = self.several(name)
            if len(texts) > 1:
                raise InvalidParameter(f"{name} is given {len(texts)} times")
            if texts:
                return texts[0]
        return ""


def number(name: str, text: str) -> float:
    """Read a finite number. Raises InvalidParameter."""
    try:
        value = float(text)
    except ValueError:
        raise InvalidParameter(f"{name} must be a number, not {text[:60]!r}") from None
    if not math.isfinite(value):
        raise InvalidParameter(f"{name} must be a finite number, not {text[:60]!r}")
    return value


def digits(text: str, *, low: int, high: int) -> int | None:
    """Return the whole number that digits spell; None for another text, and for a number out of its range."""
    is_short = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_short and low <= int(text) <= high else None


def boolean(name: str, text: str, *, default: bool) -> bool:
    if not text:
        return default
    if text.lower() not in _TRUE:
        raise InvalidParameter(f"{name} must be true or false, not {text[:60]!r}")
    return _TRUE[text.lower()]


def choice(name: str, text: str, allowed: tuple[str, ...]) -> str:
    """Read one of ``allowed``, or "" when nothing is given. Raises InvalidParameter."""
    found = text.lower()
    if found and found not in allowed:
        raise InvalidParameter(f"{name} must be one of {', '.join(allowed)}, not {text[:60]!r}")
    return found


def word(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Read a member of a JSON document that is one of ``allowed``; "" for None. Raises InvalidParameter."""
    if value is None:
        return ""
    if not isinstance(value, str) or value not in allowed:
        raise InvalidParameter(f"{name} is one of {', '.join(allowed)}")
    return value


def whole_number(name: str, value: Any, allowed: range) -> int | None:
    """Read a member of a JSON document within ``allowed``; None for None. Raises InvalidParameter."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise InvalidParameter(f"{name} is a whole number within {allowed[0]} - {allowed[-1]}")
    return value
