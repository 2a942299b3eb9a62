"""STAC searches of this checkout beside those of another one, such as a worktree of an earlier commit.

``python -m benchmarks.search CHECKOUT [items] [seconds] [row…]``: each has a database of its own in one PostGIS, with
the same Sentinel-2-like items of 14 assets, loaded by its own command. Both are asked by turns.
"""

import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.places import CACHE, PROJECT
from benchmarks.servers import Server, measure, redis, serve_checkout
from tests.services.postgis import run_postgis

ROUNDS, CONNECTIONS, WARM_UP = 3, 8, 1.0
COLLECTION = "sentinel-2-bench"
BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12", "SCL", "visual")
FIRST_DAY = datetime(2016, 1, 1, tzinfo=UTC)
YEARS = 10
PATHS = 500
HEADER = (
    "| search | requests/s: here, there | ratio | p50, ms | CPU a request, ms: site | ratio | PostgreSQL |\n"
    "|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Row:
    title: str
    query: Callable[[random.Random], str]


def _box(chance: random.Random) -> str:
    west, south, size = chance.uniform(-170, 165), chance.uniform(-50, 65), chance.choice([0.5, 2, 5])
    box = f"{west:.4f},{south:.4f},{west + size:.4f},{south + size:.4f}"
    return f"limit=10&collections={COLLECTION}&bbox={box}"


def _time(chance: random.Random) -> str:
    year, month = FIRST_DAY.year + chance.randrange(YEARS), chance.randrange(1, 10)
    return f"{_box(chance)}&datetime={year}-0{month}-01T00:00:00Z/{year}-12-31T00:00:00Z"


def _cloud(chance: random.Random) -> str:
    return f"{_time(chance)}&filter-lang=cql2-text&filter=eo:cloud_cover%20%3C%20{chance.randrange(10, 60)}"


ROWS = (
    Row("bbox", _box),
    Row("bbox + datetime", _time),
    Row("bbox + datetime + CQL2", _cloud),
    Row("no filter, limit 10", lambda _: "limit=10"),
    Row("limit 100", lambda _: "limit=100"),
    Row("limit 1,000", lambda _: "limit=1000"),
)


def items(count: int, *, seed: int = 0) -> Iterator[dict[str, object]]:
    """Yield items of squares on land and sea, each of another moment within ten years."""
    chance = random.Random(seed)
    for number in range(count):
        west, south = chance.uniform(-175, 174), chance.uniform(-55, 75)
        east, north, skew = west + 1 / math.cos(math.radians(south)), south + 1, chance.uniform(-0.15, 0.15)
        ring = [[west, south], [east, south + skew], [east - skew, north + skew], [west - skew, north], [west, south]]
        longitudes, latitudes = zip(*ring, strict=True)
        name = f"S2_{number:09d}"
        taken = FIRST_DAY + timedelta(seconds=chance.randrange(YEARS * 365 * 86400))
        assets = {
            band: {
                "href": f"s3://imagery/{name}/{band}.tif", "title": band, "roles": ["data"], "gsd": 10,
                "type": "image/tiff; application=geotiff; profile=cloud-optimized", "eo:bands": [{"name": band}],
            }
            for band in BANDS
        }  # fmt: skip
        yield {
            "type": "Feature", "stac_version": "1.1.0", "id": name, "collection": COLLECTION, "links": [],
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
            "properties": {
                "datetime": taken.isoformat().replace("+00:00", "Z"), "platform": chance.choice("ab"), "gsd": 10,
                "constellation": "sentinel-2", "instruments": ["msi"], "view:off_nadir": 0,
                "eo:cloud_cover": round(chance.uniform(0, 100), 2),
            },
            "assets": assets,
        }  # fmt: skip


def processor_seconds(matches: Callable[[int, str], bool]) -> float:
    """Return what processes that match, by number and command line, have taken of the processors until now."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text().replace("\0", " ")
            if matches(int(folder.name), command):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            # It has just ended.
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(root: int) -> set[int]:
    """Return a process and all that come from it."""
    told = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], check=True, stdout=subprocess.PIPE, text=True).stdout
    pairs = [tuple(map(int, line.split())) for line in told.splitlines()]
    found = {root}
    while more := {pid for pid, parent in pairs if parent in found} - found:
        found |= more
    return found


@dataclass(frozen=True)
class Found:
    """Requests a second, milliseconds at the median, and what one takes of processors: the site's, PostgreSQL's."""

    rate: float
    p50: float
    site: float
    database: float


def ask(server: Server, row: Row, *, seed: int, seconds: float) -> Found:
    chance = random.Random(seed)
    paths = [f"/stac/search?{row.query(chance)}" for _ in range(PATHS)]
    measure(server, paths, seconds=WARM_UP, connections=CONNECTIONS)
    family = _family(server.process.pid)

    def taken() -> tuple[float, float]:
        site = processor_seconds(lambda pid, _: pid in family)
        return site, processor_seconds(lambda _, command: f"postgres: geodata {server.name} " in command)

    before = taken()
    found = measure(server, paths, seconds=seconds, connections=CONNECTIONS)
    if found.failed:
        raise RuntimeError(f"{server.name}: {found.failed} requests of {row.title!r} failed")
    if not found.rate:
        raise RuntimeError(f"{server.name} answered none of {row.title!r} within {seconds:g} s: give it more")
    site, database = (1000 * (b - a) / (found.rate * seconds) for a, b in zip(before, taken(), strict=True))
    return Found(found.rate, found.p50, site, database)


def line(row: Row, servers: list[Server], *, seconds: float) -> str:
    """Measure a row of the table in interleaved rounds."""
    rounds = [[ask(server, row, seed=number, seconds=seconds) for server in servers] for number in range(ROUNDS)]
    here, there = zip(*rounds, strict=True)

    def both(name: str, digits: int) -> tuple[str, float]:
        mine, other = (statistics.mean(getattr(each, name) for each in found) for found in (here, there))
        return f"{mine:.{digits}f}, {other:.{digits}f}", other / mine if mine else math.nan

    (rates, slower), (p50, _), (site, cheaper), (database, _) = (
        both(*each) for each in (("rate", 0), ("p50", 1), ("site", 2), ("database", 2))
    )
    return f"| {row.title} | {rates} | {1 / slower:.1f}x | {p50} | {site} | {cheaper:.1f}x | {database} |"


def fill(folder: Path, file: Path, variables: dict[str, str]) -> None:
    for command in (["migrate", "-v0"], ["load", str(file), "--create-collections"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, cwd=folder, env={**os.environ, **variables})
    analyze = "from django.db import connection; connection.cursor().execute('VACUUM ANALYZE')"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", analyze], check=True, cwd=folder,
        env={**os.environ, **variables},
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    other, *rest = arguments
    count, seconds = (int(rest[0]) if rest else 20_000), (float(rest[1]) if len(rest) > 1 else 3.0)
    CACHE.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        url, cache = stack.enter_context(run_postgis()), stack.enter_context(redis())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = folder / "items.ndjson"
        file.write_text("\n".join(json.dumps(item) for item in items(count)))
        servers = []
        for number, (name, checkout) in enumerate((("here", PROJECT), ("there", Path(other).resolve()))):
            variables = {
                "DJANGO_SETTINGS_MODULE": "benchmarks.peers.site_settings",
                "DATABASE_URL": _database(url, name),
                "REDIS_URL": f"{cache}?db={number}",
                "GEODATA_STORAGE_URL": f"file://{folder}",
                "GEODATA_THROTTLE_SEARCHES": "",
                "GEODATA_THROTTLE_SEARCH_SECONDS": "",
            }
            fill(checkout, file, variables)
            servers.append(stack.enter_context(serve_checkout(name, checkout, **variables)))
        print(HEADER)
        for row in ROWS:
            if len(rest) < 3 or any(word in row.title for word in rest[2:]):
                print(line(row, servers, seconds=seconds), flush=True)


def _database(url: str, name: str) -> str:
    """Make a database beside that of the URL, and return its URL."""
    plain = url.replace("postgis://", "postgresql://")
    subprocess.run(["psql", "--quiet", plain, "-c", f"CREATE DATABASE {name}"], check=True)
    return f"{url.rpartition('/')[0]}/{name}"


if __name__ == "__main__":
    main(sys.argv[1:])
