"""Tiles a second, side by side with TiTiler and django-large-image: ``python -m benchmarks.tiles [seconds] [row…]``.

Everyone has two workers, no tile cache, the same block cache and JPEG quality; ours resamples bilinear, the peers by
their default (nearest). Rounds are interleaved, so that whatever else the machine does meets everyone.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

from benchmarks.imagery import SCENES, make_imagery
from benchmarks.places import IMAGERY
from benchmarks.servers import Measure, Server, fetch, measure, redis, serve
from benchmarks.workloads import Tile, close_sessions, scattered, sessions, tile_at

ROUNDS = 2
TILES = 3000
PEERS = ("geodata", "titiler", "django-large-image")
# Of the 50 scenes: 10 km tiles from the granule's corner, eastwards and southwards.
SCENE_ZOOM = 13


@dataclass(frozen=True)
class Row:
    """One line of the table: a name in the imagery and each server's query; None where a peer can't."""

    title: str
    image: str
    extension: str
    queries: tuple[str, str | None, str | None] = ("", "", "")
    workload: Callable[..., list[Tile]] = sessions

    def paths(self, peer: str, *, seed: int) -> list[str] | None:
        query = self.queries[PEERS.index(peer)]
        if query is None:
            return None
        return [tile_path(peer, self.image, tile, self.extension, query) for tile in self.workload(TILES, seed=seed)]


def tile_path(peer: str, image: str, tile: Tile, extension: str, query: str) -> str:
    place = "/".join(map(str, tile))
    if peer == "geodata":
        return f"/files/{image}/tiles/{place}.{extension}?{query}"
    if peer == "titiler":
        router, suffix = ("stac", "json") if image.startswith("item") else ("cog", "tif")
        location = quote(str(IMAGERY / f"{image}.{suffix}"), safe="")
        return f"/{router}/tiles/WebMercatorQuad/{place}.{extension}?url={location}&{query}"
    return f"/api/images/{image}/tiles/{place}.{extension}?projection=EPSG:3857&{query}"


def style(*bands: int, low: float, high: float) -> str:
    """django-large-image's spelling of three stretched bands."""
    colors = ("#f00", "#0f0", "#00f")
    parts = [
        {"band": band, "min": low, "max": high, "palette": ["#000", color]}
        for band, color in zip(bands, colors, strict=True)
    ]
    return "style=" + quote(json.dumps({"bands": parts}))


VIRIDIS = "rescale=1000,3000&colormap_name=viridis"
NDVI = "expression=(b4-b1)/(b4%2Bb1)&rescale=-0.5,0.5&colormap_name=rdylgn"
BANDS = "bidx=120&bidx=60&bidx=10&rescale=500,4000"
ASSETS = "assets=band1,band2,band3&rescale=500,3000"
STAC_ASSETS = "assets=band1&assets=band2&assets=band3&asset_as_band=true&rescale=500,3000"
PALETTE = "band=1&palette=matplotlib.Viridis_20&min=1000&max=3000"
ROWS = (
    Row("RGB uint8 → JPEG", "rgb", "jpg"),
    Row("RGB uint8 → WebP", "rgb", "webp", ("", "", None)),
    Row("RGB uint8 → PNG", "rgb", "png"),
    Row("RGB uint8 → JPEG, all nearest", "rgb", "jpg", ("resampling=nearest", "", "")),
    Row("RGB JPEG COG → JPEG", "rgb_jpeg", "jpg"),
    Row("uint16, colormap → PNG", "uint16", "png", (VIRIDIS, VIRIDIS, PALETTE)),
    Row("NDVI of 4 bands → PNG", "multispectral", "png", (NDVI, NDVI, None)),
    Row("RGB of 200 bands → JPEG", "hyperspectral", "jpg", (BANDS, BANDS, style(120, 60, 10, low=500, high=4000))),
    Row("RGB of 3 files → JPEG", "item", "jpg", (ASSETS, STAC_ASSETS, None)),
    Row("RGB in strips, no overviews → JPEG", "rgb_striped", "jpg", workload=close_sessions),
    Row("RGB → JPEG, random tiles", "rgb", "jpg", workload=scattered),
)


def write_item() -> None:
    """Write what TiTiler needs to combine files: a STAC Item."""
    assets = {f"band{i}": {"href": str(IMAGERY / f"band{i}.tif"), "type": "image/tiff"} for i in (1, 2, 3)}
    ring = [[-77.4, 39.6], [-76.0, 39.6], [-76.0, 40.7], [-77.4, 40.7], [-77.4, 39.6]]
    item = {
        "type": "Feature", "stac_version": "1.0.0", "id": "item", "properties": {"datetime": "2020-01-01T00:00:00Z"},
        "geometry": {"type": "Polygon", "coordinates": [ring]}, "bbox": [-77.4, 39.6, -76.0, 40.7],
        "assets": assets, "links": [],
    }  # fmt: skip
    (IMAGERY / "item.json").write_text(json.dumps(item))


def compare(servers: list[Server], row: Row, *, seconds: float) -> dict[str, list[Measure]]:
    found: dict[str, list[Measure]] = {}
    for number in range(ROUNDS):
        for server in servers:
            paths = row.paths(server.name, seed=number + 1)
            if paths is not None:
                # Whoever comes first would wait for the disk, and nobody after.
                for file in IMAGERY.glob("band*.tif" if row.image == "item" else f"{row.image}.tif"):
                    file.read_bytes()
                found.setdefault(server.name, []).append(measure(server, paths, seconds=seconds))
    return found


def show(row: Row, found: dict[str, list[Measure]]) -> str:
    def rate(name: str) -> float:
        return statistics.mean(one.rate for one in found[name]) if name in found else 0.0

    cells = [row.title]
    for name in PEERS:
        if name not in found:
            cells.append("-")
            continue
        p50, p95 = (statistics.mean(getattr(one, key) for one in found[name]) for key in ("p50", "p95"))
        failed = sum(one.failed for one in found[name])
        cells.append(f"{rate(name):.0f} ({p50:.0f}/{p95:.0f} ms)" + (f" {failed} failed" if failed else ""))
    ours = rate("geodata")
    cells += [f"{ours / rate(name):.1f}x" if rate(name) else "-" for name in PEERS[1:]]
    return "| " + " | ".join(cells) + " |"


def sizes(servers: list[Server], row: Row) -> str:
    """Mean kilobytes of the same tiles: who packs less spends less time on it."""
    cells = [row.title]
    for server in servers:
        paths = row.paths(server.name, seed=3)
        contents = [fetch(server.url + path)[1] for path in paths[:40]] if paths else []
        cells.append(f"{statistics.mean(map(len, contents)) / 1000:.1f}" if contents else "-")
    return "| " + " | ".join(cells) + " |"


def cold(server: Server) -> float:
    """Mean milliseconds of the first tile of files that this server has never opened, all workers being warm."""
    measure(server, ROWS[0].paths(server.name, seed=9) or [], seconds=2)
    times = []
    for number in range(0, SCENES, 2):
        row, column = divmod(number, 10)
        longitude = -77.36 + 0.0598 + column * 0.1199
        latitude = 40.625 - 0.046 - row * 0.0922
        tile = (SCENE_ZOOM, *tile_at(longitude, latitude, SCENE_ZOOM))
        query = ""
        start = time.perf_counter()
        status, _, _ = fetch(server.url + tile_path(server.name, f"scene{number:02d}", tile, "jpg", query))
        if status == 200:
            times.append(time.perf_counter() - start)
    return 1000 * statistics.mean(times)


def cached(*, seconds: float) -> str:
    """Our tiles out of the shared cache, and not modified, against the same tiles rendered each time."""
    paths = ROWS[0].paths("geodata", seed=1) or []
    paths = paths[:200]
    with redis() as url, serve("geodata", REDIS_URL=url) as server:
        measure(server, paths, seconds=max(4, seconds))
        hits = measure(server, paths, seconds=seconds)
        _, _, headers = fetch(server.url + paths[0])
        unchanged = measure(server, paths[:1], seconds=seconds, etag=headers["etag"])
    with serve("geodata") as server:
        measure(server, paths, seconds=seconds)
        rendered = measure(server, paths, seconds=seconds)
    return f"Rendered {rendered.rate:.0f}, cached {hits.rate:.0f}, not modified {unchanged.rate:.0f} tiles/s"


def main(arguments: list[str]) -> None:
    seconds = float(arguments[0]) if arguments else 5.0
    make_imagery()
    write_item()
    for scene in IMAGERY.glob("scene*.tif"):
        scene.read_bytes()  # Whoever comes first would wait for the disk, and nobody after.
    with ExitStack() as stack:
        servers = [stack.enter_context(serve(name)) for name in PEERS]
        print("First tile of a file never opened, ms: " + ", ".join(f"{s.name} {cold(s):.1f}" for s in servers))
        print(f"\n| work | {' | '.join(f'{name}, tiles/s (p50/p95)' for name in PEERS)} | vs TiTiler | vs DLI |")
        print("|---|---|---|---|---|---|", flush=True)
        for row in ROWS:
            if not arguments[1:] or any(word in row.title for word in arguments[1:]):
                print(show(row, compare(servers, row, seconds=seconds)), flush=True)
        print(f"\n| kilobytes a tile | {' | '.join(PEERS)} |\n|---|---|---|---|")
        for row in ROWS:
            if not arguments[1:] or any(word in row.title for word in arguments[1:]):
                print(sizes(servers, row), flush=True)
        print("\nResident memory of a worker, MiB: " + ", ".join(f"{s.name} {s.memory():.0f}" for s in servers))
    if not arguments[1:]:
        print(cached(seconds=seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
