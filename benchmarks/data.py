"""What is asked of a single file besides tiles, ours beside TiTiler's: previews, regions, statistics, points.

Both serve files by their names and nothing else: ours as a bare mixin. Neither keeps answers.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from benchmarks.imagery import EPSG
from benchmarks.latency import Question, line
from benchmarks.places import IMAGERY
from benchmarks.servers import Server
from benchmarks.workloads import EAST, NORTH, SOUTH, WEST

# Different places in a row, so that no answer is the one before.
PLACES = 40

Place = tuple[float, float]
Asking = Callable[[Place], Question]


@dataclass(frozen=True)
class Row:
    """A line of the table: its title, and what each server is asked at a place, with the body of a POST."""

    title: str
    image: str
    ours: Asking
    theirs: Asking

    def questions(self, peer: str, seed: int) -> list[Question]:
        chance = random.Random(seed)
        places = [
            (chance.uniform(WEST + 0.2, EAST - 0.4), chance.uniform(SOUTH + 0.15, NORTH - 0.35)) for _ in range(PLACES)
        ]
        if peer == "geodata":
            return [(f"/files/{self.image}/data/{path}", body) for path, body in map(self.ours, places)]
        url = quote(str(IMAGERY / f"{self.image}.tif"), safe="")
        return [(f"/cog/{path}{'&' if '?' in path else '?'}url={url}", body) for path, body in map(self.theirs, places)]


def box(place: Place, side: float) -> str:
    return f"{place[0]:.5f},{place[1]:.5f},{place[0] + side:.5f},{place[1] + side:.5f}"


def polygon(place: Place, side: float) -> str:
    """Return a hexagon-like field as WKT."""
    x, y = place
    ring = [[0, 0.3], [0.5, 0], [1, 0.3], [1, 0.7], [0.5, 1], [0, 0.7], [0, 0.3]]
    points = [[round(x + a * side, 6), round(y + b * side, 6)] for a, b in ring]
    geometry = {"type": "Polygon", "coordinates": [points]}
    return json.dumps({"type": "Feature", "properties": {}, "geometry": geometry})


def same(path: str) -> tuple[Asking, Asking]:
    """Both call it alike, and it is of the whole image."""
    return (lambda _: (path, ""),) * 2


def region(extension: str, side: float, query: str) -> tuple[Asking, Asking]:
    return (
        lambda place: (f"region.{extension}?bbox={box(place, side)}&{query}", ""),
        lambda place: (f"bbox/{box(place, side)}.{extension}?{query}", ""),
    )


def zone(side: float) -> tuple[Asking, Asking]:
    return (
        lambda place: ("statistics", polygon(place, side)),
        # Else it counts pixels of degrees.
        lambda place: (f"statistics?dst_crs=EPSG:{EPSG}", polygon(place, side)),
    )


def point(query: str = "") -> tuple[Asking, Asking]:
    return (lambda place: (f"point/{place[0]:.5f},{place[1]:.5f}?{query}", ""),) * 2


NDVI = "expression=(b4-b1)/(b4%2Bb1)"
ROWS = (
    Row("preview 1024 → JPEG", "rgb", *same("preview.jpg?max_size=1024")),
    Row("preview 1024 → PNG", "rgb", *same("preview.png?max_size=1024")),
    Row("preview 1024 → GeoTIFF", "rgb", *same("preview.tif?max_size=1024")),
    Row("preview 1024 of NDVI → PNG", "multispectral", *same(f"preview.png?{NDVI}&rescale=-0.5,0.5")),
    Row("region 0.05° → PNG", "rgb", *region("png", 0.05, "max_size=1024")),
    Row("region 0.2° → JPEG 512", "rgb", *region("jpg", 0.2, "max_size=512")),
    Row("region 0.05°, uint16 → GeoTIFF", "uint16", *region("tif", 0.05, "max_size=1024")),
    Row("region 0.05° of NDVI → GeoTIFF", "multispectral", *region("tif", 0.05, f"{NDVI}&max_size=1024")),
    Row("statistics, 3 bands of uint8", "rgb", *same("statistics")),
    Row("statistics, uint16", "uint16", *same("statistics")),
    Row("statistics of NDVI", "multispectral", *same(f"statistics?{NDVI}")),
    Row("zonal statistics, 0.05°", "uint16", *zone(0.05)),
    Row("point, 3 bands", "rgb", *point()),
    Row("point, NDVI", "multispectral", *point(NDVI)),
    Row("point, 200 bands", "hyperspectral", *point()),
)


def lines(ours: Server, peer: Server, *, seconds: float, words: list[str]) -> None:
    """Print the rows whose titles hold one of ``words``, or all."""
    for row in ROWS:
        if not words or any(word in row.title for word in words):
            print(line(row.title, ours, peer, row.questions, seconds=seconds), flush=True)
