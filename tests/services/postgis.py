"""A private PostgreSQL cluster with PostGIS, on a loopback port."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT
from tempfile import TemporaryDirectory

from geodata.supervision.child import Child
from geodata.supervision.programs import Program
from tests.services.processes import free_port, running

# Nothing here has to survive a power cut. And what the planner knows of a table is what a test has it look at, not
# what a process in the background came to count, in the middle of whichever test.
OFF = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")


@contextmanager
def run_postgis() -> Iterator[str]:
    """Yield ``postgis://…``, the URL of a superuser's empty database in a new cluster."""
    with run_cluster() as (_, url):
        yield url


@contextmanager
def run_cluster(*, off: tuple[str, ...] = OFF) -> Iterator[tuple[Child, str]]:
    """Yield a new cluster's server, which may be stopped and started, and the URL of a superuser's empty database.

    ``off``: settings that are off; without `OFF` what was committed outlives the server's death.
    """
    with TemporaryDirectory(prefix="postgis-") as name:
        folder, port = Path(name), free_port()
        cluster = folder / "cluster"
        cluster.mkdir(mode=0o700)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
            folder.chmod(0o711)
            shutil.chown(cluster, "postgres", "postgres")
        _run("initdb", "--pgdata", str(cluster), "--username", "geodata", "--auth", "trust", "--no-sync", "-E", "UTF8")
        server = Program(
            name="postgres",
            command=(
                *_as_owner("INT"),
                *(_executable("postgres"), "-D", str(cluster), "-p", str(port), "-h", "127.0.0.1", "-k", ""),
                *(option for name in off for option in ("-c", f"{name}=off")),
            ),
            stop_signal=SIGINT,
        )
        with running(server, logs=folder, ready=lambda: _answers(port)) as child:
            _run("createdb", "--host", "127.0.0.1", "--port", str(port), "--username", "geodata", "geodata")
            yield child, f"postgis://geodata@127.0.0.1:{port}/geodata"


def _executable(name: str) -> str:
    """Path of a PostgreSQL program, of the newest version; Debian keeps them off the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(re.sub(r"\D", "", path.parts[4]))
    )
    return str(found[-1]) if found else shutil.which(name) or name


def _as_owner(signal: str) -> tuple[str, ...]:
    """Command prefix: drop root's rights, and end with the process that started it."""
    drop = ("--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    return ("setpriv", *drop, f"--pdeathsig={signal}", "--")


def _run(name: str, *arguments: str) -> None:
    subprocess.run([*_as_owner("TERM"), _executable(name), *arguments], check=True, capture_output=True, cwd="/")


def _answers(port: int) -> bool:
    command = [_executable("pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    return subprocess.run(command, check=False).returncode == 0
