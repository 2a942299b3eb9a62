"""Descriptions, which people write in Markdown, as HTML without anything that runs, loads or leads astray."""

from collections.abc import MutableMapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# Characters that are read; a description is an abstract, not a book.
LONGEST = 20_000
# A description's first heading comes below the page's own.
HEADING_SHIFT = 2


class _Renderer(RendererHTML):
    def link_open(self, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]) -> str:
        del env
        tokens[index].attrSet("rel", "nofollow noopener")
        return str(self.renderToken(tokens, index, options, {}))

    def heading_open(self, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]) -> str:
        del env
        tokens[index].tag = f"h{min(6, int(tokens[index].tag[1:]) + HEADING_SHIFT)}"
        return str(self.renderToken(tokens, index, options, {}))

    heading_close = heading_open


# Raw HTML stays text, pictures aren't loaded, and links lead to what a browser doesn't run (markdown-it checks that).
_PARSER = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).disable("image").enable("table")


def markdown(text: str) -> SafeString:
    """Return the description as HTML for a page."""
    return SafeString(_PARSER.render(text[:LONGEST]))


def plain(text: str) -> str:
    """Return a description's words without its marks, for where there is room for a line or two."""
    inline = (token for token in _PARSER.parse(text[:LONGEST]) if token.type == "inline")
    parts = (
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for token in inline
        for child in [*(token.children or ()), Token("softbreak", "br", 0)]
    )
    return " ".join("".join(parts).split())
