"""Starts us and the peers on loopback, two workers each, and measures them with wrk."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from benchmarks.environments import environment
from benchmarks.places import CACHE, IMAGERY, PROJECT
from geodata.confinement import gate
from geodata.supervision import programs

PEERS = PROJECT / "benchmarks" / "peers"
LUA = PROJECT / "benchmarks" / "paths.lua"
WORKERS = 2
# The same memory of decoded blocks for everyone, and what TiTiler's documentation recommends, and titiler-pgstac's.
ENVIRONMENT = {
    "MOSAIC_CONCURRENCY": "5",
    "GDAL_CACHEMAX": "200",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "VSI_CACHE": "TRUE",
    "COG_DIR": str(IMAGERY),
}
_RESULT = re.compile(r"RESULT rps=([\d.]+) p50=([\d.]+)ms p95=([\d.]+)ms .*non2xx=(\d+) errors=(\d+)")


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """MiB of resident memory of one worker, the largest."""
        found = subprocess.run(
            ["ps", "-o", "rss=", "--ppid", str(self.process.pid)], check=False, capture_output=True, text=True
        )
        sizes = [int(line) for line in found.stdout.split()]
        return max(sizes, default=0) / 1024


@dataclass(frozen=True)
class Measure:
    """Tiles a second, milliseconds at the median and at 95 %, answers that failed."""

    rate: float
    p50: float
    p95: float
    failed: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _command(name: str, port: int) -> tuple[list[str], Path]:
    address = f"127.0.0.1:{port}"
    gunicorn = ["--workers", str(WORKERS), "--threads", "4", "--bind", address, "--log-level", "error"]
    if name == "geodata":
        return [sys.executable, "-m", *_granian(port), "benchmarks.peers.ours_site:application"], PROJECT
    if name == "site":
        _, *options = programs.web(host="127.0.0.1", port=port).command
        return [sys.executable, *options], PROJECT
    if name.startswith("django-large-image"):
        return [str(environment(name) / "gunicorn"), *gunicorn, "django_large_image_site:application"], PEERS
    uvicorn = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS), "--log-level", "error"]
    application = "titiler.pgstac.main:app" if name == "titiler-pgstac" else "titiler.application.main:app"
    return [str(environment(name) / "uvicorn"), application, *uvicorn], PEERS


def _granian(port: int) -> list[str]:
    """Return how the bare app is served: with as many processes and threads as the site has."""
    threads = ["--workers", str(WORKERS), "--blocking-threads", "4"]
    return ["granian", "--interface", "wsgi", "--no-ws", *threads, "--port", str(port), "--log-level", "error"]


@contextmanager
def serve(name: str, **variables: str) -> Iterator[Server]:
    """Run a server, stopped at the end."""
    port = free_port()
    command, folder = _command(name, port)
    if name == "site" and gate.library().exists():
        variables = {"LD_PRELOAD": str(gate.library()), **variables}
    with _running(name, command, port=port, folder=folder, variables=variables) as server:
        yield server


@contextmanager
def serve_checkout(name: str, folder: Path, **variables: str) -> Iterator[Server]:
    """Run the site of a checkout of this repository, an earlier one perhaps, by the command that it has for it."""
    port = free_port()
    asked = f"from geodata.supervision import programs; print(*programs.web(host='127.0.0.1', port={port}).command)"
    told = subprocess.run([sys.executable, "-c", asked], check=True, cwd=folder, stdout=subprocess.PIPE, text=True)
    program, *options = told.stdout.split()
    # Of this environment, whichever the checkout's is.
    command = [str(Path(sys.executable).with_name(Path(program).name)), *options]
    with _running(name, command, port=port, folder=folder, variables=variables) as server:
        yield server


@contextmanager
def _running(name: str, command: list[str], *, port: int, folder: Path, variables: dict[str, str]) -> Iterator[Server]:
    log = (CACHE / f"{name}.log").open("wb")
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **ENVIRONMENT, **variables}, stdout=log, stderr=log
    )
    try:
        server = Server(name, port, process)
        _await(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis of our own and yield its URL, on a socket."""
    socket_path = CACHE / "redis.sock"
    socket_path.unlink(missing_ok=True)
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket_path), "--save", "", "--dir", str(CACHE)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not socket_path.exists():
            time.sleep(0.05)
        yield f"unix://{socket_path}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(server: Server) -> None:
    for _ in range(1200):
        try:
            urllib.request.urlopen(server.url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{server.name} doesn't answer; see {CACHE / server.name}.log")


def _by_name(headers: Message) -> dict[str, str]:
    """In small letters, since servers spell names as they like."""
    return {name.lower(): value for name, value in headers.items()}


def fetch(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read(), _by_name(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), _by_name(error.headers)


def measure(server: Server, paths: list[str], *, seconds: float, connections: int = 8, etag: str = "") -> Measure:
    """Wrk over these paths, again and again; after a tab, the body of a POST."""
    file = CACHE / "paths.txt"
    file.write_text("\n".join(paths))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(LUA), server.url]
    variables = {**os.environ, "PATHS": str(file), "ETAG": etag}
    output = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
    found = _RESULT.search(output)
    if found is None:
        raise RuntimeError(f"wrk says nothing of use: {output}")
    rate, p50, p95 = (float(found[i]) for i in (1, 2, 3))
    return Measure(rate, p50, p95, int(found[4]) + int(found[5]))
