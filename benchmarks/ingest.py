"""Ingest of small COGs over loopback HTTP, beside another checkout of this repository and beside rio-stac.

``python -m benchmarks.ingest [CHECKOUT] [files] [rounds]``: 312 COGs, made once, are served by nginx; each site has a
fresh SpatiaLite, a Redis and two processes that ingest, and makes items with thumbnails. rio-stac makes items with
statistics in two processes, and writes them nowhere. All take turns.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal

from benchmarks.environments import environment
from benchmarks.imagery import dataset, relief
from benchmarks.places import CACHE, PROJECT
from benchmarks.servers import free_port, redis

FILES, ROUNDS, PROCESSES = 312, 3, 2
SIDE = 512
FOLDER = CACHE / "small-cogs"
PEERS = PROJECT / "benchmarks" / "peers"
QUEUES = {"ingest": PROCESSES, "dispatch": 1}
WARM_UP = 8
HEADER = "| who | files/s (rounds) | wall per file, ms | CPU per file, ms |\n|---|---|---|---|"


@dataclass(frozen=True)
class Result:
    """Say how long so many files took, in seconds of the clock and of the processors."""

    files: int
    seconds: float
    cpu: float


def make_files(count: int) -> list[Path]:
    """Make COGs of three bands of bytes, each with overviews and at another place, unless they are there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    paths = [FOLDER / f"scene_{number:05d}_20240501.tif" for number in range(count)]
    base = relief(3, 4 * SIDE)
    for number, path in enumerate(paths):
        if path.exists():
            continue
        left, top = (number * 37) % (3 * SIDE), (number * 101) % (3 * SIDE)
        part = base[top : top + SIDE, left : left + SIDE]
        bands = [np.clip(100 + part * (0.6 + band / 5), 0, 255).astype(np.uint8) for band in range(3)]
        source = dataset(bands, offset=(number % 20 * SIDE * 10.0, number // 20 * SIDE * 10.0))
        unfinished = path.with_suffix(".part")
        options = ["COMPRESS=DEFLATE", "BLOCKSIZE=256", "PREDICTOR=2"]
        gdal.Translate(str(unfinished), source, format="COG", creationOptions=options)
        unfinished.rename(path)
    return paths


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder by nginx on a loopback port; yield its address."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        configuration = Path(name) / "nginx.conf"
        temporary = " ".join(
            f"{kind}_temp_path {name}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration.write_text(
            f"daemon off; pid {name}/pid; error_log {name}/error.log; worker_processes 1; events {{}}\n"
            f"http {{ access_log off; {temporary} keepalive_requests 100000;\n"
            f"server {{ listen 127.0.0.1:{port}; root {folder}; types {{ image/tiff tif; }} }} }}\n"
        )
        process = subprocess.Popen(["nginx", "-p", name, "-c", str(configuration)], stderr=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def ingest_by_site(checkout: Path, urls: list[str]) -> Result:
    """Ingest the URLs by the workers of a checkout, on a fresh site."""
    with tempfile.TemporaryDirectory(prefix="ingest-bench-") as data, redis() as redis_url:
        variables = {
            **os.environ,
            "PYTHONPATH": str(checkout),
            "DJANGO_SETTINGS_MODULE": "geodata.settings.embedded",
            "GEODATA_DATA_DIR": data,
            "REDIS_URL": redis_url,
            "GEODATA_INGEST_ALLOW_PRIVATE": "127.0.0.0/8",
            "GEODATA_INGEST_PROCESSES": str(PROCESSES),
        }
        _drive(checkout, variables, "prepare")
        workers = [
            _start_worker(checkout, variables, queue, processes, log=CACHE / f"ingest-{queue}.log")
            for queue, processes in QUEUES.items()
        ]
        try:
            _drive(checkout, variables, "ingest", urls[:WARM_UP])
            before = sum(_cpu_of_tree(worker.pid) for worker in workers)
            told = json.loads(_drive(checkout, variables, "ingest", urls[WARM_UP:]))
            used = sum(_cpu_of_tree(worker.pid) for worker in workers) - before
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(timeout=60)
    if told["succeeded"] != told["asked"]:
        raise RuntimeError(f"{told['succeeded']} of {told['asked']} files became items; see {CACHE}/ingest-ingest.log")
    return Result(told["asked"], told["seconds"], used)


def _drive(checkout: Path, variables: dict[str, str], what: str, urls: list[str] | None = None) -> str:
    command = [sys.executable, str(PEERS / "site_ingesting.py"), what]
    told = subprocess.run(
        command, cwd=checkout, env=variables, input="\n".join(urls or ()), check=True, text=True, stdout=subprocess.PIPE
    )
    return told.stdout.strip().rpartition("\n")[2]


def _start_worker(
    checkout: Path, variables: dict[str, str], queue: str, processes: int, *, log: Path
) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "celery", "-A", "geodata", "worker", "--without-mingle", "--without-gossip"),
        *("--queues", queue, "--concurrency", str(processes), "--hostname", f"{queue}@bench", "--loglevel", "WARNING"),
    ]
    with log.open("wb") as out:
        return subprocess.Popen(command, cwd=checkout, env=variables, stdout=out, stderr=out)


def _cpu_of_tree(pid: int) -> float:
    """Return seconds of processor time of a process and all below it, those that ended included."""
    ticks = os.sysconf("SC_CLK_TCK")
    total, waiting = 0.0, [pid]
    while waiting:
        each = waiting.pop()
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            children = Path(f"/proc/{each}/task/{each}/children").read_text().split()
        except FileNotFoundError:
            continue
        total += sum(map(int, fields[11:15])) / ticks
        waiting += map(int, children)
    return total


def make_by_rio_stac(urls: list[str]) -> Result:
    """Make an item of each URL by rio-stac."""
    python = environment("rio-stac") / "python"
    command = [str(python), str(PEERS / "rio_stac_items.py")]
    variables = {**os.environ, "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES"}
    told = subprocess.run(
        command,
        env=variables,
        input="\n".join([str(PROCESSES), *urls]),
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    found = json.loads(told.stdout)
    return Result(len(urls), found["seconds"], found["cpu"])


def main(checkout: Path | None, *, count: int, rounds: int) -> None:
    """Print the table."""
    paths = make_files(count)
    results: dict[str, list[Result]] = {}
    with served(FOLDER) as address:
        urls = [f"{address}/{path.name}" for path in paths]
        for _ in range(rounds):
            results.setdefault("geodata", []).append(ingest_by_site(PROJECT, urls))
            if checkout:
                results.setdefault(str(checkout), []).append(ingest_by_site(checkout, urls))
            results.setdefault("rio-stac", []).append(make_by_rio_stac(urls))
    print(HEADER)
    medians = {}
    for who, each in results.items():
        rates = [result.files / result.seconds for result in each]
        medians[who] = statistics.median(rates)
        cpu = statistics.median(1000 * result.cpu / result.files for result in each)
        listed = ", ".join(f"{rate:.1f}" for rate in rates)
        print(f"| {who} | {medians[who]:.1f} ({listed}) | {1000 / medians[who]:.0f} | {cpu:.0f} |")
    for who, rate in medians.items():
        if who != "geodata":
            print(f"geodata / {who}: {medians['geodata'] / rate:.2f}")


if __name__ == "__main__":
    asked = sys.argv[1:]
    other = Path(asked[0]).resolve() if asked and not asked[0].isdecimal() else None
    numbers = [int(each) for each in asked if each.isdecimal()]
    if shutil.which("nginx") is None:
        sys.exit("nginx is needed: make benchmark-ingest installs it.")
    started = time.monotonic()
    main(other, count=numbers[0] if numbers else FILES, rounds=numbers[1] if len(numbers) > 1 else ROUNDS)
    print(f"{time.monotonic() - started:.0f} s")
