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


# As the site encodes it, by Pillow's own libwebp; and as Pillow does, whatever it is bound to.
WEBP_AFTER_SPATIALITE = """
import io
import django
django.setup()
from django.db import connection
connection.ensure_connection()
import numpy as np
from PIL import Image
from tiles.encoding import pictures
from tiles.styling.painting import Picture
pixels = np.repeat(np.random.default_rng(4).integers(0, 256, (37, 14, 4), dtype=np.uint8), 4, axis=1)
out = io.BytesIO()
Image.fromarray(pixels).save(out, "WEBP", quality=pictures.WEBP_QUALITY, method=pictures.WEBP_EFFORT)
print(pictures.encode_webp(Picture(pixels[:, :, :3], pixels[:, :, 3])) == out.getvalue())
"""


def run_after_spatialite(code: str, folder: Path) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "geodata.settings.embedded",
            "GEODATA_DATA_DIR": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bind by library")
def test_spatialite_before_pyproj_leaves_it_its_own_library(tmp_path):
    used, compiled = run_after_spatialite(PYPROJ_AFTER_SPATIALITE, tmp_path).split()
    assert used == compiled


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bind by library")
def test_spatialite_before_pillow_leaves_it_its_own_library(tmp_path):
    assert run_after_spatialite(WEBP_AFTER_SPATIALITE, tmp_path) == "True\n"
