"""A confined process of the site does its work and reads nothing else; strangers' locations wait for the gate."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.errors import NotAllowed
from catalog.models import Membership
from catalog.remote import outgoing
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.specs import SourceSpec
from geodata.confinement import gate, landlock, walls
from tests.catalog.factories import MembershipFactory, UserFactory
from tests.services.file_server import FileServer

ROOT = Path(__file__).parents[3]

CONFINED = """
import os, sys, tempfile
os.environ["DJANGO_SETTINGS_MODULE"] = "geodata.settings.embedded"
from geodata.confinement.walls import confine_process
confine_process()
import django
django.setup()
from osgeo import gdal
gdal.UseExceptions()
data, url = sys.argv[1:]
def attempt(what):
    try:
        return what()
    except Exception as error:
        return type(error).__name__
gdal.GetDriverByName("GTiff").Create(f"{data}/made.tif", 8, 8).FlushCache()
print(gdal.Open(f"{data}/made.tif").RasterXSize)
print(tempfile.mkdtemp().startswith(data))
print(attempt(lambda: gdal.VSIFOpenL("/etc/passwd", "rb") and "opened"))
print(attempt(lambda: gdal.VSIFOpenL(f"/vsicurl?header_file=/etc/passwd&url={url}", "rb") and "opened"))
print(attempt(lambda: open("/etc/passwd").read() and "read"))
print(attempt(lambda: os.listdir("/root")))
"""


@pytest.mark.skipif(not landlock.abi_version(), reason="this kernel has no Landlock")
def test_confined_process_works_and_reads_nothing_else(tmp_path, file_server: FileServer):
    data = tmp_path / "data"
    (file_server.folder / "x.txt").write_text("x")
    url = f"{file_server.url}/x.txt"
    answer = subprocess.run(
        [sys.executable, "-c", CONFINED, str(data), url],
        cwd=ROOT,
        env={**os.environ, "GEODATA_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.split()
    assert lines[:2] == ["8", "True"]
    assert not {"opened", "read"} & set(lines)
    assert lines[-2:] == ["PermissionError", "PermissionError"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("staff", "judged", "outer"), [(True, False, False), (False, True, False), (False, False, True)]
)
def test_create_job_remote_location_is_taken(settings, monkeypatch, staff, judged, outer):
    settings.OUTER_FIREWALL = outer
    monkeypatch.setattr(outgoing, "_process", outgoing._Process(judged=judged))
    user = UserFactory(is_staff=staff)
    collection = MembershipFactory(user=user, role=Membership.Role.OWNER).collection
    assert create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(href="https://example.org/a.tif")])


@pytest.mark.django_db
def test_create_job_stranger_without_gate_is_refused(settings, monkeypatch):
    settings.OUTER_FIREWALL = False
    monkeypatch.setattr(outgoing, "_process", outgoing._Process())
    user = UserFactory()
    collection = MembershipFactory(user=user, role=Membership.Role.OWNER).collection
    with pytest.raises(NotAllowed, match="network gate is not in place") as caught:
        create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(prefix="s3://bucket/")])
    assert caught.value.code == "gate_missing"


def test_describe_gate_says_what_is_missing(settings):
    settings.OUTER_FIREWALL = False
    assert "no C compiler is installed" in walls.describe_gate(missing="no C compiler is installed")
    assert "staff alone" in walls.describe_gate(missing="no C compiler is installed")
    assert walls.describe_gate(missing="") == "Gate: connections to private addresses are refused"
    settings.GATE = False
    assert "off by GEODATA_GATE" in walls.describe_gate()
    assert not gate.environment()


def test_describe_landlock_says_which(settings, monkeypatch):
    monkeypatch.setattr(walls.landlock, "abi_version", lambda: 0)
    assert "not on this kernel" in walls.describe_landlock()
    settings.LANDLOCK = False
    assert "off by GEODATA_LANDLOCK" in walls.describe_landlock()
