"""CQL2 filters, compiled to expressions of the database. Names and values of clients are data, never SQL."""

from catalog.querying.cql2.compiler import compile_filter
from catalog.querying.cql2.text import parse_text

__all__ = ["compile_filter", "parse_text"]
