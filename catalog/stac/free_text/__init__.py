"""The free-text parameter `q`: its syntax, and what it means for a text of words."""

from .errors import InvalidFreeText
from .syntax import parse_q
from .terms import Term

__all__ = ["InvalidFreeText", "Term", "parse_q"]
