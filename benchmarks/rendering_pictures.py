"""The pictures of docs/tiles.md, of a landscape made up here: ``python -m benchmarks.rendering_pictures [folder]``."""

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from osgeo import gdal, osr
from PIL import Image

from tiles.encoding.formats import PNG
from tiles.geo.grids import web_mercator
from tiles.mosaics.members import Images
from tiles.mosaics.resolving import resolve_mosaic
from tiles.mosaics.tile import render_mosaic
from tiles.rendering.image import RasterImage
from tiles.rendering.tile import render_tile
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.painting import Picture
from tiles.styling.style import parse_style

Floats = npt.NDArray[np.float64]

SIDE = 1024
STEP = 30.0
ORIGIN = (488_000.0, 5_215_000.0)
ZOOM = 11
TILE = (1109, 720)
SIZE = 256
SEED = 7
LAND_COVER = '{"1": "#2b6cb0", "2": "#74a84a", "3": "#1f5f33", "4": "#a89b86", "5": "#f4f6fa"}'
DUOTONE = '{"bands": [{"band": 4, "palette": "#ff8800", "max": "max:0.02"}, {"band": 2, "palette": "#0088ff"}]}'
FOREST = '{"band": 4, "palette": ["#5b8", "#fff"], "max": 3200, "composite": "multiply"}'
MULTIPLIED = f'{{"bands": [{{"band": 1, "max": 1800}}, {FOREST}]}}'
CLAMPED = '{"band": 1, "palette": "plasma", "min": 900, "max": 1800, "clamp": false}'
# Columns of two scenes that overlap, and how much brighter the second was taken.
SCENES = ((0, 540, 1.0), (480, SIDE, 1.3))
# Picture → (file, parameters).
PICTURES: dict[str, tuple[str, dict[str, str]]] = {
    "color": ("scene", {}),
    "bands": ("scene", {"bidx": "4,3,2"}),
    "rescale": ("scene", {"rescale": "200,1800"}),
    "stretch-minmax": ("scene", {"stretch": "minmax"}),
    "stretch-stddev": ("scene", {"stretch": "stddev:1.5"}),
    "formula": ("scene", {"color_formula": "gamma RGB 1.3, sigmoidal RGB 5 0.4, saturation 1.5"}),
    "expression": ("scene", {"expression": "(b4-b1)/(b4+b1)", "rescale": "-0.2,0.8", "colormap_name": "rdylgn"}),
    "style": ("scene", {"style": DUOTONE}),
    "multiply": ("scene", {"style": MULTIPLIED}),
    "heights": ("heights", {}),
    "clamp": ("heights", {"style": CLAMPED}),
    "colormap": ("heights", {"colormap_name": "terrain", "rescale": "0,3200"}),
    "batlow": ("heights", {"colormap_name": "cmc.batlow", "rescale": "0,3200"}),
    "palette": ("heights", {"palette": "#0b3954,#bfd7ea,#ff6663", "scheme": "discrete", "rescale": "0,3200"}),
    "linear": (
        "heights",
        {"colormap": '{"0": "#0b5", "900": "#fd6", "1800": "#a52", "2600": "#fff"}', "colormap_type": "linear"},
    ),
    "intervals": (
        "heights",
        {"colormap": '[[[0, 800], "#9ecae1"], [[800, 1600], "#4292c6"], [[1600, 2400], "#08519c"]]'},
    ),
    "values": ("classes", {"colormap": LAND_COVER}),
    "hillshade": ("heights", {"algorithm": "hillshade"}),
    "slope": ("heights", {"algorithm": "slope", "algorithm_params": '{"max_slope": 45}', "colormap_name": "magma"}),
    "aspect": ("heights", {"algorithm": "aspect", "colormap_name": "twilight"}),
    "contours": ("heights", {"algorithm": "contours", "algorithm_params": '{"interval": 200}'}),
    "terrainrgb": ("heights", {"algorithm": "terrainrgb"}),
}


def noise(random: np.random.Generator, *, roughness: float = 2.1) -> Floats:
    """Fractal noise within 0-1: a spectrum that falls with the frequency."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    frequency[0, 0] = 1 / SIDE
    spectrum = np.fft.fft2(random.standard_normal((SIDE, SIDE))) / frequency ** (roughness / 1.1)
    field = np.fft.ifft2(spectrum).real
    return np.asarray((field - field.min()) / np.ptp(field))


def landscape() -> dict[str, Floats]:
    """Heights in metres, reflectance x 10,000 of red, green, blue and near infrared, classes of land cover."""
    random = np.random.default_rng(SEED)
    heights = np.maximum(noise(random, roughness=2.3) * 5200 - 2050, 0)
    wet = noise(random, roughness=1.5)
    classes = np.digitize(heights + 500 * (wet - 0.5), [70, 900, 1700, 2350]) + 1.0
    colors = [(250, 300, 500, 100), (600, 900, 450, 3200), (250, 420, 230, 2600), (1500, 1300, 1050, 1900),
              (3000, 3050, 3150, 2800)]  # fmt: skip
    shade = 0.75 + np.clip((np.roll(heights, 1, 0) - heights + np.roll(heights, 1, 1) - heights) / 60, -0.45, 0.45)
    grain = 0.85 + 0.3 * noise(random, roughness=0.6)
    scene = np.array(colors, float)[classes.astype(int) - 1] * (shade * grain)[:, :, None]
    return {"heights": heights[None], "scene": np.moveaxis(scene, 2, 0), "classes": classes[None]}


def write(path: Path, bands: Floats, kind: int, *, left: int = 0) -> RasterImage:
    """Write a file of the landscape from its column ``left`` on."""
    count, height, width = bands.shape
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, count, kind, ["TILED=YES"])
    spatial = osr.SpatialReference()
    spatial.ImportFromEPSG(32633)
    dataset.SetProjection(spatial.ExportToWkt())
    dataset.SetGeoTransform((ORIGIN[0] + left * STEP, STEP, 0, ORIGIN[1], 0, -STEP))
    for number, band in enumerate(bands, 1):
        dataset.GetRasterBand(number).WriteArray(band)
    dataset.FlushCache()
    del dataset
    source = open_source(SourceRef(str(path), version="1"))
    assert isinstance(source, RasterImage)
    return source


@dataclass(frozen=True, slots=True)
class Scene:
    """A member of a mosaic."""

    sources: Images
    footprint: None = None


def write_mosaics(folder: Path, work: Path, bands: Floats) -> None:
    """Write a mosaic of one scene, and of two after another was added."""
    members = []
    for number, (left, right, light) in enumerate(SCENES):
        path = work / f"scene-{number}.tif"
        write(path, bands[:, :, left:right] * light, gdal.GDT_UInt16, left=left)
        members.append(Scene((SourceRef(str(path), version="1"),)))
    grid, style = web_mercator(), parse_style({"rescale": "200,1800"})
    for name, shown in (("mosaic-before", members[:1]), ("mosaic-after", members)):
        resolved = resolve_mosaic([scene.sources for scene in shown], style=style, selection="first")
        save(
            render_mosaic(shown, grid, grid.tile(ZOOM, *TILE, size=SIZE), resolved=resolved).picture,
            folder / f"{name}.webp",
        )


def save(picture: Picture | None, path: Path) -> None:
    """Without what compression for maps takes: it is the rendering that is shown."""
    assert picture is not None, path
    Image.open(io.BytesIO(PNG.encode(picture))).save(path, quality=90, method=6)


def main(folder: Path) -> None:
    configure_gdal()
    kinds = {"heights": gdal.GDT_Float32, "scene": gdal.GDT_UInt16, "classes": gdal.GDT_Byte}
    with tempfile.TemporaryDirectory() as work:
        land = landscape()
        sources = {name: write(Path(work) / f"{name}.tif", bands, kinds[name]) for name, bands in land.items()}
        for name, (file, query) in PICTURES.items():
            picture = render_tile(sources[file], web_mercator(), ZOOM, *TILE, style=parse_style(query), size=SIZE)
            save(picture, folder / f"{name}.webp")
        write_mosaics(folder, Path(work), land["scene"])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images/tiles"))
