"""``manage.py serve`` as a person runs it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import requests
from osgeo import gdal, osr

from catalog.client import Client
from geodata.needs import NEEDS
from geodata.supervision.readiness import http_answers
from tests.catalog.imagery import write_scene
from tests.services.processes import descendants, free_port, lives, wait_until

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
STEP = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Site:
    """A running ``manage.py serve`` on a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = data_dir / "output.txt"

    def start(self) -> None:
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=site_environment(self.data_dir, port=self.port),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: "Geodata is at" in self.said() or self.process.poll() is not None, what="the URL")
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        return self.output.read_text()

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def processes(self) -> dict[int, str]:
        return descendants(self.process.pid)

    def find(self, pattern: str) -> list[int]:
        return [pid for pid, command in self.processes().items() if re.search(pattern, command)]


def site_environment(data_dir: Path, *, port: int) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return {
        **kept,
        "GEODATA_DATA_DIR": str(data_dir),
        "GEODATA_STATIC_ROOT": str(data_dir / "static"),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "GEODATA_METRICS_TOKEN": "collector",
        "GEODATA_LOG_FORMAT": "json",
    }


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    # The name has more bytes than a socket's path may have: Redis has to find another place.
    with TemporaryDirectory(prefix="geodata-" + "long" * 25) as name:
        site = Site(Path(name))
        site.start()
        yield site
        if site.process.poll() is None:
            site.stop()


def test_serve_started_prints_one_url_and_is_ready(site):
    assert re.findall(r"http://\S+", site.said()) == [f"{site.url}/"]
    answer = requests.get(f"{site.url}/readyz", timeout=10)
    assert answer.json() == {"status": "ok", "checked": [need.name for need in NEEDS]}


def test_serve_request_is_followed_into_the_worker(site, tmp_path):
    manage(
        site, "shell", "-c", "from django.contrib.auth.models import User; User.objects.create_superuser('operator')"
    )
    token = manage(site, "create_token", "operator").strip()
    write_scene(tmp_path / "scene.tif")
    headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "asked-by-a-test"}
    api = f"{site.url}/api"
    requests.post(f"{api}/collections/", json={"id": "scenes"}, headers=headers, timeout=30).raise_for_status()
    file = requests.post(
        f"{api}/files/?name=scene.tif", data=(tmp_path / "scene.tif").read_bytes(), headers=headers, timeout=30
    ).json()
    job = requests.post(
        f"{api}/ingests/", json={"collection": "scenes", "sources": [{"file": file["id"]}]}, headers=headers, timeout=30
    )
    assert job.status_code == 202, job.text
    log = site.data_dir / "logs" / "ingest.log"
    wait_until(lambda: '"request_id": "asked-by-a-test"' in log.read_text(), what="the worker's line")


def write_raster(path: Path, *, west: float, north: float, size: int, bands: int) -> Path:
    """Write 16-bit bands in degrees, half a degree in all for each 100 pixels; values grow from band to band."""
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), size, size, bands, gdal.GDT_Int16, ["COMPRESS=DEFLATE"])
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((west, 0.005, 0.0, north, 0.0, -0.005))
    rows, columns = np.mgrid[0:size, 0:size]
    for band in range(1, bands + 1):
        dataset.GetRasterBand(band).WriteArray(((rows + columns) * band).astype(np.int16))
    del dataset
    return path


def manage(site: Site, *command: str) -> str:
    environment = site_environment(site.data_dir, port=site.port)
    call = [sys.executable, "manage.py", *command]
    return subprocess.run(call, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def test_serve_does_what_the_tutorial_says(site, tmp_path):
    """Its commands, one after another as in one terminal, on images that lie where the demo's do."""
    manage(site, "shell", "-c", "from django.contrib.auth.models import User; User.objects.create_superuser('demo')")
    token = manage(site, "create_token", "demo").strip()
    client = Client(site.url, token=token)
    for collection, path in (
        ("elevation", write_raster(tmp_path / "srtm90.tif", west=-120.75, north=38.6, size=400, bands=1)),
        ("satellite", write_raster(tmp_path / "landsat.tif", west=-112.9, north=41.0, size=80, bands=7)),
    ):
        client.ensure_collection(collection, visibility="public")
        job = client.wait(client.ingest(collection, [{"file": client.upload(path)}]))
        assert job["counts"]["succeeded"] == 1, client.failed_sources(job)

    steps = STEP.findall(TUTORIAL.read_text().replace("http://127.0.0.1:8000", site.url))
    programs = [text if kind == "sh" else f"{sys.executable} - <<'PYTHON'\n{text}PYTHON\n" for kind, text in steps]
    assert len(programs) >= 8
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(programs)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GEODATA_TOKEN": token, "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert f"mine piece {site.url}/tiles/mine/piece/data/tilejson.json" in done.stdout
    signatures = {path.name: path.read_bytes()[:4] for path in tmp_path.glob("*.*") if path.stem != "srtm90"}
    assert {name for name, first in signatures.items() if first == b"\x89PNG"} == {
        "tile.png", "false-color.png", "ndvi.png", "layer.png",
    }  # fmt: skip
    assert signatures["mine.webp"] == b"RIFF"


def test_serve_metrics_tell_of_both_processes(site):
    for _ in range(60):
        requests.get(f"{site.url}/stac", timeout=10).raise_for_status()

    def metrics() -> str:
        return requests.get(f"{site.url}/metrics", headers={"Authorization": "Bearer collector"}, timeout=10).text

    # Each process counts its requests a moment after they are answered.
    counted = re.compile(r'_count{route="stac",status="200"} (\S+)')
    wait_until(lambda: any(float(found) >= 60 for found in counted.findall(metrics())), what="all of them")
    assert len(re.findall(r"^geodata_resident_bytes{", metrics(), re.MULTILINE)) == 2


@pytest.mark.parametrize(
    "pattern", [r"redis-server", r"celery -A geodata worker", r"celery -A geodata beat", "granian"]
)
def test_serve_child_killed_is_started_again(site, pattern):
    wait_until(lambda: bool(site.find(pattern)), what=f"{pattern}, which the test before may have unsettled,")
    before = site.find(pattern)
    child = before[0]  # Parents are found before their children.
    family = {child, *descendants(child)}
    os.kill(child, signal.SIGKILL)
    # A web server's orphans answer on its port for a moment, and then nobody does until the next one has it.
    wait_until(lambda: not any(lives(pid) for pid in family), what="the end of its family")
    wait_until(lambda: not set(site.find(pattern)) <= set(before), what="another start")
    wait_until(lambda: http_answers(f"{site.url}/readyz"), what="/readyz")


def test_serve_same_folder_twice_is_refused(site):
    second = run_serve(site.data_dir, port=free_port())
    assert second.returncode == 1
    assert "A site is running on" in second.stderr


def test_serve_port_in_use_is_refused(site, tmp_path):
    second = run_serve(tmp_path, port=site.port)
    assert second.returncode == 1
    assert f"Port {site.port} is in use" in second.stderr


def test_serve_interrupted_leaves_no_process(site):
    """Last: it ends the site that the others look at."""
    wait_until(lambda: len(site.processes()) >= 7, what="every process")
    before = site.processes()
    assert site.stop(signal.SIGINT) == 0
    # Killed at the latest with their parents; the kernel takes its moment.
    wait_until(lambda: not any(lives(pid) for pid in before), what="the end of every process")
    assert "Stopping" in site.said()


def test_serve_killed_leaves_no_process(tmp_path):
    site = Site(tmp_path)
    site.start()
    before = site.processes()
    site.stop(signal.SIGKILL)
    wait_until(lambda: not any(lives(pid) for pid in before), what="the end of every process")


def run_serve(data_dir: Path, *, port: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=site_environment(data_dir, port=port),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
