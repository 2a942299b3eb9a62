"""A sqlite3 that can load SpatiaLite, whichever Python runs us."""

import sqlite3
import sys
from importlib import import_module


def use_loadable_sqlite() -> None:
    """Put pysqlite3 in the place of a sqlite3 that was built without loadable extensions.

    pyenv's and macOS's Pythons are. Django imports ``sqlite3`` by name, so the swap has to come before its
    database backend is imported.
    """
    if hasattr(sqlite3.Connection, "enable_load_extension"):
        return
    replacement = import_module("pysqlite3")
    sys.modules["sqlite3"] = replacement
    sys.modules["sqlite3.dbapi2"] = replacement.dbapi2
