"""Read items as the database has them: documents as JSON texts, which answers take over without reading them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, Self

import orjson
from django.contrib.gis.db.models import GeometryField
from django.db import connection
from django.db.models import JSONField, QuerySet

from catalog.documents.footprints import footprint_texts
from catalog.models import Item


class ItemRow(NamedTuple):
    """Hold an item's columns: its footprint as GeoJSON, its other documents as JSON, all of them unread texts."""

    pk_id: int
    collection_id: str
    item_id: str
    geometry: str | None
    bbox: str | None
    datetime: datetime | None
    properties: str
    assets: str
    links: str
    stac_extensions: str
    extra: str
    asset_files: str

    @property
    def pk(self) -> int:
        return self.pk_id

    @classmethod
    def of(cls, item: Item) -> Self:
        """Return what would be read of an item, which may not be written yet."""
        (geometry,) = footprint_texts([None if item.geometry is None else item.geometry.wkb])
        bbox = None if item.bbox is None else _text(item.bbox)
        documents = (item.properties, item.assets, item.links, item.stac_extensions, item.extra, item.asset_files)
        return cls(item.pk_id, item.collection_id, item.item_id, geometry, bbox, item.datetime, *map(_text, documents))


COLUMNS = ItemRow._fields
GEOMETRY = COLUMNS.index("geometry")


def _text(document: Any) -> str:
    return orjson.dumps(document, default=str).decode()


def read_rows(items: QuerySet[Item], *, keys: Sequence[str] = ()) -> tuple[list[ItemRow], list[tuple[Any, ...]]]:
    """Read all rows by one statement. Return them, and of each the values of ``keys``: columns or annotations."""
    return split_rows(list(_values(items, (*COLUMNS, *keys))))


def split_rows(found: Sequence[Sequence[Any]]) -> tuple[list[ItemRow], list[tuple[Any, ...]]]:
    """Return rows that were read as `COLUMNS`, and what each has beyond these."""
    return _with_footprints(found), [tuple(values[len(COLUMNS) :]) for values in found]


def read_columns(items: QuerySet[Item], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Read some columns of all rows: geometries as WKB, documents as JSON."""
    return list(_values(items, names))


def read_statement(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Read all rows of a statement, as the driver gives them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def stream_rows(items: QuerySet[Item], *, size: int) -> Iterator[ItemRow]:
    """Yield all rows, of which no more than ``size`` are in memory at a time."""
    found = _values(items, COLUMNS, size=size)
    while piece := [values for _, values in zip(range(size), found, strict=False)]:
        yield from _with_footprints(piece)


def _with_footprints(found: Sequence[Sequence[Any]]) -> list[ItemRow]:
    footprints = footprint_texts([values[GEOMETRY] for values in found])
    rows = zip(found, footprints, strict=True)
    return [ItemRow._make((*row[:GEOMETRY], text, *row[GEOMETRY + 1 : len(COLUMNS)])) for row, text in rows]


def _values(items: QuerySet[Item], names: Sequence[str], *, size: int | None = None) -> Iterator[Any]:
    """Yield the values of each row, of which geometries and documents are left as the driver gives them."""
    compiler = items.values_list(*names).query.get_compiler(items.db)
    pieces = compiler.execute_sql(chunked_fetch=size is not None, **({"chunk_size": size} if size else {}))
    rows = chain.from_iterable(pieces or ())
    selected = [expression for expression, _, _ in compiler.select[: compiler.col_count]]
    converters = {
        place: (functions, expression)
        for place, (functions, expression) in compiler.get_converters(selected).items()
        if not isinstance(expression.output_field, JSONField | GeometryField)
    }
    return iter(compiler.apply_converters(rows, converters)) if converters else rows
