"""The example project, started as its README says, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from geodata.supervision.readiness import http_answers
from tests.services.processes import free_port, wait_until

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "example"


def manage(data: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=FOLDER, env=_environment(data), check=True, capture_output=True
    )


def _environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "GEODATA"))}
    return {
        **kept,
        "EXAMPLE_DATA_DIR": str(data),
        "DJANGO_SUPERUSER_PASSWORD": "example",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextmanager
def run_example(data: Path) -> Iterator[str]:
    """Address of the running project, an administrator `admin` with the password `example` in it."""
    manage(data, "migrate")
    manage(data, "createsuperuser", "--noinput", "--username", "admin", "--email", "admin@example.org")
    port = free_port()
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=FOLDER, env=_environment(data), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"

    try:
        wait_until(
            lambda: http_answers(f"{address}/api/pictures") or process.poll() is not None,
            what="the example project",
        )
        assert process.poll() is None, (data / "server.log").read_text()
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def add_picture(address: str, path: Path, *, title: str) -> int:
    """Post a picture; return the new one's number."""
    with path.open("rb") as stream:
        answer = requests.post(f"{address}/api/pictures", data={"title": title}, files={"file": stream}, timeout=60)
    answer.raise_for_status()
    number: int = answer.json()["id"]
    return number
