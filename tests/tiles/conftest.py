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
