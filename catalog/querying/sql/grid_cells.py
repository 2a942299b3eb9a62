"""Cells of a grid that geometries lie in: `grids`, as expressions of the database."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from catalog.querying.sql.grids import HALF_WORLD, MERCATOR_LATITUDE, Grid, Window
from catalog.querying.sql.properties import Compiled
from catalog.querying.sql.sqlite import ensure_functions

# SQL of `Grid`'s methods. Nothing in it comes from a client but whole numbers.
COLUMN_AT = "(({longitude} + 180) / 360 * {columns})"
ROWS_AT = {
    "geohash": "(({latitude} + 90) / 180 * {rows})",
    "geotile": (
        f"((1 - ASINH(TAN(LEAST(GREATEST({{latitude}}, -{MERCATOR_LATITUDE}), {MERCATOR_LATITUDE}) * PI() / 180))"
        " / PI()) / 2 * {rows})"
    ),
}
LONGITUDE_OF = "(({column})::float8 * 360 / {columns} - 180)"
LATITUDES_OF = {
    "geohash": "(({row})::float8 * 180 / {rows} - 90)",
    "geotile": (
        "(CASE {row} WHEN 0 THEN 90 WHEN {rows} THEN -90 "
        "ELSE ATAN(SINH(PI() * (1 - 2 * ({row})::float8 / {rows}))) * 180 / PI() END)"
    ),
}


def _clamped(position: str, count: int) -> str:
    return f"LEAST(GREATEST({position}, 0), {count - 1})::bigint"


class GridExpression(Func):
    def __init__(self, geometry: Any, *, grid: Grid, **extra: Any) -> None:
        super().__init__(geometry, **extra)
        self.grid = grid

    def column_at(self, longitude: str) -> str:
        return COLUMN_AT.format(longitude=longitude, columns=self.grid.columns)

    def row_at(self, latitude: str) -> str:
        return ROWS_AT[self.grid.kind].format(latitude=latitude, rows=self.grid.rows)

    def _sqlite(self, function: str, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *extra: Any) -> Compiled:
        ensure_functions(connection)
        column, params = compiler.compile(self.source_expressions[0])
        places = "".join(", %s" for _ in extra)
        sql = f"{function}(AsBinary({column}), '{self.grid.kind}', {self.grid.precision}{places})"
        return sql, (*params, *extra)


class CentroidCell(GridExpression):
    """The number of the cell that a geometry's middle lies in."""

    output_field = BigIntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        column, params = compiler.compile(self.source_expressions[0])
        middle = (
            f"CASE WHEN ST_XMax({column}) - ST_XMin({column}) > {HALF_WORLD} "
            f"THEN ST_PointOnSurface({column}) ELSE ST_Centroid({column}) END"
        )
        cell_column = _clamped(f"FLOOR({self.column_at('ST_X(middle)')})", self.grid.columns)
        cell_row = _clamped(f"FLOOR({self.row_at('ST_Y(middle)')})", self.grid.rows)
        # OFFSET keeps the middle from being computed for each place it is used in. Without one there is no cell, which
        # LEAST and GREATEST, that pass over NULL, would not tell.
        middles = f"(SELECT {middle} AS middle OFFSET 0) AS at WHERE NOT ST_IsEmpty(middle)"
        cell = f"{cell_row} * {self.grid.columns} + {cell_column}"
        return f"(SELECT {cell} FROM {middles})", tuple(params) * 4  # noqa: S608

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return self._sqlite("catalog_centroid_cell", compiler, connection)


class MiddleCell(GridExpression):
    """The number of the cell that the middle of a geometry's box lies in, which is read without the geometry."""

    output_field = BigIntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        column, params = compiler.compile(self.source_expressions[0])
        longitude, latitude = (f"((ST_{axis}Min({column}) + ST_{axis}Max({column})) / 2)" for axis in "XY")
        cell_column = _clamped(f"FLOOR({self.column_at(longitude)})", self.grid.columns)
        cell_row = _clamped(f"FLOOR({self.row_at(latitude)})", self.grid.rows)
        sql = f"({cell_row} * {self.grid.columns} + {cell_column})"
        return sql, tuple(params) * sql.count(column)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return self._sqlite("catalog_centroid_cell", compiler, connection)


class GeometryCells(GridExpression):
    """Numbers of the cells that a geometry meets, separated by spaces; of the cells in the windows only."""

    output_field = TextField()

    def __init__(self, geometry: Any, *, grid: Grid, windows: Sequence[Window]) -> None:
        super().__init__(geometry, grid=grid)
        self.windows = [(each.first_column, each.last_column, each.first_row, each.last_row) for each in windows]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        column, params = compiler.compile(self.source_expressions[0])
        low, high = ("YMin", "YMax") if self.grid.kind == "geohash" else ("YMax", "YMin")
        spans = (
            f"{self._span('column', f'ST_XMin({column})', f'ST_XMax({column})')}, "
            f"{self._span('row', f'ST_{low}({column})', f'ST_{high}({column})')}"
        )
        sql = (
            f"(SELECT CASE WHEN b.first_column = b.last_column AND b.first_row = b.last_row THEN {self._only()} "  # noqa: S608
            f"ELSE {self._met(column)} END FROM (SELECT {spans} WHERE NOT ST_IsEmpty({column}) OFFSET 0) AS b)"
        )
        return sql, tuple(params) * sql.count(column)

    def _only(self) -> str:
        """Return the SQL of the one cell of what lies within one: that needs no look at its shape."""
        inside = " OR ".join(
            f"(b.first_column BETWEEN {west} AND {east} AND b.first_row BETWEEN {first} AND {last})"
            for west, east, first, last in self.windows
        )
        return f"CASE WHEN {inside} THEN (b.first_row * {self.grid.columns} + b.first_column)::text END"

    def _met(self, geometry: str) -> str:
        windows = ", ".join(str(window) for window in self.windows)
        return (
            f"(SELECT STRING_AGG(DISTINCT (y * {self.grid.columns} + x)::text, ' ') "  # noqa: S608
            f"FROM (VALUES {windows}) AS w (first_column, last_column, first_row, last_row), "
            f"{self._series('column')} AS x, {self._series('row')} AS y WHERE ST_Intersects({geometry}, {self._box()}))"
        )

    def _span(self, axis: str, low: str, high: str) -> str:
        at, count = (self.column_at, self.grid.columns) if axis == "column" else (self.row_at, self.grid.rows)
        first = _clamped(f"FLOOR({at(low)})", count)
        last = f"GREATEST({first}, {_clamped(f'CEIL({at(high)}) - 1', count)})"
        return f"{first} AS first_{axis}, {last} AS last_{axis}"

    def _series(self, axis: str) -> str:
        first, last = (
            f"{bound}(w.{end}_{axis}, b.{end}_{axis})" for bound, end in (("GREATEST", "first"), ("LEAST", "last"))
        )
        return f"GENERATE_SERIES({first}, {last})"

    def _box(self) -> str:
        grid = self.grid
        west, east = (LONGITUDE_OF.format(column=each, columns=grid.columns) for each in ("x", "x + 1"))
        south, north = (LATITUDES_OF[grid.kind].format(row=each, rows=grid.rows) for each in ("y", "y + 1"))
        return f"ST_MakeEnvelope({west}, {south}, {east}, {north}, 4326)"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return self._sqlite("catalog_geometry_cells", compiler, connection, orjson.dumps(self.windows).decode())
