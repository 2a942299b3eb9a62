"""CQL2 text cut into tokens: names, numbers, texts and marks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.stac.errors import InvalidFilter

# Names as the standard has them: letters, digits, `_`, `:` and `.`, or anything between double quotes. No alternative
# begins like another and each is matched once, so that time grows with the text's length and no faster.
TOKEN = re.compile(
    r"""\s+
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<name>(?:[^\W\d]|:)[\w:.]*)
    |"(?P<quoted>(?:[^"]|"")+)"
    |'(?P<text>(?:[^']|'')*)'
    |(?P<mark><>|!=|<=|>=|[-+*/%^=<>(),])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: number, name, quoted, text, mark or end; ``place``: of its first character."""

    kind: str
    value: str
    place: int

    @property
    def word(self) -> str:
        """The token in lower case, by which words and marks are known; none of a text or a quoted name."""
        return self.value.lower() if self.kind in {"name", "mark"} else ""


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the text's tokens and then one for its end. Raises InvalidFilter."""
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise InvalidFilter(
                f"not CQL2 text: {text[place : place + 20]!r} at character {place + 1} is no part of it"
            )
        if found.lastgroup:
            value = found[found.lastgroup]
            doubled = {"quoted": '"', "text": "'"}.get(found.lastgroup)
            yield Token(found.lastgroup, value.replace(doubled * 2, doubled) if doubled else value, place)
        place = found.end()
    yield Token("end", "", place)
