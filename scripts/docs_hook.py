"""Fit pages that are read in a checkout too into the built site: mkdocs calls this module, as mkdocs.yml says."""

import posixpath
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

# A link to a file, not to an address or a heading: its text, and its target without what follows "#".
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?!\w+:|#|/)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")

# A script that stands in the page itself. One with attributes is data, which a browser doesn't run.
INLINE = re.compile(r"<script>(?P<code>.+?)</script>", re.DOTALL)
SCRIPTS = "assets/inline"


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return the page's text, links to files of the checkout that the site doesn't have replaced by what they say.

    A misspelled link within docs/ stays, so that mkdocs refuses it.
    """
    folder = posixpath.dirname(page.file.src_uri)

    def fit(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link["target"]))
        return link["text"] if path.startswith("../") else link[0]

    return LINK.sub(fit, markdown)


def on_post_page(output: str, *, page: Any, config: Any) -> str:
    """Return the page, its inline scripts moved into files: the site that serves it lets browsers run no others."""
    folder = Path(config["site_dir"], SCRIPTS)
    folder.mkdir(parents=True, exist_ok=True)
    here = posixpath.dirname(page.file.dest_uri) or "."

    def move(script: re.Match[str]) -> str:
        name = f"{sha256(script['code'].encode()).hexdigest()[:16]}.js"
        (folder / name).write_text(script["code"])
        return f'<script src="{posixpath.relpath(SCRIPTS, here)}/{name}"></script>'

    return INLINE.sub(move, output)


def on_post_build(*, config: Any) -> None:
    """Remove what no reader of the site opens: maps of the theme's sources, and a page for other web servers' 404."""
    root = Path(config["site_dir"])
    for path in (*root.rglob("*.map"), root / "404.html", root / "sitemap.xml", root / "sitemap.xml.gz"):
        path.unlink(missing_ok=True)
