"""Views of SQLite files that are columns of one table, or of a few joined by columns: what MBTiles' writers make.

Its grammar, of which nothing else is a view here: no functions, no literals, no queries within.

    CREATE VIEW name [(column, …)] AS SELECT column, … FROM table
        {, table | JOIN table [ON column = column | USING (column)]} [WHERE column = column] [;]

where a column is [table.]name [[AS] name], or a star, and a table is name [[AS] name].
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tiles.errors import UnsafeSource

TOKEN = re.compile(r'\s+|(?P<name>[A-Za-z_]\w*|"[^"]+"|`[^`]+`|\[[^\]]+\])|(?P<mark>==|[(),.*=;])')
# Of one view.
MOST_TABLES = 3
JOINS = ("JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "CROSS JOIN")
WORDS = frozenset({"AS", "SELECT", "FROM", "JOIN", "INNER", "LEFT", "OUTER", "CROSS", "ON", "USING", "WHERE"})


@dataclass(frozen=True, slots=True)
class View:
    """``tables``: of which it is; ``joined_by``: table and column of both sides of what joins them."""

    name: str
    tables: tuple[str, ...]
    joined_by: tuple[tuple[str, str], ...] = ()


def parse_view(sql: str) -> View:
    """Return what a view is of.

    Raises:
        UnsafeSource: It is more than columns of one table or of two.
    """
    try:
        return _Parser(list(_tokens(sql))).view()
    except (ValueError, IndexError) as error:
        raise UnsafeSource("The SQLite file has a view that computes what it shows; only joins are read") from error


def _tokens(sql: str) -> Iterator[str]:
    place = 0
    while place < len(sql):
        found = TOKEN.match(sql, place)
        if found is None:
            raise ValueError(sql[place : place + 20])
        if found["name"] or found["mark"]:
            yield found[0]
        place = found.end()


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place = tokens, 0
        # Each table by the name that it has in the view.
        self.tables: dict[str, str] = {}

    def view(self) -> View:
        self.expect("CREATE")
        self.expect("VIEW")
        name = self.name()
        if self.takes("("):
            self.listed(self.name)
            self.expect(")")
        self.expect("AS")
        self.expect("SELECT")
        self.listed(self.shown)
        self.expect("FROM")
        self.table()
        conditions = self.joined()
        self.takes(";")
        if self.place != len(self.tokens):
            raise ValueError(self.tokens[self.place])
        return View(name, tuple(self.tables.values()), tuple(self.resolved(*each) for each in conditions))

    def joined(self) -> list[tuple[str, str]]:
        """Return the tables' names and columns that have to be equal."""
        found: list[tuple[str, str]] = []
        while self.takes(",") or self.takes_join():
            self.table()
            if self.takes("USING"):
                self.expect("(")
                column = self.name()
                self.expect(")")
                found += [(table, column) for table in self.tables]
            elif self.takes("ON"):
                found += self.equality()
        if self.takes("WHERE"):
            found += self.equality()
        return found

    def takes_join(self) -> bool:
        for words in JOINS:
            following = [token.upper() for token in self.tokens[self.place : self.place + len(words.split())]]
            if following == words.split():
                self.place += len(following)
                return True
        return False

    def equality(self) -> list[tuple[str, str]]:
        in_brackets = self.takes("(")
        first = self.column()
        if not self.takes("="):
            self.expect("==")
        second = self.column()
        if in_brackets:
            self.expect(")")
        if first[0] == second[0]:
            raise ValueError(first)
        return [first, second]

    def listed(self, each: Callable[[], object]) -> None:
        each()
        while self.takes(","):
            each()

    def shown(self) -> None:
        if self.takes("*"):
            return
        self.name()
        if self.takes(".") and not self.takes("*"):
            self.name()
        if self.takes("AS"):
            self.name()

    def column(self) -> tuple[str, str]:
        table = self.name()
        self.expect(".")
        return table, self.name()

    def table(self) -> None:
        name = self.name()
        alias = self.name() if self.takes("AS") or self.is_name() else name
        if alias.lower() in self.tables or len(self.tables) == MOST_TABLES:
            raise ValueError(alias)
        self.tables[alias.lower()] = name

    def resolved(self, table: str, column: str) -> tuple[str, str]:
        if table.lower() not in self.tables:
            raise ValueError(table)
        return self.tables[table.lower()], column

    def name(self) -> str:
        if not self.is_name():
            raise ValueError(self.place)
        self.place += 1
        return self.tokens[self.place - 1].strip('"`[]')

    def is_name(self) -> bool:
        token = self.tokens[self.place] if self.place < len(self.tokens) else "="
        return (token[0].isalpha() or token[0] in '_"`[') and token.upper() not in WORDS

    def takes(self, token: str) -> bool:
        taken = self.place < len(self.tokens) and self.tokens[self.place].upper() == token
        self.place += taken
        return taken

    def expect(self, token: str) -> None:
        if not self.takes(token):
            raise ValueError(token)
