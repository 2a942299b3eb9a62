"""HTTP requests of a cold and of a warm tile, ours beside rio-tiler's: ``python -m benchmarks.requests``.

rio-tiler has the settings that TiTiler's documentation recommends. What counts is how often a far store is asked.
"""

import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from osgeo import gdal

from benchmarks.environments import environment
from benchmarks.imagery import make_imagery
from benchmarks.places import IMAGERY, PROJECT
from tiles.geo.grids import web_mercator
from tiles.rendering.tile import render_tile
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.pool import SourcePool
from tiles.sources.reference import SourceRef
from tiles.styling.style import Style

LATENCY = 0.05
# https://developmentseed.org/titiler/advanced/performance_tuning/
RECOMMENDED = {
    "GDAL_CACHEMAX": "200",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_INGESTED_BYTES_AT_OPEN": "32768",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MULTIPLEX": "YES",
    "GDAL_HTTP_VERSION": "2",
    "CPL_VSIL_CURL_CACHE_SIZE": "200000000",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".tif",
    "VSI_CACHE": "TRUE",
    "VSI_CACHE_SIZE": "5000000",
}
IMAGES = {"rgb": (1, 2, 3), "rgb_jpeg": (1, 2, 3), "uint16": (1,), "multispectral": (4, 1)}
# A cold tile, one beside it, one further in.
TILES = ((12, 1172, 1548), (12, 1173, 1548), (14, 4690, 6194))


class Ranges(BaseHTTPRequestHandler):
    """The imagery by ranges, slowly."""

    protocol_version = "HTTP/1.1"
    log: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def _answer(self, *, body: bool) -> None:
        asked = self.headers.get("Range", "")
        self.log.append(f"{self.command} {asked}")
        time.sleep(LATENCY)
        path = IMAGERY / self.path.lstrip("/")
        size = path.stat().st_size
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
        first, last = (int(found[1]), min(int(found[2]), size - 1)) if found else (0, size - 1)
        self.send_response(206 if found else 200)
        self.send_header("Accept-Ranges", "bytes")
        if found:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        if body:
            with path.open("rb") as file:
                file.seek(first)
                self.wfile.write(file.read(last - first + 1))


@contextmanager
def served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Ranges) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ours(url: str, bands: tuple[int, ...]) -> list[int]:
    """Count the requests so far after each tile."""
    gdal.VSICurlClearCache()
    pool, ref = SourcePool(), SourceRef(f"/vsicurl/{url}", "1")
    # A range, as ingest would have stored one: rio-tiler returns values without any.
    style = Style(indexes=bands, rescale=((0.0, 4000.0),))
    if len(bands) == 2:
        style = Style(expression=f"b{bands[0]}/b{bands[1]}", rescale=((0.0, 1.0),))
    counts = []
    for tile in TILES:
        with pool.lease(ref) as source:
            render_tile(source, web_mercator(), *tile, style=style)
        counts.append(len(Ranges.log))
    pool.close()
    return counts


def rio_tiler(url: str, bands: tuple[int, ...]) -> list[int]:
    """Count the requests of rio-tiler, one process for each number of tiles."""
    counts = []
    for count in range(1, len(TILES) + 1):
        Ranges.log.clear()
        jobs = [{"path": url, "tile": tile, "bands": bands, "resampling": "bilinear"} for tile in TILES[:count]]
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [environment("titiler") / "python", PROJECT / "benchmarks" / "peers" / "rio_tiler_tiles.py", folder],
                input=json.dumps(jobs).encode(), env=RECOMMENDED, check=True,
            )  # fmt: skip
        counts.append(len(Ranges.log))
    return counts


def main() -> None:
    make_imagery()
    configure_gdal()
    print("| file | by | cold tile | neighbour | two zooms in |\n|---|---|---|---|---|")
    with served() as url:
        for name, bands in IMAGES.items():
            for who, count in (("geodata", ours), ("rio-tiler", rio_tiler)):
                Ranges.log.clear()
                first, second, third = count(f"{url}/{name}.tif", bands)
                print(f"| {name} | {who} | {first} | {second - first} | {third - second} |", flush=True)


if __name__ == "__main__":
    main()
