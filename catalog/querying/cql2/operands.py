"""What stands at the sides of a filter's operators: properties, columns, literals, computed values.

A property of the document has no declared type: it is read as the type of what it is compared with, and where a
document holds another type there, it is unknown, like NULL.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db.models import BooleanField, DateTimeField, F, FloatField, TextField, Value
from django.db.models.functions import Coalesce

from catalog.documents.moments import parse_moment
from catalog.errors import InvalidFilter
from catalog.querying.sql.functions import CodePoints, Day
from catalog.querying.sql.properties import (
    ArrayLiteral,
    ArrayProperty,
    BooleanProperty,
    DateProperty,
    MomentProperty,
    NumberProperty,
    Property,
    TextProperty,
)

Kind = Literal["text", "number", "boolean", "moment", "date", "array", "geometry"]
PROPERTY_KINDS: dict[Kind, type[Property]] = {
    "text": TextProperty,
    "number": NumberProperty,
    "boolean": BooleanProperty,
    "moment": MomentProperty,
    "date": DateProperty,
    "array": ArrayProperty,
}

BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class PropertyOperand:
    """A member of the document's properties, of any type."""

    name: str

    def as_kind(self, kind: Kind) -> Any:
        if kind not in PROPERTY_KINDS:
            raise InvalidFilter(f"the property {self.name!r} is not a {kind}")
        return PROPERTY_KINDS[kind]("properties", self.name)


@dataclass(frozen=True)
class ColumnOperand:
    """A member that has a column, or a computed value: of one kind."""

    kind: Kind
    expression: Any
    name: str

    def as_kind(self, kind: Kind) -> Any:
        if kind == self.kind:
            return self.expression
        if (self.kind, kind) == ("moment", "date"):
            return Day(self.expression)
        raise InvalidFilter(f"{self.name} is a {self.kind}, and can't be compared with a {kind}")


@dataclass(frozen=True)
class LiteralOperand:
    kind: Kind
    value: Any

    def as_kind(self, kind: Kind) -> Any:
        return LITERALS[kind](self.coerced(kind))

    def coerced(self, kind: Kind) -> Any:
        """Return the value as another kind; texts stand for what they are compared with: many clients know no more."""
        if kind == self.kind:
            return self.value
        try:
            if kind == "moment" and self.kind in {"text", "date"}:
                return parse_moment(f"{self.value}T00:00:00Z" if len(self.value) == 10 else self.value)
            if kind == "number" and self.kind == "text":
                return float(self.value)
            if kind == "boolean" and self.kind == "text" and self.value in BOOLEANS:
                return BOOLEANS[self.value]
            if kind == "date" and self.kind in {"text", "moment"}:
                return str(self.value)[:10]
        except ValueError as error:
            raise InvalidFilter(str(error)) from error
        raise InvalidFilter(f"{self.value!r} is a {self.kind}, where a {kind} is meant")


Operand = PropertyOperand | ColumnOperand | LiteralOperand


def _geometry(parts: tuple[GEOSGeometry, ...]) -> Value:
    if len(parts) > 1 and any(part.geom_type != "Polygon" for part in parts):
        raise InvalidFilter("a GeometryCollection is only compared by s_intersects and s_disjoint")
    return Value(parts[0] if len(parts) == 1 else MultiPolygon(*parts, srid=4326), output_field=GeometryField())


LITERALS: dict[Kind, Callable[[Any], Any]] = {
    "text": lambda value: Value(value, output_field=TextField()),
    "number": lambda value: Value(float(value), output_field=FloatField()),
    "boolean": lambda value: Value(value, output_field=BooleanField()),
    "moment": lambda value: Value(value, output_field=DateTimeField()),
    "date": lambda value: Value(value, output_field=TextField()),
    "array": ArrayLiteral,
    "geometry": _geometry,
}
# Members that have columns. An item of an interval has no one moment, so its beginning stands for it.
COLUMNS: dict[str, ColumnOperand] = {
    "id": ColumnOperand("text", CodePoints(F("item_id")), "id"),
    "collection": ColumnOperand("text", CodePoints(F("collection_id")), "collection"),
    "geometry": ColumnOperand("geometry", F("geometry"), "geometry"),
    "datetime": ColumnOperand("moment", Coalesce("datetime", "start_datetime"), "datetime"),
    "start_datetime": ColumnOperand("moment", F("start_datetime"), "start_datetime"),
    "end_datetime": ColumnOperand("moment", F("end_datetime"), "end_datetime"),
}
# Written by servers of the field as moments, wherever they stand.
MOMENTS = frozenset({"created", "updated", "published", "expires"})


def property_operand(name: str) -> PropertyOperand | ColumnOperand:
    """Return the operand of a name; `eo:cloud_cover` and `properties.eo:cloud_cover` are the same member."""
    short = name.removeprefix("properties.")
    if short in COLUMNS:
        return COLUMNS[short]
    if short in MOMENTS:
        return ColumnOperand("moment", MomentProperty("properties", short), short)
    return PropertyOperand(short)
