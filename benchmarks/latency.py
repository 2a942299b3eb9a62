"""How long answers take, ours and a peer's by turns, and whether both say the same.

Requests come one after another over two connections, so that latency is that of an idle server.
"""

import json
import statistics
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
from osgeo import gdal

from benchmarks.servers import Measure, Server, measure

ROUNDS = 2
CONNECTIONS = 2
# Seconds of work before each measurement: every worker has opened its files.
WARM_UP = 1.0
# Requests of a row that are asked of both once more, to compare what they answer.
COMPARED = 3
HEADER = "| work | geodata, ms (p50/p95) | peer, ms (p50/p95) | ratio | answers differ by |\n|---|---|---|---|---|"

# A path with its query, and the body of a POST or "".
Question = tuple[str, str]
# What a server of that name is asked, by seed.
Questions = Callable[[str, int], list[Question]]


def line(title: str, ours: Server, peer: Server, questions: Questions, *, seconds: float) -> str:
    """Measure a row of the table in interleaved rounds."""
    found: dict[str, list[Measure]] = {ours.name: [], peer.name: []}
    for number in range(ROUNDS):
        for server in (ours, peer):
            asked = ["\t".join(question) for question in questions(server.name, number + 1)]
            measure(server, asked, seconds=WARM_UP, connections=CONNECTIONS)
            found[server.name].append(measure(server, asked, seconds=seconds, connections=CONNECTIONS))
    times = {name: _times(measures) for name, measures in found.items()}
    failed = sum(one.failed for measures in found.values() for one in measures)
    cells = [f"{p50:.1f}/{p95:.1f}" for p50, p95 in times.values()]
    ratio = times[peer.name][0] / times[ours.name][0]
    difference = _difference(ours, peer, questions) + (f", {failed} failed" if failed else "")
    return f"| {title} | {' | '.join(cells)} | {ratio:.1f}x | {difference} |"


def _times(measures: list[Measure]) -> tuple[float, float]:
    return statistics.mean(one.p50 for one in measures), statistics.mean(one.p95 for one in measures)


def answer(server: Server, question: Question) -> bytes:
    """Return the answer's bytes. Raises RuntimeError for any status but 200."""
    path, body = question
    request = Request(server.url + path, body.encode() or None, {"Content-Type": "application/json"} if body else {})
    try:
        with urlopen(request, timeout=60) as response:
            content: bytes = response.read()
    except HTTPError as error:
        raise RuntimeError(f"{server.name} {path}: {error.code} {error.read()[:200]!r}") from None
    return content


def _difference(ours: Server, peer: Server, questions: Questions) -> str:
    """Of statistics the largest, as a share of the values' range; of GeoTIFFs the share of pixels; of pictures none."""
    pairs = zip(questions(ours.name, 1)[:COMPARED], questions(peer.name, 1)[:COMPARED], strict=True)
    contents = [(answer(ours, mine), answer(peer, other)) for mine, other in pairs]
    if contents[0][0][:1] == b"{":
        return f"{max(_numbers_differ(json.loads(a), json.loads(b)) for a, b in contents):.2g}"
    if contents[0][0][:2] != b"II":
        return "-"
    pixels = [(_pixels(a), _pixels(b)) for a, b in contents]
    if any(a.shape[1:] != b.shape[1:] for a, b in pixels):
        return f"{_size(pixels[0][0])} against {_size(pixels[0][1])} pixels"
    return f"{100 * statistics.mean(_pixels_differ(a, b) for a, b in pixels):.2g} % of pixels"


def _numbers_differ(mine: Any, other: Any) -> float:
    if "values" in mine:
        pairs = zip(_flat(mine["values"]), _flat(other.get("values", other.get("assets"))), strict=True)
        return max(abs(a - b) / max(abs(b), 1e-9) for a, b in pairs)
    return max(_statistics_differ(a, b) for a, b in zip(_bands(mine), _bands(other), strict=True))


def _bands(document: Any) -> list[dict[str, float]]:
    """Statistics of each band or expression; of a polygon they are among its properties."""
    return list(document.get("properties", {}).get("statistics", document).values())


def _statistics_differ(mine: dict[str, float], other: dict[str, float]) -> float:
    """By what share of the range of values."""
    names = ("min", "max", "mean", "std", "median", "percentile_2", "percentile_98")
    return max(abs(mine[name] - other[name]) for name in names) / max(other["max"] - other["min"], 1e-9)


def _flat(values: Any) -> Iterator[float]:
    """Numbers, at whatever depth."""
    if isinstance(values, dict):
        values = values["values"]
    if isinstance(values, list):
        for value in values:
            yield from _flat(value)
    else:
        yield values


def _pixels_differ(mine: np.ndarray, other: np.ndarray) -> float:
    """Return the share of pixels of the bands that both have; the peer's last one may be a mask."""
    count = min(len(mine), len(other))
    return float((mine[:count] != other[:count]).mean())


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[2]} x {pixels.shape[1]}"


def _pixels(content: bytes) -> np.ndarray:
    """(bands, rows, columns)."""
    gdal.FileFromMemBuffer("/vsimem/answer.tif", content)
    try:
        return np.atleast_3d(gdal.Open("/vsimem/answer.tif").ReadAsArray().T).T
    finally:
        gdal.Unlink("/vsimem/answer.tif")
