"""A WMTS as GDAL reads it, in a process of its own, so that the server's thread can answer."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

GDAL_READS = """
import sys, numpy
from osgeo import gdal
gdal.UseExceptions()
dataset = gdal.OpenEx(sys.argv[1], gdal.OF_RASTER, allowed_drivers=["WMTS", "WMS", "PNG", "MEM"])
warped = gdal.Warp("", dataset, format="MEM", dstSRS=sys.argv[7], width=256, height=256, resampleAlg="bilinear",
                   outputBounds=[float(edge) for edge in sys.argv[3:7]])
numpy.save(sys.argv[2], warped.ReadAsArray())
"""


def read_wmts(address: str, matrix_set: str, *, edges: list[float], epsg: int, folder: Path) -> npt.NDArray[Any]:
    """(bands, 256, 256) within ``edges`` (west, south, east, north in ``epsg``), from capabilities at ``address``."""
    out = folder / "read.npy"
    arguments = [f"WMTS:{address},tilematrixset={matrix_set}", str(out), *map(str, edges), f"EPSG:{epsg}"]
    env = {"GDAL_ENABLE_WMS_CACHE": "NO", "GDAL_WMS_CACHE": str(folder), "HOME": str(folder)}
    found = subprocess.run([sys.executable, "-c", GDAL_READS, *arguments], env=env, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr.decode()[-2000:]
    return np.asarray(np.load(out))
