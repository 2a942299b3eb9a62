import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tiles import rasters, urls
from tests.tiles.rasters import Recipe
from tiles.gdal_env import configure_gdal
from tiles.pool import POOL
from tiles.references import SourceRef

configure_gdal()


@pytest.fixture(autouse=True)
def _closed_sources() -> Iterator[None]:
    yield
    POOL.close()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., SourceRef]:
    """A raster by recipe, written to disk: ``make(dtype="uint16", nodata="alpha")``."""

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
def shared_data() -> Path:
    """The folder of real imagery that lies beside the repository."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("GEODATA_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("no shared imagery; GEODATA_SHARED_DATA names its folder")
    return folder
