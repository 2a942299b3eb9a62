"""SpatiaLite beside Python packages that bring other versions of its libraries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The connection is there before pyproj is: its PROJ must still be the one it was built with.
PYPROJ_AFTER_SPATIALITE = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT proj4_version()")
import pyproj
from pyproj import Transformer
Transformer.from_crs(4326, 32633, always_xy=True).transform(15, 50)
import shapely
shapely.Point(1, 2).buffer(1)
print(pyproj.proj_version_str, pyproj.__proj_compiled_version__)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bind by library")
def test_spatialite_before_pyproj_leaves_it_its_own_library(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-c", PYPROJ_AFTER_SPATIALITE],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "geodata.settings.embedded",
            "GEODATA_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    used, compiled = answer.stdout.split()
    assert used == compiled
