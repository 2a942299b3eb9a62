"""Members of a document's `properties`, read as one type or another: NULL where they are of a different one."""

import re
from typing import Any, ClassVar

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, DateTimeField, Field, FloatField, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from catalog.errors import InvalidParameter
from catalog.querying.sql.sqlite import ensure_functions

Compiled = tuple[str, tuple[Any, ...]]
# SQLite's JSON paths have no way to write these in a name.
UNNAMEABLE = re.compile(r'["\\\x00-\x1f]')
MAX_NAME = 256
# A moment that PostgreSQL can't fail to read: the cast of any other text would fail the whole statement.
LEAP_YEAR = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
DAY = (
    r"(?:(?!0000)\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    rf"|02-(?:0[1-9]|1\d|2[0-8]))|{LEAP_YEAR}-02-29)"
)
CLOCK = r"[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:0\d|1[0-4]):[0-5]\d)?"
READABLE_MOMENT = rf"^{DAY}(?:{CLOCK})?$"


class Property(Func):
    """Of `column`, a JSON object, the member `name`. Subclasses say which type is meant."""

    postgresql: ClassVar[str]
    sqlite: ClassVar[str]
    output: ClassVar[type[Field[Any, Any]]] = TextField

    def __init__(self, column: Any, name: str) -> None:
        if len(name) > MAX_NAME or UNNAMEABLE.search(name):
            raise InvalidParameter(name[:40], "no property has such a name")
        super().__init__(column, output_field=self.output())
        self.name = name

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return self._compiled(self.postgresql, self.name, compiler)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        ensure_functions(connection)
        return self._compiled(self.sqlite, f'$."{self.name}"', compiler)

    def _compiled(self, template: str, name: str, compiler: SQLCompiler) -> Compiled:
        """Fill the template; `{column}` and `{name}` stand in pairs, so that the parameters come in order."""
        column, params = compiler.compile(self.source_expressions[0])
        return template.format(column=column, name="%s"), (*params, name) * template.count("{name}")


class TextProperty(Property):
    postgresql = "(CASE WHEN jsonb_typeof({column} -> {name}) = 'string' THEN {column} ->> {name} END COLLATE \"C\")"
    sqlite = "(CASE WHEN JSON_TYPE({column}, {name}) = 'text' THEN JSON_EXTRACT({column}, {name}) END)"


class NumberProperty(Property):
    postgresql = (
        "(CASE WHEN jsonb_typeof({column} -> {name}) = 'number' THEN ({column} ->> {name})::double precision END)"
    )
    sqlite = (
        "(CASE WHEN JSON_TYPE({column}, {name}) IN ('integer', 'real') "
        "THEN CAST(JSON_EXTRACT({column}, {name}) AS REAL) END)"
    )
    output = FloatField


class BooleanProperty(Property):
    postgresql = "(CASE WHEN jsonb_typeof({column} -> {name}) = 'boolean' THEN ({column} ->> {name})::boolean END)"
    sqlite = "(CASE WHEN JSON_TYPE({column}, {name}) IN ('true', 'false') THEN JSON_EXTRACT({column}, {name}) END)"
    output = BooleanField


class DateProperty(Property):
    """The first ten characters of a text: of a date all, of a moment its day."""

    postgresql = TextProperty.postgresql.replace("{column} ->> {name}", "left({column} ->> {name}, 10)")
    sqlite = TextProperty.sqlite.replace(
        "JSON_EXTRACT({column}, {name})", "SUBSTR(JSON_EXTRACT({column}, {name}), 1, 10)"
    )


class MomentProperty(Property):
    postgresql = (
        f"(CASE WHEN {{column}} ->> {{name}} ~ '{READABLE_MOMENT.replace('{', '{{').replace('}', '}}')}' "
        "THEN ({column} ->> {name})::timestamptz END)"
    )
    sqlite = "catalog_timestamp(JSON_EXTRACT({column}, {name}))"
    output = DateTimeField


class ArrayProperty(Property):
    """A JSON array, as JSON."""

    postgresql = "(CASE WHEN jsonb_typeof({column} -> {name}) = 'array' THEN {column} -> {name} END)"
    sqlite = "(CASE WHEN JSON_TYPE({column}, {name}) = 'array' THEN JSON_EXTRACT({column}, {name}) END)"


class PropertyIsNull(Property):
    """True when the member is null or not there."""

    postgresql = "(COALESCE(jsonb_typeof({column} -> {name}), 'null') = 'null')"
    sqlite = "(COALESCE(JSON_TYPE({column}, {name}), 'null') = 'null')"
    output = BooleanField


class ArrayLiteral(Func):
    """A JSON array that the client gave."""

    def __init__(self, members: list[Any]) -> None:
        super().__init__(output_field=TextField())
        self.members = orjson.dumps(members).decode()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return "%s::jsonb", (self.members,)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return "%s", (self.members,)
