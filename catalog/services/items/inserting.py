"""Insert new items as rows, without models: by COPY on PostgreSQL, by one prepared statement on SQLite."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

import orjson
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.utils import timezone

from catalog.documents.footprints import SRID
from catalog.models import Item

Fields = Mapping[str, Any]
TABLE = Item._meta.db_table  # noqa: SLF001
DOCUMENTS = ("properties", "assets", "links", "stac_extensions", "extra", "asset_files")
TIMES = ("datetime", "start_datetime", "end_datetime")
COLUMNS = (
    *("collection_id", "item_id", "words", "geometry", "bbox"),
    *TIMES,
    *DOCUMENTS,
    *("version", "created", "updated"),
)
GEOMETRY = COLUMNS.index("geometry")
NULL = r"\N"
# What PostgreSQL's text format of COPY writes otherwise: https://www.postgresql.org/docs/current/sql-copy.html
ESCAPES = (("\\", r"\\"), ("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t"))
# The bit of a geometry's type that says that the reference system's number follows it.
HAS_SRID = 0x20000000


def insert_items(collection_id: str, rows: Iterable[tuple[str, Fields]]) -> None:
    """Insert items that are not there yet, in the transaction around.

    Args:
        collection_id: the collection they belong to.
        rows: the id of each item and its columns as `item_fields` has them, with `asset_files`. A footprint may be
            given as WKB.

    Raises IntegrityError where one of them is there after all.
    """
    values = _values(collection_id, rows)
    if connection.vendor == "postgresql":
        _copy(values)
        return
    places = ["%s"] * len(COLUMNS)
    places[GEOMETRY] = f"GeomFromWKB(%s, {SRID})"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join(places)})",  # noqa: S608 -- constants
            list(values),
        )


def _values(collection_id: str, rows: Iterable[tuple[str, Fields]]) -> Iterator[tuple[Any, ...]]:
    adapt = connection.ops.adapt_datetimefield_value
    now = adapt(timezone.now())
    for item_id, fields in rows:
        bbox = fields["bbox"]
        yield (
            collection_id,
            item_id,
            fields["words"],
            wkb_of(fields["geometry"]),
            None if bbox is None else orjson.dumps(bbox).decode(),
            *(adapt(fields[name]) for name in TIMES),
            *(orjson.dumps(fields[name]).decode() for name in DOCUMENTS),
            1,
            now,
            now,
        )


def wkb_of(footprint: GEOSGeometry | bytes | None) -> bytes | None:
    """Return the WKB of a footprint that may be WKB already."""
    return bytes(footprint.wkb) if isinstance(footprint, GEOSGeometry) else footprint


def _copy(values: Iterable[tuple[Any, ...]]) -> None:
    text = StringIO()
    for row in values:
        footprint = row[GEOMETRY]
        written = [NULL if each is None else _escaped(str(each)) for each in row]
        written[GEOMETRY] = NULL if footprint is None else _with_srid(footprint).hex()
        text.write("\t".join(written) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {TABLE} ({', '.join(COLUMNS)}) FROM STDIN", text)


def _escaped(text: str) -> str:
    # Most texts have nothing to escape, which this way costs least.
    for character, written in ESCAPES:
        if character in text:
            text = text.replace(character, written)
    return text


def _with_srid(wkb: bytes) -> bytes:
    order = "<" if wkb[0] else ">"
    (kind,) = struct.unpack_from(f"{order}I", wkb, 1)
    return wkb[:1] + struct.pack(f"{order}II", kind | HAS_SRID, SRID) + wkb[5:]
