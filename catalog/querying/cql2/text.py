"""CQL2 text to CQL2 JSON, by the standard's grammar: each token is looked at once, so no text takes long.

OGC 21-065r2, annex B. Here as there, what binds least comes first: OR, AND, NOT, comparisons, sums, products, powers.
What the grammar tells apart by type (a truth value from a number in brackets) is one expression here, whose types the
compiler checks.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from catalog.conf import limits
from catalog.errors import InvalidFilter
from catalog.querying.cql2 import wkt

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
        """Return a name or a mark in lower case, to compare with CQL2's words; nothing of a text or a quoted name."""
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


MAX_CHARACTERS = 100_000
COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
# From what binds least to what binds most; each from left to right.
ARITHMETIC = (("+", "-"), ("*", "/", "%", "div"), ("^",))
# Words that are no names, unless they are quoted.
RESERVED = frozenset({"and", "or", "not", "like", "in", "is", "between", "div", "null"})
LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}
TIMES = ("date", "timestamp")
# How CQL2 JSON spells operators whose names are of several words.
SPELLED = {name.lower(): name for name in ("t_finishedBy", "t_metBy", "t_overlappedBy", "t_startedBy", "a_containedBy")}

Node = Any


def parse_text(text: str) -> Node:
    """Return the CQL2 JSON of a CQL2 text.

    Raises:
        InvalidFilter: The text is no CQL2, is too long, nests too deeply or has too many terms.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidFilter(f"a filter has at most {MAX_CHARACTERS} characters")
    return Parser(list(tokens_of(text))).whole()


class Parser:
    """Descends through the grammar, a method for each rule; `place` is the token that is looked at."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.place = tokens, 0
        self.depth, self.operators, self.limits = 0, 0, limits()

    def whole(self) -> Node:
        found = self.expression()
        if self.token.kind != "end":
            raise self.unexpected("the end, or an operator")
        return found

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def expression(self) -> Node:
        """Parse alternatives, what is around them being one level less deep."""
        self.depth += 1
        # The whole is one that no parentheses are around.
        if self.depth > self.limits.max_filter_depth + 1:
            raise InvalidFilter(f"parentheses nest at most {self.limits.max_filter_depth} deep")
        found = self.joined("or", lambda: self.joined("and", self.negated))
        self.depth -= 1
        return found

    def joined(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self.takes(word):
            self.count()
            parts.append(part())
        return {"op": word, "args": parts} if len(parts) > 1 else parts[0]

    def negated(self) -> Node:
        times = 0
        while self.takes("not"):
            self.count()
            times += 1
        found = self.predicate()
        for _ in range(times):
            found = {"op": "not", "args": [found]}
        return found

    def predicate(self) -> Node:
        left = self.sum()
        if (word := self.token.word) in COMPARISONS:
            self.advance()
            self.count()
            return {"op": COMPARISONS[word], "args": [left, self.sum()]}
        if self.takes("is"):
            return self.unless(self.takes("not"), self.is_null(left))
        is_negated = self.takes("not")
        for word, rule in (("like", self.like), ("between", self.between), ("in", self.within)):
            if self.takes(word):
                self.count()
                return self.unless(is_negated, rule(left))
        if is_negated:
            raise self.unexpected("LIKE, BETWEEN or IN")
        return left

    def unless(self, is_negated: bool, node: Node) -> Node:  # noqa: FBT001 -- as the words have it
        return {"op": "not", "args": [node]} if is_negated else node

    def is_null(self, left: Node) -> Node:
        self.count()
        self.expect("null")
        return {"op": "isNull", "args": [left]}

    def like(self, left: Node) -> Node:
        return {"op": "like", "args": [left, self.sum()]}

    def between(self, left: Node) -> Node:
        low = self.sum()
        self.expect("and")
        return {"op": "between", "args": [left, low, self.sum()]}

    def within(self, left: Node) -> Node:
        self.expect("(")
        return {"op": "in", "args": [left, self.listed()]}

    def sum(self, binding: int = 0) -> Node:
        """Parse operators on numbers that bind at least so much."""
        if binding == len(ARITHMETIC):
            return self.signed()
        left = self.sum(binding + 1)
        while (word := self.token.word) in ARITHMETIC[binding]:
            self.advance()
            self.count()
            left = {"op": word, "args": [left, self.sum(binding + 1)]}
        return left

    def signed(self) -> Node:
        sign = 1.0
        while (word := self.token.word) in {"+", "-"}:
            self.advance()
            sign = -sign if word == "-" else sign
        value = self.primary()
        if sign > 0:
            return value
        if isinstance(value, float):
            return -value
        self.count()
        return {"op": "*", "args": [-1.0, value]}

    def primary(self) -> Node:
        token = self.token
        if token.kind == "end":
            raise self.unexpected("a property or a value")
        self.advance()
        if token.kind == "number":
            return float(token.value)
        if token.kind == "text":
            return token.value
        if token.kind == "quoted":
            return {"property": token.value}
        if token.word == "(":
            found = self.listed()
            return found[0] if len(found) == 1 else found
        if token.kind == "name" and (token.word not in RESERVED or token.word in LITERALS):
            return self.named(token)
        self.place -= 1
        raise self.unexpected("a property or a value")

    def named(self, token: Token) -> Node:
        word = token.word
        if word in wkt.TYPES and self.token.word in {"(", "z"}:
            return wkt.parse_geometry(self, word)
        if word in LITERALS:
            return LITERALS[word]
        if not self.takes("("):
            return {"property": token.value}
        self.count()
        name = SPELLED.get(word, word)
        if self.takes(")"):
            return {"op": name, "args": []}
        arguments = self.members() if word.startswith("a_") else self.listed()
        if word in TIMES and len(arguments) == 1:
            return {word: arguments[0]}
        return {word: arguments} if word in {"interval", "bbox"} else {"op": name, "args": arguments}

    def listed(self) -> list[Node]:
        """Parse what stands between commas up to the bracket that closes."""
        found = [self.expression()]
        while self.takes(","):
            found.append(self.expression())
        self.expect(")")
        return found

    def members(self) -> list[Node]:
        """Parse the arguments of an operator on arrays, for which a value in brackets is an array of one."""
        found: list[Node] = []
        while not found or self.takes(","):
            is_array, begin = self.token.word == "(", self.place
            argument = self.expression()
            closed = self.tokens[self.place - 1].word == ")" and self.closes(begin)
            found.append([argument] if is_array and closed and not isinstance(argument, list) else argument)
        self.expect(")")
        return found

    def closes(self, begin: int) -> bool:
        """Tell whether the bracket that opens there is closed by the token just passed."""
        depth = 0
        for place in range(begin, self.place):
            depth += (self.tokens[place].word == "(") - (self.tokens[place].word == ")")
            if not depth:
                return place == self.place - 1
        return False

    def number(self) -> float:
        """Parse a number with its sign, as coordinates are."""
        sign = -1.0 if self.takes("-") else 1.0
        self.takes("+")
        if self.token.kind != "number":
            raise self.unexpected("a number")
        self.advance()
        return sign * float(self.tokens[self.place - 1].value)

    def takes(self, word: str) -> bool:
        """Pass the token if it is that word or mark."""
        taken = self.token.word == word
        self.place += taken
        return taken

    def expect(self, word: str) -> None:
        if not self.takes(word):
            raise self.unexpected(word.upper())

    def advance(self) -> None:
        self.place += 1

    def count(self) -> None:
        self.operators += 1
        if self.operators > self.limits.max_filter_terms:
            raise InvalidFilter(f"a filter has at most {self.limits.max_filter_terms} operators")

    def unexpected(self, wanted: str) -> InvalidFilter:
        found = "the text ends" if self.token.kind == "end" else f"{self.token.value[:40]!r} stands"
        return InvalidFilter(f"not CQL2 text: {found} at character {self.token.place + 1}, where {wanted} is meant")
