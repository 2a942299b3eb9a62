"""Draw vector tiles in PostGIS: the rows of a search are clipped, written and packed where they lie."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from catalog.models import Item
from catalog.stac.footprints.drawing import BUFFER, DENSITY, EXTENT, LAYER, MERCATOR_LATITUDE, Square

WORLD = f"ST_MakeEnvelope(-180, -{MERCATOR_LATITUDE}, 180, {MERCATOR_LATITUDE}, 4326)"
COLLECTION = "ST_GeometryType(geometry) = 'ST_GeometryCollection'"
AROUND = f"ST_Expand(tile.box, (ST_XMax(tile.box) - ST_XMin(tile.box)) * {BUFFER} / {EXTENT})"
MOMENT = (
    "to_char(start_datetime AT TIME ZONE 'UTC', "
    "CASE mod(extract(microseconds FROM start_datetime)::int, 1000000) WHEN 0 "
    """THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END)"""
)
# What lies beyond the edges of the web's Mercator grid is cut off first: its projection has no numbers there. Parts of
# collections are features of their own, and what is too small to be drawn is a point: the format has neither. Each step
# is kept, because what an expression is made of would be computed for each place that the expression is used in.
TILE = f"""
WITH tile AS MATERIALIZED (SELECT ST_TileEnvelope(%s, %s, %s) AS box),
found AS MATERIALIZED ({{found}}),
drawn AS MATERIALIZED (SELECT * FROM found LIMIT CASE WHEN (SELECT count(*) FROM found) < %s THEN NULL ELSE %s END),
parts AS (
    SELECT item_id, collection_id, start_datetime, geometry AS part FROM drawn WHERE NOT {COLLECTION}
    UNION ALL SELECT item_id, collection_id, start_datetime, (ST_Dump(geometry)).geom FROM drawn WHERE {COLLECTION}
),
shapes AS MATERIALIZED (
    SELECT *, ST_Transform(ST_ClipByBox2D(part, {WORLD}), 3857) AS shape FROM parts
),
features AS MATERIALIZED (
    SELECT item_id AS id, collection_id AS collection, {MOMENT} AS datetime,
        coalesce(
            ST_AsMVTGeom(shape, tile.box, {EXTENT}, {BUFFER}),
            ST_AsMVTGeom(ST_Centroid(ST_ClipByBox2D(shape, {AROUND})), tile.box, {EXTENT}, {BUFFER})
        ) AS geometry
    FROM shapes, tile WHERE NOT ST_IsEmpty(shape)
)
SELECT (SELECT ST_AsMVT(features, '{LAYER}', {EXTENT}, 'geometry') FROM features WHERE geometry IS NOT NULL),
    (SELECT count(*) FROM found)
"""  # noqa: S608 -- constants

# An outer ring goes the other way round than an envelope's.
SQUARES = f"""
SELECT ST_AsMVT(squares, '{DENSITY}', {EXTENT}, 'geometry') FROM (
    SELECT number AS count, ST_Reverse(ST_MakeEnvelope(west, north, west + side, north + side)) AS geometry
    FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS square (west, north, side, number)
) AS squares
"""  # noqa: S608 -- constants


def draw_tile(rows: QuerySet[Item, Any], *, z: int, x: int, y: int, many: int, of_many: int) -> tuple[bytes, int]:
    """Return the tile of rows that have `drawing.COLUMNS`, and how many they are. Without any it has no layer.

    Of so ``many``, or more, only the first are drawn.
    """
    try:
        found, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return b"", 0
    with connection.cursor() as cursor:
        cursor.execute(TILE.format(found=found), (z, x, y, *params, many, of_many))
        tile, count = cursor.fetchone()
        return bytes(tile or b""), count


def draw_squares(squares: Iterable[Square]) -> bytes:
    """Return the tile that has these squares with their counts."""
    columns = [list(column) for column in zip(*squares, strict=True)] or [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(SQUARES, columns)
        return bytes(cursor.fetchone()[0])
