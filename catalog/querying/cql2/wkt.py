"""Geometries in CQL2 text: well-known text, as GeoJSON."""

from typing import Any, Protocol

from catalog.errors import InvalidFilter

# Type of well-known text → GeoJSON's, and how deep its coordinates are nested; positions are 0.
PLAIN = {
    "point": ("Point", 0),
    "linestring": ("LineString", 1),
    "polygon": ("Polygon", 2),
    "multipoint": ("MultiPoint", 1),
    "multilinestring": ("MultiLineString", 2),
    "multipolygon": ("MultiPolygon", 3),
    "geometrycollection": ("GeometryCollection", 0),
}
# With heights it may be one word, or two.
TYPES = PLAIN | {f"{name}z": kind for name, kind in PLAIN.items()}


class Tokens(Protocol):
    """What is asked of the parser of the text around."""

    @property
    def token(self) -> Any: ...
    def takes(self, word: str) -> bool: ...
    def expect(self, word: str) -> None: ...
    def number(self) -> float: ...
    def advance(self) -> None: ...
    def unexpected(self, wanted: str) -> InvalidFilter: ...


def parse_geometry(tokens: Tokens, word: str) -> dict[str, Any]:
    """Return the GeoJSON of a geometry whose type is passed already. Raises InvalidFilter."""
    kind, depth = TYPES[word]
    tokens.takes("z")
    if kind == "GeometryCollection":
        return {"type": kind, "geometries": _members(tokens)}
    return {"type": kind, "coordinates": _coordinates(tokens, depth=depth, kind=kind)}


def _members(tokens: Tokens) -> list[dict[str, Any]]:
    tokens.expect("(")
    found: list[dict[str, Any]] = []
    while not found or tokens.takes(","):
        word = tokens.token.word
        if word not in TYPES or TYPES[word][0] == "GeometryCollection":
            raise tokens.unexpected("a geometry that is no collection")
        tokens.advance()
        found.append(parse_geometry(tokens, word))
    tokens.expect(")")
    return found


def _coordinates(tokens: Tokens, *, depth: int, kind: str) -> list[Any]:
    """Parse what stands between brackets: positions, or lists of them."""
    tokens.expect("(")
    if depth == 0:
        found: list[Any] = _position(tokens)
    else:
        found = []
        while not found or tokens.takes(","):
            found.append(_member(tokens, depth=depth, kind=kind))
    tokens.expect(")")
    return found


def _member(tokens: Tokens, *, depth: int, kind: str) -> list[Any]:
    if depth > 1:
        return _coordinates(tokens, depth=depth - 1, kind=kind)
    # The points of several may have brackets of their own.
    if kind == "MultiPoint" and tokens.token.word == "(":
        return _coordinates(tokens, depth=0, kind=kind)
    return _position(tokens)


def _position(tokens: Tokens) -> list[float]:
    found = [tokens.number(), tokens.number()]
    if tokens.token.kind == "number" or tokens.token.word in {"-", "+"}:
        found.append(tokens.number())
    return found
