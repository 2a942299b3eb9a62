"""Regions, previews, statistics and points, side by side with TiTiler: ``python -m benchmarks.data [seconds] [row…]``.

Both have two workers and the same block cache, and neither keeps answers. Requests come one after another over two
connections, so that latency is that of an idle server; rounds are interleaved.
"""

import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from urllib.parse import quote

from benchmarks.imagery import make_imagery
from benchmarks.places import IMAGERY
from benchmarks.servers import Server, serve
from benchmarks.workloads import EAST, NORTH, SOUTH, WEST

PEERS = ("geodata", "titiler")
ROUNDS = 2
CONNECTIONS = 2
# Different places in a row, so that no answer is the one before.
PLACES = 40

Place = tuple[float, float]
Question = tuple[str, bytes | None]


@dataclass(frozen=True)
class Row:
    """A line of the table: its title, and what each server is asked at a place, with the body of a POST."""

    title: str
    image: str
    ours: Callable[[Place], Question]
    theirs: Callable[[Place], Question]

    def questions(self, peer: str, *, seed: int) -> list[Question]:
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


def polygon(place: Place, side: float) -> bytes:
    """A hexagon-like field."""
    x, y = place
    ring = [[0, 0.3], [0.5, 0], [1, 0.3], [1, 0.7], [0.5, 1], [0, 0.7], [0, 0.3]]
    points = [[round(x + a * side, 6), round(y + b * side, 6)] for a, b in ring]
    geometry = {"type": "Polygon", "coordinates": [points]}
    return json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}).encode()


def same(path: str) -> Callable[[Place], Question]:
    return lambda _: (path, None)


def region(extension: str, side: float, query: str) -> tuple[Callable[[Place], Question], Callable[[Place], Question]]:
    return (
        lambda place: (f"region.{extension}?bbox={box(place, side)}&{query}", None),
        lambda place: (f"bbox/{box(place, side)}.{extension}?{query}", None),
    )


NDVI = "expression=(b4-b1)/(b4%2Bb1)"
ROWS = (
    Row("preview 1024 → JPEG", "rgb", same("preview.jpg?max_size=1024"), same("preview.jpg?max_size=1024")),
    Row("preview 1024 → PNG", "rgb", same("preview.png?max_size=1024"), same("preview.png?max_size=1024")),
    Row("preview 1024 → GeoTIFF", "rgb", same("preview.tif?max_size=1024"), same("preview.tif?max_size=1024")),
    Row("region 0.05° → PNG", "rgb", *region("png", 0.05, "max_size=1024")),
    Row("region 0.2° → JPEG 512", "rgb", *region("jpg", 0.2, "max_size=512")),
    Row("region 0.05°, uint16 → GeoTIFF", "uint16", *region("tif", 0.05, "max_size=1024")),
    Row("statistics, 3 bands of uint8", "rgb", same("statistics"), same("statistics")),
    Row("statistics, uint16", "uint16", same("statistics"), same("statistics")),
    Row("statistics of NDVI", "multispectral", same(f"statistics?{NDVI}"), same(f"statistics?{NDVI}")),
    Row(
        "zonal statistics, 0.05°",
        "uint16",
        lambda place: ("statistics", polygon(place, 0.05)),
        lambda place: ("statistics", polygon(place, 0.05)),
    ),
    Row(
        "point, 3 bands",
        "rgb",
        lambda place: (f"point/{place[0]:.5f},{place[1]:.5f}", None),
        lambda place: (f"point/{place[0]:.5f},{place[1]:.5f}", None),
    ),
    Row(
        "point, 200 bands",
        "hyperspectral",
        lambda place: (f"point/{place[0]:.5f},{place[1]:.5f}", None),
        lambda place: (f"point/{place[0]:.5f},{place[1]:.5f}", None),
    ),
)


def ask(connection: HTTPConnection, question: Question) -> float:
    """Seconds until the whole answer is there."""
    path, body = question
    start = time.perf_counter()
    connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"} if body else {})
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status} {content[:200]!r}")
    return time.perf_counter() - start


def measure(server: Server, questions: list[Question], *, seconds: float) -> list[float]:
    """Latencies of questions asked over some connections at once, again and again, for so long."""
    found: list[float] = []
    waiting: Iterator[Question] = cycle(questions)
    lock, end = threading.Lock(), time.perf_counter() + seconds

    def client() -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        while time.perf_counter() < end:
            with lock:
                question = next(waiting)
            found.append(ask(connection, question))

    clients = [threading.Thread(target=client) for _ in range(CONNECTIONS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return found


def compare(servers: list[Server], row: Row, *, seconds: float) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {server.name: [] for server in servers}
    for number in range(ROUNDS):
        for server in servers:
            questions = row.questions(server.name, seed=number + 1)
            # Each worker opens the file once, uncounted.
            for question in questions[: 2 * CONNECTIONS]:
                ask(HTTPConnection("127.0.0.1", server.port, timeout=60), question)
            found[server.name] += measure(server, questions, seconds=seconds)
    return found


def show(row: Row, found: dict[str, list[float]]) -> str:
    cells = [row.title]
    for name in PEERS:
        ordered = sorted(found[name])
        p50, p95 = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
        cells.append(f"{1000 * p50:.1f}/{1000 * p95:.1f} ms")
    ours, theirs = (statistics.median(found[name]) for name in PEERS)
    return "| " + " | ".join([*cells, f"{theirs / ours:.1f}x"]) + " |"


def main(arguments: list[str]) -> None:
    seconds = float(arguments[0]) if arguments else 4.0
    make_imagery()
    with ExitStack() as stack:
        servers = [stack.enter_context(serve(name)) for name in PEERS]
        print("| work | geodata (p50/p95) | titiler (p50/p95) | ratio |\n|---|---|---|---|", flush=True)
        for row in ROWS:
            if not arguments[1:] or any(word in row.title for word in arguments[1:]):
                print(show(row, compare(servers, row, seconds=seconds)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
