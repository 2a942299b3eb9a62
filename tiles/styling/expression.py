"""Parse and evaluate band arithmetic: ``(b4 - b1) / (b4 + b1)``, outputs separated by ``;``.

Parsed by a grammar, never evaluated as Python::

    outputs     = choice { ";" choice }
    choice      = conjunction { ("|" | "^") conjunction }
    conjunction = comparison { "&" comparison }
    comparison  = shift [ ("<" | "<=" | ">" | ">=" | "==" | "!=") shift ]
    shift       = sum { ("<<" | ">>") sum }
    sum         = product { ("+" | "-") product }
    product     = sign { ("*" | "/" | "//" | "%") sign }
    sign        = ("-" | "+" | "~") sign | power
    power       = atom [ "**" sign ]
    atom        = number | band | function "(" choice { "," choice } ")" | "(" choice ")"
    band        = "b" digits, from 1

One output or three make a picture, any number of them values. Functions and operators are numexpr's, as TiTiler has
them: ``%`` has the sign of what is divided, and ``&``, ``|``, ``^`` and ``~`` are logical between comparisons, and work
on the bits of whole numbers otherwise.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter
from tiles.sources.validity import precise_type

Values = npt.NDArray[Any]
Node = Callable[[dict[int, Values]], Any]

# Parts of one expression, and parentheses within one another: far more than any index needs.
MAX_TOKENS = 300
MAX_DEPTH = 40
MAX_OUTPUTS = 16
# Outputs that make gray or a color.
PICTURED = (1, 3)
# What double precision holds.
LARGEST = float(np.finfo(np.float64).max)
# Numbers beyond it have no bits to speak of.
MOST_BITS = 2.0**62


def _on_bits(logical: Callable[..., Any], on_bits: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operator that is logical between comparisons, and works on the bits of whole numbers otherwise."""

    def apply(*values: Any) -> Any:
        if all(np.asarray(value).dtype == np.bool_ for value in values):
            return logical(*values)
        numbers = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in values))
        known = np.logical_and.reduce([np.abs(each) < MOST_BITS for each in numbers])
        whole = [np.where(known, each, 0).astype(np.int64) for each in numbers]
        return np.where(known, on_bits(*whole).astype(np.float64), np.nan)

    return apply


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, np.abs), "sqrt": (1, np.sqrt), "exp": (1, np.exp), "expm1": (1, np.expm1), "log": (1, np.log),
    "log2": (1, np.log2), "log10": (1, np.log10), "log1p": (1, np.log1p), "sin": (1, np.sin), "cos": (1, np.cos),
    "tan": (1, np.tan), "arcsin": (1, np.arcsin), "arccos": (1, np.arccos), "arctan": (1, np.arctan),
    "sinh": (1, np.sinh), "cosh": (1, np.cosh), "tanh": (1, np.tanh), "arcsinh": (1, np.arcsinh),
    "arccosh": (1, np.arccosh), "arctanh": (1, np.arctanh), "floor": (1, np.floor), "ceil": (1, np.ceil),
    "round": (1, np.rint), "trunc": (1, np.trunc), "sign": (1, np.sign), "isnan": (1, np.isnan),
    "isinf": (1, np.isinf), "isfinite": (1, np.isfinite), "min": (2, np.minimum), "max": (2, np.maximum),
    "minimum": (2, np.minimum), "maximum": (2, np.maximum), "fmod": (2, np.fmod), "arctan2": (2, np.arctan2),
    "where": (3, np.where),
}  # fmt: skip
OPERATORS: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "//": np.floor_divide, "%": np.fmod,
    "**": np.power, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal,
    "!=": np.not_equal, "&": _on_bits(np.logical_and, np.bitwise_and), "|": _on_bits(np.logical_or, np.bitwise_or),
    "^": _on_bits(np.logical_xor, np.bitwise_xor), "<<": _on_bits(np.left_shift, np.left_shift),
    ">>": _on_bits(np.right_shift, np.right_shift),
}  # fmt: skip
INVERT = _on_bits(np.logical_not, np.invert)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)|(?P<name>[A-Za-z]\w*)"
    r"|(?P<sign>\*\*|//|<<|>>|<=|>=|==|!=|[-+*/%<>&|^~(),;]))"
)
_BAND = re.compile(r"[bB]([1-9]\d{0,4})")


@dataclass(frozen=True)
class Expression:
    """Hold a parsed expression: ``bands`` it reads, in ascending order, and how many values it gives a pixel."""

    text: str
    bands: tuple[int, ...]
    outputs: tuple[Node, ...]

    def evaluate(self, bands: dict[int, Values]) -> Values:
        """Compute (rows, columns, outputs) of (rows, columns) bands; infinity or NaN where it is undefined.

        In double precision; the outcome is in single precision unless a band is of a type that has no room there.
        """
        given = list(bands.values())
        shape = given[0].shape
        kind = np.result_type(*(precise_type(band.dtype) for band in given))
        doubles = {number: band.astype(np.float64) for number, band in bands.items()}
        with np.errstate(all="ignore"):
            values = [np.asarray(output(doubles)).astype(kind) for output in self.outputs]
        if len(values) == 1 and values[0].shape == shape:
            return values[0][..., np.newaxis]
        return np.stack([np.broadcast_to(one, shape) for one in values], axis=-1)


@lru_cache(maxsize=256)
def parse_expression(text: str, *, of_values: bool = False) -> Expression:
    """Parse band arithmetic. Raises InvalidParameter, saying where.

    ``of_values``: its outputs may be any number, and needn't make a picture.
    """
    parser = _Parser(_tokens(text))
    outputs = [parser.choice()]
    # One that ends what it separates is fine, as it is to rio-tiler.
    while parser.accept(";") and not parser.is_done:
        outputs.append(parser.choice())
    parser.end()
    if not parser.bands:
        raise InvalidParameter("expression names no band, such as b1")
    if not of_values and len(outputs) not in PICTURED:
        raise InvalidParameter(f"expression has {len(outputs)} parts; one or three make a picture")
    if len(outputs) > MAX_OUTPUTS:
        raise InvalidParameter(f"expression has {len(outputs)} parts; the limit is {MAX_OUTPUTS}")
    return Expression("".join(parser.tokens), tuple(sorted(parser.bands)), tuple(outputs))


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise InvalidParameter(f"expression has something unexpected at {stripped[position : position + 10]!r}")
        found.append(match.group().strip())
        position = match.end()
    if len(found) > MAX_TOKENS:
        raise InvalidParameter(f"expression has {len(found)} parts; the limit is {MAX_TOKENS}")
    return found


class _Parser:
    """Parse by recursive descent: one method for each rule of the grammar above."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.bands: set[int] = set()
        self._position = 0
        self._depth = 0

    @property
    def _token(self) -> str:
        return self.tokens[self._position] if self._position < len(self.tokens) else ""

    @property
    def is_done(self) -> bool:
        return not self._token

    def accept(self, *wanted: str) -> str:
        token = self._token
        if token not in wanted or not token:
            return ""
        self._position += 1
        return token

    def end(self) -> None:
        if self._token:
            raise InvalidParameter(f"expression goes on with {self._token!r} where it should end")

    def choice(self) -> Node:
        return self._chain(self._conjunction, "|", "^")

    def _conjunction(self) -> Node:
        return self._chain(self._comparison, "&")

    def _comparison(self) -> Node:
        left = self._shift()
        sign = self.accept("<", "<=", ">", ">=", "==", "!=")
        return _apply(OPERATORS[sign], left, self._shift()) if sign else left

    def _shift(self) -> Node:
        return self._chain(self._sum, "<<", ">>")

    def _sum(self) -> Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Node:
        return self._chain(self._sign, "*", "/", "//", "%")

    def _chain(self, part: Callable[[], Node], *signs: str) -> Node:
        node = part()
        while sign := self.accept(*signs):
            node = _apply(OPERATORS[sign], node, part())
        return node

    def _sign(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InvalidParameter(f"expression is nested deeper than {MAX_DEPTH}")
        if self.accept("-"):
            node = _apply(np.negative, self._sign())
        elif self.accept("~"):
            node = _apply(INVERT, self._sign())
        else:
            node = self._sign() if self.accept("+") else self._power()
        self._depth -= 1
        return node

    def _power(self) -> Node:
        base = self._atom()
        return _apply(OPERATORS["**"], base, self._sign()) if self.accept("**") else base

    def _atom(self) -> Node:
        if self.accept("("):
            node = self.choice()
            self._close()
            return node
        token = self._token
        self._position += 1
        if token[:1].isdigit() or token[:1] == ".":
            return _constant(_number(token))
        if band := _BAND.fullmatch(token):
            self.bands.add(int(band[1]))
            return _band(int(band[1]))
        if token in FUNCTIONS and self.accept("("):
            return self._call(token)
        raise InvalidParameter(f"expression has {token or 'its end'!r} where a number or a band should be")

    def _call(self, name: str) -> Node:
        count, function = FUNCTIONS[name]
        arguments = [self.choice()]
        while self.accept(","):
            arguments.append(self.choice())
        self._close()
        if len(arguments) != count:
            raise InvalidParameter(f"expression gives {name} {len(arguments)} values; it takes {count}")
        return _apply(function, *arguments)

    def _close(self) -> None:
        if not self.accept(")"):
            raise InvalidParameter("expression has a parenthesis that doesn't close")


def _number(token: str) -> np.float64:
    number = float(token)
    if number > LARGEST:
        raise InvalidParameter(f"expression has {token[:30]!r}, which is too large a number to calculate with")
    return np.float64(number)


def _apply(function: Callable[..., Any], *arguments: Node) -> Node:
    return lambda bands: function(*(argument(bands) for argument in arguments))


def _constant(value: np.float64) -> Node:
    return lambda _: value


def _band(index: int) -> Node:
    return lambda bands: bands[index]
