"""How often a remote file is asked for: each request costs a round trip."""

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from osgeo import gdal

from tests.tiles import rasters
from tests.tiles.rasters import Recipe
from tiles.errors import SourceNotFound
from tiles.geo.grids import web_mercator
from tiles.rendering.tile import render_tile
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.style import Style

LATENCY = 0.05


class Ranges(BaseHTTPRequestHandler):
    """Serves one file by ranges, slowly, and keeps a log."""

    protocol_version = "HTTP/1.1"
    content = b""
    log: ClassVar[list[str]] = []

    def do_GET(self):
        asked = self.headers.get("Range", "")
        self.log.append(f"GET {asked}")
        time.sleep(LATENCY)
        if not self.path.endswith(".tif"):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
        first, last = (int(found[1]), int(found[2])) if found else (0, len(self.content) - 1)
        part = self.content[first : last + 1]
        self.send_response(206 if found else 200)
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(self.content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def do_HEAD(self):
        self.log.append("HEAD")
        time.sleep(LATENCY)
        found = self.path.endswith(".tif")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(self.content) if found else 0))
        self.end_headers()

    def log_message(self, *_):
        """Stay quiet."""


@pytest.fixture
def remote(tmp_path) -> Iterator[tuple[str, list[str]]]:
    """Serve one COG; yield the /vsicurl/ folder of a server with one COG, and its log."""
    plain = rasters.write(Recipe(size=2048, overviews=False), tmp_path / "plain.tif")
    gdal.Translate(
        str(tmp_path / "cog.tif"), str(plain), format="COG", creationOptions=["BLOCKSIZE=256", "COMPRESS=LZW"]
    )
    Ranges.content = Path(tmp_path / "cog.tif").read_bytes()
    Ranges.log = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Ranges) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"/vsicurl/http://127.0.0.1:{server.server_port}/", Ranges.log
        server.shutdown()
        thread.join()
    gdal.VSICurlClearCache()


def test_remote_cold_tile_takes_few_requests_and_a_warm_one_at_most_one(remote):
    folder, log = remote
    source = open_source(SourceRef(f"{folder}cog.tif", "1"))
    assert isinstance(source, RasterSource)
    assert len(log) == 2, log
    assert render_tile(source, web_mercator(), 13, 2336, 3106, style=Style()) is not None
    assert len(log) <= 3, log
    seen = len(log)
    assert render_tile(source, web_mercator(), 15, 9349, 12431, style=Style()) is not None
    assert len(log) <= seen + 1, log


def test_remote_file_that_vanished_is_not_found(remote):
    with pytest.raises(SourceNotFound):
        open_source(SourceRef(f"{remote[0]}gone.txt", "1"))
