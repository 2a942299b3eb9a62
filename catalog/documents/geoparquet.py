"""stac-geoparquet: https://github.com/radiantearth/stac-geoparquet-spec. Needs pyarrow, the extra `parquet`.

Properties are columns of their own, so a property that is null is as one that is not there.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import shapely

from catalog.documents.moments import read_moment
from catalog.errors import InvalidInput

# Rows that are in memory at a time.
BATCH_ROWS = 500
# Columns that aren't properties.
MEMBERS = frozenset(
    {"type", "stac_version", "stac_extensions", "id", "collection", "geometry", "bbox", "links", "assets"}
)
MOMENTS = ("datetime", "start_datetime", "end_datetime", "created", "updated")
EDGES = ("xmin", "ymin", "zmin", "xmax", "ymax", "zmax")
METADATA = {
    "geo": orjson.dumps(
        {
            "version": "1.1.0",
            "primary_column": "geometry",
            "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
        }
    ),
    "stac-geoparquet": orjson.dumps({"version": "1.0.0"}),
}
Document = dict[str, Any]
Documents = Generator[Document, None, None]


def read_geoparquet(path: Path, *, progress: Callable[[int], object] = lambda _: None) -> Iterator[Document]:
    """Read the Items of a file, one after the other. `progress` is called with bytes, as far as rows tell them."""
    pyarrow, parquet = _arrow()
    size = path.stat().st_size
    try:
        with parquet.ParquetFile(path) as file:
            rows, read = file.metadata.num_rows, 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield from map(_item, batch.to_pylist())
                read += batch.num_rows
                progress(size * read // max(rows, 1))
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidInput(f"{path.name}: not a readable Parquet file: {error}") from None


def write_geoparquet(path: Path, *, items: Callable[[], Documents]) -> int:
    """Write the Items, which `items` gives twice: to find the columns of all, then to fill them. Return how many."""
    pyarrow, parquet = _arrow()
    try:
        # Closed at once also when they can't be written: they hold a cursor of the database.
        with closing(items()) as found:
            tables = _tables(found, pyarrow=pyarrow)
            schema = pyarrow.unify_schemas([table.schema for table in tables], promote_options="permissive")
        count = 0
        with (
            closing(items()) as found,
            parquet.ParquetWriter(path, schema.with_metadata(METADATA), compression="zstd") as writer,
        ):
            for table in _tables(found, pyarrow=pyarrow, schema=schema):
                writer.write_table(table.replace_schema_metadata(METADATA))
                count += table.num_rows
    except (pyarrow.ArrowException, OverflowError) as error:
        raise InvalidInput(f"These items don't fit into common columns: {error}") from None
    return count


def _arrow() -> tuple[Any, Any]:
    try:
        pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise InvalidInput("Parquet needs pyarrow: pip install pyarrow.", code="not_installed") from None
    return pyarrow, parquet


def _tables(items: Iterable[Document], *, pyarrow: Any, schema: Any = None) -> Iterator[Any]:
    rows: list[Document] = []
    for item in items:
        rows.append(_row(item))
        if len(rows) == BATCH_ROWS:
            yield _table(rows, pyarrow=pyarrow, schema=schema)
            rows = []
    if rows:
        yield _table(rows, pyarrow=pyarrow, schema=schema)


def _table(rows: list[Document], *, pyarrow: Any, schema: Any) -> Any:
    if schema is not None:
        return pyarrow.Table.from_pylist(rows, schema=schema)
    # Without a schema only the first row's columns are looked at.
    names = dict.fromkeys(name for row in rows for name in row)
    return pyarrow.table({name: pyarrow.array([row.get(name) for row in rows]) for name in names})


def _row(document: Document) -> Document:
    # Columns are made of what documents hold, of which parts may be JSON that nobody has read yet.
    item: Document = orjson.loads(orjson.dumps(document))
    row = {name: value for name, value in item.items() if name in MEMBERS}
    geometry = item.get("geometry")
    row["geometry"] = shapely.from_geojson(orjson.dumps(geometry)).wkb if geometry else None
    bbox = item.get("bbox")
    edges = EDGES if bbox and len(bbox) == 6 else tuple(edge for edge in EDGES if edge[0] != "z")
    row["bbox"] = dict(zip(edges, map(float, bbox), strict=True)) if bbox else None
    for name, value in item.get("properties", {}).items():
        if name not in MEMBERS:
            row[name] = read_moment(value, name=f"properties.{name}") if name in MOMENTS and value else value
    return {name: _filled(value) for name, value in row.items()}


def _filled(value: Any) -> Any:
    """Return the value without empty objects, which Parquet has no columns for."""
    if isinstance(value, dict):
        return {name: _filled(member) for name, member in value.items()} or None
    return [_filled(member) for member in value] if isinstance(value, list) else value


def _item(row: Document) -> Document:
    geometry, bbox = row.get("geometry"), row.get("bbox")
    item: Document = {
        "type": "Feature",
        "stac_version": row.get("stac_version") or "1.1.0",
        "stac_extensions": row.get("stac_extensions") or [],
        "id": row.get("id"),
        "geometry": _geojson(geometry) if geometry else None,
        "properties": {name: value for name, value in _plain(row).items() if name not in MEMBERS},
        "links": _plain(row.get("links")) or [],
        "assets": _plain(row.get("assets")) or {},
    }
    item["properties"].setdefault("datetime", None)
    if row.get("collection"):
        item["collection"] = row["collection"]
    if bbox:
        item["bbox"] = [bbox[edge] for edge in EDGES if bbox.get(edge) is not None] if isinstance(bbox, dict) else bbox
    return item


def _geojson(wkb: bytes) -> Document:
    text: Any = shapely.to_geojson(shapely.from_wkb(wkb))
    document: Document = orjson.loads(text)
    return document


def _plain(value: Any) -> Any:
    """Return the value as JSON has it: moments as text, and without the members that only other rows have."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")
    return value
