"""SQLite files (GeoPackage, MBTiles, SVSlide): their schema is code that a reader runs, so only plain ones are read.

Views, virtual tables and computed columns may call any function that the reader's SQLite has, SpatiaLite's that read
text files among them, or never come to an end. What honest writers make is known: tables, indexes, the triggers of
GeoPackage (which nothing here fires, for files are opened for reading), R-trees, and views that join two tables.
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tiles.errors import SourceUnreadable, UnsafeSource
from tiles.sources.external_files.views import View, parse_view

# Of the schema: entries, their characters, and seconds to read it in.
MOST_ENTRIES = 20_000
MOST_CHARACTERS = 10_000_000
SECONDS = 5.0
# Steps of SQLite's machine between two looks at the clock.
STEPS = 10_000
# What may be read while the schema is looked at.
ALLOWED_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA})
ALLOWED_PRAGMAS = frozenset({"table_xinfo", "index_list", "index_xinfo"})
KINDS = re.compile(r"CREATE (TABLE|INDEX|UNIQUE INDEX|VIEW|TRIGGER|VIRTUAL TABLE)\s", re.IGNORECASE)
RTREE = re.compile(
    r'CREATE VIRTUAL TABLE\s+(?P<name>"rtree_[^"]+"|rtree_\w+)\s+USING rtree\s*\(\s*\w+(\s*,\s*\w+){4}\s*\)',
    re.IGNORECASE,
)
# GeoPackage's triggers, by the names that its standard gives (annexes on tiles, metadata, R-trees), and GDAL's counts.
TRIGGER = re.compile(
    r"gpkg_\w+|rtree_.+_(insert|delete|update\d?)|trigger_(insert|delete)_feature_count_.+"
    r"|.+_(zoom|zoom_level|tile_column|tile_row)_(insert|update)",
    re.IGNORECASE | re.DOTALL,
)
# Views of an MBTiles file that GDAL reads only for what nothing here asks for, the words beside a pixel.
NEVER_READ = frozenset({"grids", "grid_data"})
# Of a column, as `table_xinfo` tells: computed when it is read, or stored.
COMPUTED = (2, 3)


def check_database(path: str) -> None:
    """Refuse an SQLite file whose schema has more than tables, known triggers and plain views.

    Raises:
        UnsafeSource: The schema runs code, is damaged, or takes too long to read.
    """
    try:
        with _opened(path) as database:
            _check_schema(database)
    except sqlite3.Error as error:
        raise SourceUnreadable("The SQLite file's schema is damaged, or too large to be looked at") from error


@contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    """Open it so that nothing is written, loaded or run, and that its end is bounded."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro&immutable=1"
    until = time.monotonic() + SECONDS
    with closing(sqlite3.connect(address, uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        database.set_authorizer(_authorize)
        database.set_progress_handler(lambda: time.monotonic() > until, STEPS)
        yield database


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    allowed = action in ALLOWED_ACTIONS and (action != sqlite3.SQLITE_PRAGMA or first in ALLOWED_PRAGMAS)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _check_schema(database: sqlite3.Connection) -> None:
    entries = list(_entries(database))
    tables = {entry.name.lower() for entry in entries if entry.checked_kind() == "TABLE"}
    for entry in entries:
        kind = entry.checked_kind()
        if kind == "TABLE":
            _check_columns(database, entry.name)
        elif kind == "VIEW":
            _check_view(database, parse_view(str(entry.sql)), tables=tables)
        elif kind == "TRIGGER":
            _check_trigger(entry, tables=tables)
        elif kind == "VIRTUAL TABLE":
            _check_virtual(str(entry.sql), name=entry.name)


def _entries(database: sqlite3.Connection) -> Iterator["Entry"]:
    left = MOST_CHARACTERS
    rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    for number, (kind, name, table, sql) in enumerate(rows):
        left -= len(str(sql))
        if number == MOST_ENTRIES or left < 0:
            raise UnsafeSource(f"The SQLite file's schema is longer than {MOST_ENTRIES} entries")
        yield Entry(str(kind), str(name), str(table).lower(), sql)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a schema: what it says it is, its name, the table it belongs to (in lower case), how it is made."""

    kind: str
    name: str
    table: str
    sql: str | None

    def checked_kind(self) -> str:
        """Return what is made, which has to be what the row says. Raises UnsafeSource."""
        if self.sql is None and self.kind == "index":
            return "INDEX"
        found = KINDS.match(str(self.sql))
        if found is None or found[1].upper().split()[-1].lower() != self.kind:
            raise UnsafeSource("The SQLite file's schema has entries that no writer makes")
        return found[1].upper()


def _check_virtual(sql: str, *, name: str) -> None:
    found = RTREE.fullmatch(sql.strip())
    if found is None or found["name"].strip('"') != name:
        raise UnsafeSource("The SQLite file has a virtual table, which may be any file; only R-trees are read")


def _check_trigger(trigger: Entry, *, tables: set[str]) -> None:
    if not TRIGGER.fullmatch(trigger.name) or trigger.table not in tables:
        raise UnsafeSource(f"The SQLite file has a trigger {trigger.name[:60]!r} that is none of GeoPackage's")


def _check_columns(database: sqlite3.Connection, table: str) -> None:
    if any(row[6] in COMPUTED for row in database.execute(f"PRAGMA table_xinfo({_quoted(table)})")):
        raise UnsafeSource(f"The SQLite file computes columns of {table[:60]!r}, by any expression")


def _check_view(database: sqlite3.Connection, view: View, *, tables: set[str]) -> None:
    """Refuse a view of anything but tables, and one that has more rows than they have."""
    names = [table.lower() for table in view.tables]
    if not tables.issuperset(names):
        raise UnsafeSource("The SQLite file has a view of what is no table")
    if view.name.lower() in NEVER_READ and "gpkg_contents" not in tables:
        return
    by_key = len(names) == 2 and any(_is_unique(database, table, column) for table, column in view.joined_by)
    if len(names) > 1 and not by_key:
        raise UnsafeSource("The SQLite file has a view that may be larger than its tables: none is joined by a key")


def _is_unique(database: sqlite3.Connection, table: str, column: str) -> bool:
    """Return whether no two rows of the table have the same value in that column."""
    keys = [row[1].lower() for row in database.execute(f"PRAGMA table_xinfo({_quoted(table)})") if row[5]]
    if keys == [column.lower()]:
        return True
    for _, index, unique, _, partial in database.execute(f"PRAGMA index_list({_quoted(table)})").fetchall():
        members = [row[2] for row in database.execute(f"PRAGMA index_xinfo({_quoted(index)})") if row[5]]
        if unique and not partial and [str(each).lower() for each in members] == [column.lower()]:
            return True
    return False


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
