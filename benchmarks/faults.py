"""Whatever fails while a site ingests, nothing is lost: ``python -m benchmarks.faults [files]`` prints a table.

A whole site (``manage.py serve`` on PostGIS and a Redis of its own) ingests files by HTTP and S3. One after another,
for some seconds each: the worker is killed, Redis and PostgreSQL are stopped, the store answers 500 or resets
connections, the disk that takes the site's files is full. At the end every source has to have its item.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.faulty_store import FaultyStore, run_faulty_store
from benchmarks.ingest import make_files
from benchmarks.places import PROJECT
from benchmarks.servers import free_port
from catalog.client import Client
from geodata.supervision import programs
from geodata.supervision.child import Child
from geodata.supervision.readiness import http_answers, redis_answers
from tests.services.postgis import run_cluster
from tests.services.processes import descendants, running, wait_until

FILES = 1000
COLLECTION = "faults"
FAULT_SECONDS, REST_SECONDS = 12.0, 8.0
DISK_BYTES = 256 * 2**20
HEADER = "| fault, of 12 s | items made meanwhile | failed | /healthz | next item after, s |\n|---|---|---|---|---|"


@dataclass
class Site:
    """Everything that may fail: the site, what it needs, and where its files lie."""

    client: Client
    process: subprocess.Popen[bytes]
    postgres: Child
    redis: Child
    store: FaultyStore
    data: Path


def kill_worker(site: Site) -> Callable[[], None]:
    """Kill the worker that reads files, and its processes; the site starts another."""
    for pid, command in descendants(site.process.pid).items():
        if re.search(r"celery -A geodata worker.*--queues ingest", command):
            os.kill(pid, signal.SIGKILL)
    return lambda: None


def stop_redis(site: Site) -> Callable[[], None]:
    """Kill Redis: what it held is gone."""
    site.redis.reap()
    return site.redis.start


def stop_postgres(site: Site) -> Callable[[], None]:
    """Kill PostgreSQL with all its processes."""
    site.postgres.reap()
    return site.postgres.start


def fail_reads(site: Site) -> Callable[[], None]:
    """Answer GET by 500, and HEAD as ever."""
    site.store.fault, site.store.reads_only = "500", True
    return lambda: _mend(site.store)


def reset_connections(site: Site) -> Callable[[], None]:
    """Reset every connection to the store."""
    site.store.fault, site.store.reads_only = "reset", False
    return lambda: _mend(site.store)


def fill_disk(site: Site) -> Callable[[], None]:
    """Leave no byte on the disk of the site's files."""
    filler = site.data / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(2**12)):
            pass
    return filler.unlink


def _mend(store: FaultyStore) -> None:
    store.fault = ""


FAULTS: dict[str, Callable[[Site], Callable[[], None]]] = {
    "worker killed": kill_worker,
    "Redis stopped, its content gone": stop_redis,
    "PostgreSQL stopped": stop_postgres,
    "500 to every GET of the stores": fail_reads,
    "connections to the stores reset": reset_connections,
    "disk of the site's files full": fill_disk,
}


@contextmanager
def site_on_fragile_ground(store: FaultyStore) -> Iterator[Site]:
    """Run a site whose disk is small, and whose PostgreSQL and Redis can be stopped."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        disk = folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(disk)], check=True)
        stack.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
        postgres, database = stack.enter_context(run_cluster(off=()))
        socket = folder / "redis.sock"
        redis_url = f"unix://{socket}"
        redis = stack.enter_context(
            running(programs.redis(socket, folder=folder), logs=folder, ready=lambda: redis_answers(redis_url))
        )
        port = free_port()
        variables = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "geodata.settings.embedded",
            "GEODATA_DATA_DIR": str(disk),
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "PORT": str(port),
            "GEODATA_INGEST_ALLOW_PRIVATE": "127.0.0.0/8",
            "AWS_ENDPOINT_URL": store.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        yield Site(*_serve(stack, variables, port=port), postgres, redis, store, disk)


def _serve(stack: ExitStack, variables: dict[str, str], *, port: int) -> tuple[Client, "subprocess.Popen[bytes]"]:
    manage = [sys.executable, "manage.py"]
    process = subprocess.Popen([*manage, "serve"], cwd=PROJECT, env=variables, stdout=subprocess.DEVNULL)
    stack.callback(process.wait, timeout=60)
    stack.callback(process.send_signal, signal.SIGTERM)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: http_answers(f"{url}/healthz"), what="the site")
    code = "from django.contrib.auth.models import User; User.objects.create_superuser('operator')"
    subprocess.run([*manage, "shell", "-c", code], cwd=PROJECT, env=variables, check=True)
    made = subprocess.run(
        [*manage, "create_token", "operator"], cwd=PROJECT, env=variables, check=True, capture_output=True
    )
    client = Client(url, token=made.stdout.decode().strip())
    client.ensure_collection(COLLECTION, visibility="public")
    return client, process


def sources_of(store: FaultyStore, count: int) -> list[dict[str, Any]]:
    """Name every other file by HTTP and by S3."""
    return [
        {"href": f"s3://bucket/{number:06}.tif" if number % 2 else f"{store.url}/files/{number:06}.tif"}
        for number in range(count)
    ]


def counts_of(site: Site, job: dict[str, Any]) -> dict[str, int]:
    """Ask how a job stands; nothing while the site can't say."""
    try:
        found = site.client.find_job(job["id"])
    except Exception:  # noqa: BLE001  Whatever stops an answer is what is tried here.
        return {}
    return dict(found["counts"]) if found else {}


def try_fault(site: Site, job: dict[str, Any], title: str) -> str:
    """Let one thing fail for a while, mend it, and say what was done meanwhile and how soon work goes on."""
    before = _done(counts_of(site, job))
    began = time.monotonic()
    undo = FAULTS[title](site)
    statuses = set()
    while time.monotonic() - began < FAULT_SECONDS:
        statuses.add(_status(f"{site.client.site}/healthz"))
        time.sleep(1.0)
    undo()
    mended = time.monotonic()
    wait_until(lambda: bool(counts_of(site, job)), what="an answer about the job")
    counts = counts_of(site, job)
    meanwhile = _done(counts)
    while _done(counts) == meanwhile and counts["queued"] + counts["running"]:
        time.sleep(0.2)
        counts = counts_of(site, job) or counts
    after = time.monotonic() - mended
    time.sleep(REST_SECONDS)
    told = ", ".join(map(str, sorted(statuses)))
    return f"| {title} | {meanwhile - before} | {counts['failed']} | {told} | {after:.1f} |"


def _done(counts: dict[str, int]) -> int:
    return counts.get("succeeded", 0)


def _status(url: str) -> int:
    try:
        return requests.get(url, timeout=5).status_code
    except requests.RequestException:
        return 0


def main(count: int) -> None:
    """Print the table, and how many sources became items."""
    with run_faulty_store(make_files(312)) as store, site_on_fragile_ground(store) as site:
        began = time.monotonic()
        job = site.client.ingest(COLLECTION, sources_of(store, count))
        print(HEADER, flush=True)
        for title in FAULTS:
            print(try_fault(site, job, title), flush=True)
        ended = site.client.wait(job)
        found = requests.get(f"{site.client.site}/stac/search?collections={COLLECTION}&limit=1", timeout=60).json()
        print(
            f"{time.monotonic() - began:.0f} s; of {count} sources: {ended['counts']}; "
            f"items {found['numberMatched']}; the store answered {dict(store.answered)}"
        )
        for each in site.client.failed_sources(ended):
            print(f"failed: {each['href']}: {each['error']}")
        shutil.copytree(site.data / "logs", PROJECT / ".cache" / "faults", dirs_exist_ok=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else FILES)
