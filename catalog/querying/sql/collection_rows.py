"""A collection's row read as filters read an item's: its members as one document, its extent as a geometry."""

from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, JSONField
from django.db.models.sql.compiler import SQLCompiler

from catalog.querying.sql.properties import Compiled
from catalog.querying.sql.sqlite import ensure_functions


class CollectionMembers(Func):
    """What stands at the top of the collection's document, as one JSON object."""

    output_field = JSONField()
    COLUMNS = ("id", "title", "description", "license", "keywords", "extra")
    # Without a title the id stands for it, without a description the title, as in the document.
    MEMBERS = (
        "'title', COALESCE(NULLIF({title}, ''), {id}), "
        "'description', COALESCE(NULLIF({description}, ''), NULLIF({title}, ''), {id}), "
        "'license', {license}, 'keywords', "
    )

    def __init__(self) -> None:
        super().__init__(*(F(name) for name in self.COLUMNS))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return self._compiled("({extra} || jsonb_build_object(" + self.MEMBERS + "{keywords}))", compiler)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        return self._compiled("JSON_PATCH({extra}, JSON_OBJECT(" + self.MEMBERS + "JSON({keywords})))", compiler)

    def _compiled(self, template: str, compiler: SQLCompiler) -> Compiled:
        # Columns have no parameters.
        columns = [compiler.compile(each)[0] for each in self.source_expressions]
        return template.format(**dict(zip(self.COLUMNS, columns, strict=True))), ()


class ExtentGeometry(Func):
    """The area of a bbox in JSON: two boxes where it crosses the antimeridian, NULL where there is none."""

    output_field = GeometryField(srid=4326)
    BOX = "ST_SetSRID(ST_Envelope(ST_Collect(ST_Point({west}, {south}), ST_Point({east}, {north}))), 4326)"

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        column, params = compiler.compile(self.source_expressions[0])
        west, south, east, north = (
            f"({column} ->> {place})::float8"
            for place in ("0", "1", f"(jsonb_array_length({column}) / 2)", f"(jsonb_array_length({column}) / 2 + 1)")
        )
        whole = self.BOX.format(west=west, south=south, east=east, north=north)
        eastern = self.BOX.format(west=west, south=south, east="180", north=north)
        western = self.BOX.format(west="-180", south=south, east=east, north=north)
        sql = f"(CASE WHEN {west} <= {east} THEN {whole} ELSE ST_Collect({eastern}, {western}) END)"
        return sql, tuple(params) * sql.count(column)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        ensure_functions(connection)
        column, params = compiler.compile(self.source_expressions[0])
        return f"GeomFromWKB(catalog_bbox_wkb({column}), 4326)", tuple(params)
