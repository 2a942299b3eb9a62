"""The imagery that is measured: synthetic, seeded, made once. ``python -m benchmarks.imagery`` makes all of it."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from osgeo import gdal, osr

from benchmarks.places import IMAGERY

# A Sentinel-2 granule: 10,980 pixels of 10 m a side.
SIDE = 10_980
ORIGIN = (300_000.0, 4_500_000.0)
EPSG = 32618
# Hyperspectral imagery is narrower, and a 200-band granule would be 48 GB.
HYPERSPECTRAL_SIDE = 1024
HYPERSPECTRAL_BANDS = 200
SCENES = 50
SCENE_SIDE = 1024
DEFLATE = ["COMPRESS=DEFLATE", "BLOCKSIZE=512", "PREDICTOR=2", "NUM_THREADS=2"]
JPEG = ["COMPRESS=JPEG", "BLOCKSIZE=512", "NUM_THREADS=2"]


def relief(seed: int, side: int = SIDE) -> np.ndarray:
    """Fractal values around 0, about ±100: detail at every zoom, as terrain has."""
    random = np.random.default_rng(seed)
    out = np.zeros((side, side), np.float32)
    for cells, amplitude in [(8, 60), (32, 40), (128, 25), (512, 14), (2048, 8)]:
        lattice = random.standard_normal((cells + 2, cells + 2), dtype=np.float32) * amplitude
        out += cv2.resize(lattice, (side, side), interpolation=cv2.INTER_LINEAR)
    return out + random.standard_normal((side, side), dtype=np.float32) * 3


def dataset(bands: list[np.ndarray], *, cell: float = 10.0, offset: tuple[float, float] = (0, 0)) -> gdal.Dataset:
    """Bands in memory, placed on the granule's grid; ``offset`` in metres east and south."""
    side = bands[0].shape[0]
    kind = gdal.GDT_Byte if bands[0].dtype == np.uint8 else gdal.GDT_UInt16
    out = gdal.GetDriverByName("MEM").Create("", side, side, len(bands), kind)
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(EPSG)
    out.SetProjection(srs.ExportToWkt())
    out.SetGeoTransform((ORIGIN[0] + offset[0], cell, 0, ORIGIN[1] - offset[1], 0, -cell))
    for index, band in enumerate(bands, 1):
        out.GetRasterBand(index).WriteArray(band)
    return out


def write(name: str, source: gdal.Dataset, options: list[str], *, driver: str = "COG") -> None:
    path = IMAGERY / f"{name}.tif"
    unfinished = path.with_suffix(".part")
    gdal.Translate(str(unfinished), source, format=driver, creationOptions=options)
    unfinished.rename(path)
    print(f"  {path.name}: {path.stat().st_size / 2**20:.0f} MiB")


def make_rgb() -> None:
    base = relief(1)
    bands = [np.clip(110 + base * 0.8 + relief(2 + i) * 0.4, 0, 255).astype(np.uint8) for i in range(3)]
    source = dataset(bands)
    for index, color in enumerate((gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand), 1):
        source.GetRasterBand(index).SetColorInterpretation(color)
    write("rgb", source, DEFLATE)
    write("rgb_jpeg", source, JPEG)
    write("rgb_striped", source, ["COMPRESS=DEFLATE"], driver="GTiff")


def make_uint16() -> None:
    base = relief(1)
    bands = [np.clip(1500 + base * 12 + relief(10 + i) * 4, 1, 10_000).astype(np.uint16) for i in range(4)]
    for count, name in ((1, "uint16"), (4, "multispectral")):
        source = dataset(bands[:count])
        for index in range(1, count + 1):
            source.GetRasterBand(index).SetNoDataValue(0)
        write(name, source, DEFLATE)
    for index in range(3):
        write(f"band{index + 1}", dataset(bands[index : index + 1]), DEFLATE)


def make_hyperspectral() -> None:
    base = relief(20, HYPERSPECTRAL_SIDE)
    detail = relief(21, HYPERSPECTRAL_SIDE)
    count = HYPERSPECTRAL_BANDS
    bands = [np.clip(1500 + base * (4 + i / 20) + detail * 3, 1, 10_000).astype(np.uint16) for i in range(count)]
    source = dataset(bands, cell=10.0 * SIDE / HYPERSPECTRAL_SIDE)
    write("hyperspectral", source, ["COMPRESS=DEFLATE", "INTERLEAVE=BAND", "TILED=YES"], driver="GTiff")


def make_scenes() -> None:
    for number in range(SCENES):
        row, column = divmod(number, 10)
        side = SCENE_SIDE * 10.0
        base = relief(100 + number, SCENE_SIDE)
        bands = [np.clip(110 + base * 0.8 + i * 10, 0, 255).astype(np.uint8) for i in range(3)]
        write(f"scene{number:02d}", dataset(bands, offset=(column * side, row * side)), DEFLATE)


FAMILIES: dict[str, Callable[[], None]] = {
    "rgb_striped": make_rgb,
    "band3": make_uint16,
    "hyperspectral": make_hyperspectral,
    f"scene{SCENES - 1:02d}": make_scenes,
}


def make_imagery() -> Path:
    """Make what is missing, and return the folder."""
    gdal.UseExceptions()
    IMAGERY.mkdir(parents=True, exist_ok=True)
    for last, make in FAMILIES.items():
        if not (IMAGERY / f"{last}.tif").exists():
            print(f"Making imagery: {make.__name__.removeprefix('make_')}")
            make()
    return IMAGERY


if __name__ == "__main__":
    print(make_imagery())
