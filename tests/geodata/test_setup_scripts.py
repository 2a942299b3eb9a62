"""What set-up says when it can't do its work. The tools it looks for are taken away one at a time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = (
    *("bash", "sh", "env", "cat", "cut", "dirname", "head", "id", "mkdir", "sed", "tail", "tr", "wc", "printf"),
    *("gcc", "g++", "gdal-config", "redis-server", "node", "npm", "chromium", "apt-get"),
)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder to be the whole PATH, whose user is not root and has no sudo."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    # What is on the PATH may be a shim that needs more of the PATH than this.
    write_tool(folder / "python3", f'exec {sys.executable} "$@"')
    (folder / "id").unlink()
    write_tool(folder / "id", "echo 1000")
    return folder


def write_tool(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run_script(name: str, *arguments: str, tools: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/bash", str(ROOT / "scripts" / name), *arguments],
        env={"PATH": str(tools), "HOME": os.environ.get("HOME", "/"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("purpose", ["run", "test"])
def test_system_packages_nothing_missing_says_nothing(tools, purpose):
    answer = run_script("system_packages.sh", purpose, tools=tools)
    assert (answer.returncode, answer.stdout) == (0, ""), answer.stderr


def test_system_packages_missing_without_root_tells_what_to_install(tools):
    (tools / "redis-server").unlink()
    (tools / "gdal-config").unlink()
    answer = run_script("system_packages.sh", "run", tools=tools)
    assert answer.returncode == 1
    assert "apt-get install libgdal-dev redis-server" in answer.stderr


def test_system_packages_without_apt_tells_the_names(tools):
    (tools / "redis-server").unlink()
    (tools / "apt-get").unlink()
    answer = run_script("system_packages.sh", "run", tools=tools)
    assert answer.returncode == 1
    assert "install them in your system's way: redis-server" in answer.stderr


def test_system_packages_as_root_installs_what_is_missing(tools, tmp_path):
    (tools / "redis-server").unlink()
    for name in ("id", "apt-get"):
        (tools / name).unlink()
    write_tool(tools / "id", "echo 0")
    # Stands for apt: notes what it was asked for, and "installs" it.
    asked = tmp_path / "asked"
    server = shutil.which("redis-server")
    write_tool(tools / "apt-get", f'echo "$@" >> {asked}; case "$1" in install) /bin/ln -s {server} {tools}/;; esac')
    answer = run_script("system_packages.sh", "run", tools=tools)
    assert answer.returncode == 0, answer.stderr
    assert asked.read_text().splitlines() == ["update", "install --yes --no-install-recommends redis-server"]


def test_system_packages_old_node_is_named(tools):
    (tools / "node").unlink()
    write_tool(tools / "node", '[ "$1" = --version ] && echo v18.19.0 || exit 1')
    answer = run_script("system_packages.sh", "run", tools=tools)
    assert answer.returncode == 1
    assert "Node.js 20.19 or newer is needed; this one is v18.19.0" in answer.stderr


def test_system_packages_old_python_is_named(tools):
    (tools / "python3").unlink()
    write_tool(
        tools / "python3",
        'case "$2" in *version_info*) exit 1;; esac; [ "$1" = --version ] && { echo Python 3.9.2; exit; }; '
        f'exec {sys.executable} "$@"',
    )
    answer = run_script("system_packages.sh", "run", tools=tools)
    assert answer.returncode == 1
    assert "Python 3.11 or newer is needed; python3 is Python 3.9.2" in answer.stderr


def test_make_help_lists_every_target():
    answer = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = {line.split()[1] for line in answer.stdout.splitlines()}
    assert {"demo", "serve", "test", "lint", "format", "build", "clean"} <= listed
