"""Comparisons, logic and functions on expressions, with SQL's three values: what is unknown stays unknown."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, DateTimeField, Expression, F, FloatField, Func, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

from catalog.querying.sql.properties import Compiled
from catalog.querying.sql.sqlite import as_glob, ensure_functions, fold_accents, fold_case


class Condition(Func):
    """Joins its arguments by an operator."""

    template = "(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, operator: str, *arguments: Any) -> None:
        super().__init__(*arguments, arg_joiner=f" {operator} ")


class Not(Func):
    template = "(NOT %(expressions)s)"
    output_field = BooleanField()


class In(Func):
    """The first argument is one of the others."""

    template = "(%(expressions)s)"
    arg_joiner = " IN "
    output_field = BooleanField()

    def __init__(self, value: Any, *choices: Any) -> None:
        super().__init__(value, Func(*choices, template="(%(expressions)s)", output_field=BooleanField()))


class Arithmetic(Func):
    """Numbers joined by an operator."""

    template = "(%(expressions)s)"
    output_field = FloatField()

    def __init__(self, operator: str, *arguments: Any) -> None:
        super().__init__(*arguments, arg_joiner=f" {operator} ")


class NoZero(Func):
    """A divisor: dividing by NULL gives NULL, where by zero one of the databases fails."""

    template = "NULLIF(%(expressions)s, 0)"
    output_field = FloatField()


class Truncated(Func):
    """Without its fraction."""

    template = "TRUNC(%(expressions)s)"
    output_field = FloatField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="CAST(CAST(%(expressions)s AS INTEGER) AS REAL)", **context
        )


class Power(Func):
    # An exponent that takes the result out of double precision gives NULL here as in SQLite's function.
    output_field = FloatField()
    function = "POWER"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        ensure_functions(connection)
        return super().as_sql(compiler, connection, function="catalog_power", **context)


class CodePoints(Func):
    """Text compared by code points, as SQLite does and as every other text here is."""

    template = '(%(expressions)s COLLATE "C")'
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="%(expressions)s", **context)


class Day(Func):
    """The day of a moment in UTC, as text."""

    template = "TO_CHAR(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="SUBSTR(%(expressions)s, 1, 10)", **context)


class During(Func):
    """Whether an item's time and an interval overlap, as PostgreSQL's index of places and times has it."""

    template = "(tstzrange(%(first)s, '[]') && tstzrange(%(second)s, '[]'))"
    output_field = BooleanField()

    def __init__(self, start: datetime | None, end: datetime | None) -> None:
        ends = [Value(each, output_field=DateTimeField()) for each in (start, end)]
        super().__init__(F("start_datetime"), F("end_datetime"), *ends)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        compiled = [compiler.compile(each) for each in self.source_expressions]
        first, second = (", ".join(sql for sql, _ in compiled[place : place + 2]) for place in (0, 2))
        params = tuple(value for _, values in compiled for value in values)
        return self.template % {"first": first, "second": second}, params


class Spatial(Func):
    """A predicate of two geometries, e.g. `ST_Within`."""

    output_field = BooleanField()

    def __init__(self, function: str, first: Any, second: Any) -> None:
        super().__init__(first, second, function=function)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        """Compile with -1, SpatiaLite's answer to what it can't decide, as unknown."""
        template = "(NULLIF(%(function)s(%(expressions)s), -1) = 1)"
        return super().as_sql(compiler, connection, template=template, **context)


class Folded(Func):
    """Text in which some differences are gone. Subclasses name the function of each database."""

    sqlite: ClassVar[str]
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        ensure_functions(connection)
        return super().as_sql(compiler, connection, template=f"{self.sqlite}(%(expressions)s)", **context)


class CaseFolded(Folded):
    # By Unicode's rules whatever the database's locale is; compared by code points all the same.
    template = '(LOWER((%(expressions)s) COLLATE "und-x-icu") COLLATE "C")'
    sqlite = "catalog_fold_case"


class AccentFolded(Folded):
    template = (
        "(NORMALIZE(REGEXP_REPLACE(NORMALIZE(%(expressions)s, NFD), '[\u0300-\u036f]', '', 'g'), NFC) COLLATE \"C\")"
    )
    sqlite = "catalog_fold_accents"


FOLDING = {CaseFolded.sqlite: fold_case, AccentFolded.sqlite: fold_accents}


class Like(Func):
    """SQL's LIKE, case-sensitive: `%` is any text, `_` one character, a backslash takes their meaning away."""

    output_field = BooleanField()
    template = "(%(expressions)s)"
    arg_joiner = " LIKE "

    def __init__(self, text: Expression, pattern: str, fold: tuple[type[Folded], ...] = ()) -> None:
        folded: Any = Value(pattern, output_field=TextField())
        for function in fold:
            folded = function(folded)
        super().__init__(text, folded)
        self.pattern, self.fold = pattern, fold

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:  # noqa: ARG002
        """Compile to GLOB, which like ours minds case: SQLite's own LIKE doesn't.

        A function in Python would keep the interpreter from all others, a thousand times for each item.
        """
        text, params = compiler.compile(self.source_expressions[0])
        pattern: str | None = self.pattern
        for function in self.fold:
            pattern = FOLDING[function.sqlite](pattern)
        return f"({text} GLOB %s)", (*params, as_glob(pattern or ""))


class Arrays(Func):
    """Two JSON arrays as sets; `relation` as in `sqlite.ARRAY_RELATIONS`."""

    output_field = BooleanField()
    POSTGRESQL: ClassVar[dict[str, str]] = {
        "equals": "({a} @> {b} AND {a} <@ {b})",
        "contains": "({a} @> {b})",
        "containedBy": "({a} <@ {b})",
        "overlaps": "(EXISTS (SELECT 1 FROM jsonb_array_elements({a}) AS each WHERE {b} @> jsonb_build_array(each)))",
    }

    def __init__(self, relation: str, first: Expression, second: Expression) -> None:
        super().__init__(first, second)
        self.relation = relation

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        (first, first_params), (second, second_params) = map(compiler.compile, self.source_expressions)
        template = self.POSTGRESQL[self.relation]
        sql = f"(CASE WHEN {first} IS NOT NULL AND {second} IS NOT NULL THEN {template} END)"
        repeats = template.count("{a}")
        return sql.format(a=first, b=second), (*first_params, *second_params) * (1 + repeats)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        ensure_functions(connection)
        return super().as_sql(
            compiler, connection, template=f"catalog_arrays('{self.relation}', %(expressions)s)", **context
        )
