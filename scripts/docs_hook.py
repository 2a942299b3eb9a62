"""Fit pages that are read in a checkout too into the built site: mkdocs calls this module, as mkdocs.yml says."""

import posixpath
import re
from typing import Any

# A link to a file, not to an address or a heading: its text, and its target without what follows "#".
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?!\w+:|#|/)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return the page's text, links to files of the checkout that the site doesn't have replaced by what they say.

    A misspelled link within docs/ stays, so that mkdocs refuses it.
    """
    folder = posixpath.dirname(page.file.src_uri)

    def fit(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link["target"]))
        return link["text"] if path.startswith("../") else link[0]

    return LINK.sub(fit, markdown)
