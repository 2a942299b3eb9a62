"""The free-text parameter `q`: its syntax, and what it means for a text of words."""

from catalog.errors import InvalidFreeText
from catalog.querying.free_text.syntax import parse_q
from catalog.querying.free_text.terms import Term

__all__ = ["InvalidFreeText", "Term", "parse_q"]
