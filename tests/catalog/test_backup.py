"""A site that was backed up, brought back in another database and another storage."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import ChecksumFile
from tests.services import celery_worker

ROOT = Path(__file__).parents[2]
COUNT = (
    "from catalog.models import *; from django.contrib.auth.models import User;"
    "print(Collection.objects.count(), Item.objects.count(), ChecksumFile.objects.count(), User.objects.count())"
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def empty_database(tmp_path) -> Iterator[str]:
    """Yield the URL of a database beside the tests' own."""
    if connection.vendor == "sqlite":
        yield f"spatialite://{tmp_path}/restored.sqlite3"
        return
    url, name = celery_worker.test_database_url(), "restored"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    yield f"{url.rpartition('/')[0]}/{name}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def other_site(tmp_path, empty_database):
    """Return a function that runs a command of the site that the backup is for."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "geodata.settings.testing",
        "GEODATA_TESTING_DIR": str(tmp_path),
        "GEODATA_STORAGE_URL": f"file://{tmp_path}/storage",
        "DATABASE_URL": empty_database,
        "TEST_DATABASE_NAME": "",
    }

    def run(*command: str) -> "subprocess.CompletedProcess[str]":
        call = [sys.executable, "manage.py", *command]
        return subprocess.run(call, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.usefixtures("scene")
def test_backup_is_restored_with_rows_and_files(other_site, tmp_path, capsys):
    call_command("backup", str(tmp_path / "backup"))
    # Other tests' files lie in the same storage.
    count = re.search(r"holds the database and (\d+) files", capsys.readouterr().out)[1]
    names = ChecksumFile.objects.values_list("blob", flat=True)
    assert len(names) == 2
    assert all((tmp_path / "backup" / "files" / name).exists() for name in names)
    restored = other_site("restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr
    assert f"Restored the database and {count} files" in restored.stdout
    counted = other_site("shell", "--verbosity", "0", "-c", COUNT)
    assert counted.stdout.split() == ["1", "1", "2", "1"], counted.stderr
    agreed = other_site("check_consistency")
    assert agreed.stdout.strip() == "Database and storage agree.", agreed.stderr
    kept, stored = tmp_path / "backup" / "files", tmp_path / "storage"
    for path in kept.rglob("*.*"):
        assert path.read_bytes() == (stored / path.relative_to(kept)).read_bytes()


@pytest.mark.usefixtures("scene")
def test_second_backup_copies_no_file_twice(tmp_path):
    folder = tmp_path / "backup"
    call_command("backup", str(folder))
    files = [path for path in (folder / "files").rglob("*") if path.is_file()]
    before = {path: path.stat().st_ino for path in files}
    call_command("backup", str(folder))
    assert {path: path.stat().st_ino for path in files} == before


@pytest.mark.parametrize("damage", ["no manifest", "no JSON", "other format", "other members", "other database"])
def test_restore_of_what_is_no_whole_backup_is_refused(damage, tmp_path):
    folder = tmp_path / "backup"
    call_command("backup", str(folder), "--database-only")
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text())
    if damage == "no manifest":
        manifest.unlink()
    elif damage == "no JSON":
        manifest.write_text("{")
    elif damage == "other members":
        manifest.write_text(json.dumps({"format": said["format"], "database": said["database"]}))
    elif damage == "other format":
        manifest.write_text(json.dumps({**said, "format": 99}))
    else:
        with (folder / said["database"]).open("ab") as file:
            file.write(b"more")
    with pytest.raises(CommandError, match=r"backup|damaged|manifest"):
        call_command("restore", str(folder))


def test_restore_over_a_catalog_is_refused(tmp_path):
    call_command("backup", str(tmp_path), "--database-only")
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", str(tmp_path))
