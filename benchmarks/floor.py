"""Where the time of one warm tile goes, as CPU time: ``python -m benchmarks.floor [image] [extension] [query]``.

Each step runs on the same tiles of map users; `everything` is the whole request through WSGI, Django and DRF, without
the server's socket.
"""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.imagery import make_imagery
from benchmarks.places import IMAGERY
from benchmarks.workloads import sessions

os.environ.setdefault("COG_DIR", str(IMAGERY))

from django.http import QueryDict

from benchmarks.peers import ours_site
from tiles.encoding.formats import image_format
from tiles.errors import OutsideBounds
from tiles.geo.grids import web_mercator
from tiles.rendering.tile import paint, parts, render_tile
from tiles.sampling.pixels import ReadRequest
from tiles.sampling.reading import read_window
from tiles.sampling.resampling import map_pixels, resample
from tiles.sources.pool import POOL
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.styling.resolving import resolve_style
from tiles.styling.style import Style, parse_style

TILES = 400
Tile = tuple[int, int, int]


class Clock:
    """CPU seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start


def render_in_steps(clock: Clock, ref: SourceRef, tile: Tile, style: Style, extension: str) -> None:
    with clock.step("open (warm)"), POOL.lease(ref) as source:
        pass
    assert isinstance(source, RasterSource)
    grid = web_mercator()
    area = grid.tile(*tile)
    resolved = resolve_style(source, style)
    for left, top, width, height in parts(area, source.coverage(grid))[:1]:
        with clock.step("transform"):
            found = map_pixels(source.reference(grid), area.part(left, top, width, height))
        assert found is not None
        with clock.step("read"):
            window = read_window(source, found, ReadRequest(resolved.indexes, strict=resolved.expression is not None))
        if window is None:
            return
        with clock.step("warp"):
            size = (source.width, source.height)
            samples = resample(window, found, resampling=resolved.resampling, extent=size, soft=False)
        with clock.step("style"):
            picture = paint(source, samples, resolved=resolved, style=style)
        with clock.step("encode"):
            image_format(extension).encode(picture)


def ask(path: str, query: str, etag: str = "") -> str:
    """One GET through WSGI, as a server would hand it on; the answer's ETag."""
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "HTTP_ACCEPT": "image/*",
        "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    }  # fmt: skip
    if etag:
        environ["HTTP_IF_NONE_MATCH"] = etag
    found: dict[str, str] = {}

    def start(_status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        found.update(headers)
        return len

    b"".join(ours_site.application(environ, start))
    return found.get("ETag", "")


def total(clock: Clock, name: str, work: Callable[[Tile], object], tiles: list[Tile]) -> None:
    for tile in tiles:
        with clock.step(name):
            work(tile)


def main(arguments: list[str]) -> None:
    image, extension, query = [*arguments, "rgb", "jpg", ""][:3] if not arguments else [*arguments, "", ""][:3]
    extension = extension or "jpg"
    make_imagery()
    ref = SourceRef(str(IMAGERY / f"{image}.tif"), version="1")
    style = parse_style(QueryDict(query))
    tiles = sessions(TILES, seed=5)

    def render(tile: Tile) -> None:
        try:
            with POOL.lease(ref) as source:
                picture = render_tile(source, web_mercator(), *tile, style=style)
        except OutsideBounds:
            return
        if picture:
            image_format(extension).encode(picture)

    def url(tile: Tile) -> str:
        return f"/files/{image}/tiles/{'/'.join(map(str, tile))}.{extension}"

    for tile in tiles:
        render(tile)
    clock = Clock()
    for tile in tiles:
        render_in_steps(clock, ref, tile, style, extension)
    steps = sum(clock.seconds.values())
    total(clock, "render + encode, as the view calls it", render, tiles)
    etags = {tile: ask(url(tile), query) for tile in tiles}
    total(clock, "everything (request to response)", lambda tile: ask(url(tile), query), tiles)
    total(clock, "304 (routing, parsing, ETag)", lambda tile: ask(url(tile), query, etags[tile]), tiles)
    print(f"| step ({image} to {extension} {query}) | CPU ms a tile |\n|---|---|")
    for name, seconds in clock.seconds.items():
        print(f"| {name} | {1000 * seconds / len(tiles):.2f} |")
    whole = clock.seconds["everything (request to response)"]
    core = sum(clock.seconds[name] for name in ("transform", "read", "warp", "encode"))
    print(f"\neverything / (read + warp + encode) = {whole / core:.2f}; steps {1000 * steps / len(tiles):.2f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
