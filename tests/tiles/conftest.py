from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tiles import rasters, urls
from tests.tiles.rasters import Recipe
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.pool import POOL
from tiles.sources.reference import SourceRef

configure_gdal()


@pytest.fixture(autouse=True)
def _closed_sources() -> Iterator[None]:
    yield
    POOL.close()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., SourceRef]:
    """Return a function that writes a raster by recipe: ``make(dtype="uint16", nodata="alpha")``."""

    def write(**recipe: object) -> SourceRef:
        path = tmp_path / f"raster-{len(list(tmp_path.iterdir()))}.tif"
        return rasters.reference(rasters.write(Recipe(**recipe), path))  # type: ignore[arg-type]

    return write


@pytest.fixture
def publish() -> Iterator[Callable[[SourceRef], str]]:
    """Serve a raster at ``/files/{name}/`` of `tests.tiles.urls`; returns that path."""

    def serve(ref: SourceRef) -> str:
        name = f"image-{len(urls.FILES)}"
        urls.FILES[name] = Path(ref.location)
        return f"/files/{name}/"

    yield serve
    urls.FILES.clear()


@pytest.fixture(scope="session")
def _fuzzed_folder(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    rasters.write(Recipe(dtype="uint16", bands=3, nodata="value"), folder / "earth.tif")
    rasters.write(Recipe(epsg=0, bands=3), folder / "picture.tif")
    world = Recipe(epsg=4326, bounds=(-180, -90, 180, 90), dtype="float32", bands=1, nodata="nan")
    rasters.write(world, folder / "world.tif")
    return folder


@pytest.fixture
def _fuzzed(_fuzzed_folder: Path) -> Iterator[None]:
    """Rasters in UTM, in no system and of the whole world: `earth`, `picture` and `world` of `tests.tiles.urls`."""
    urls.FILES.update({path.stem: path for path in _fuzzed_folder.iterdir()})
    yield
    urls.FILES.clear()
