"""Real files of every kind that lies beside the repository: each shows something, or says why not."""

import gc
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from tiles.errors import SourceCorrupt, SourceUnreadable
from tiles.geo.extent import geographic_bounds
from tiles.regions.description import describe, describe_bands
from tiles.rendering.tile import render_tile, render_whole
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.style import Style

# large-image's readers leave it to the garbage collector to close files that they couldn't read.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
SIDECARS = (".msk", ".ovr", ".rpb", ".json", ".txt")
# Files with several variables: one has to be named. Files that nothing here decodes.
SEVERAL = {"bcsd_obs_1999.nc", "ocean_colour_swath_O_L2.nc", "sentinel_2_L1C_geographic.nc", "olci_chl_cube.zarr"}
UNREADABLE = {"unopenable.tiff", "radiograph_RG3_J2KI.dcm"}
# All of its pixels are nodata.
BLANK = {"inverted_lat_southup.tif"}


def reference(path: Path, subdataset: str = "", driver: str = "") -> SourceRef:
    near = tuple(p.name for p in path.parent.glob(f"{path.stem}*") if p != path and p.name.endswith(SIDECARS))
    return SourceRef(str(path), "1", siblings=near, name=path.name, subdataset=subdataset, driver=driver)


def test_shared_imagery_is_shown_or_refused_for_a_reason(shared_data):
    found = [p for kind in ("geo", "medical") for p in (shared_data / kind).rglob("*") if ".zarr/" not in str(p)]
    images = [p for p in found if (p.is_file() or p.suffix == ".zarr") and not p.name.endswith(SIDECARS)]
    assert len(images) > 90
    shown = 0
    for path in images:
        try:
            source = open_source(reference(path))
            picture = render_whole(source, style=Style(), side=64)
        except (SourceUnreadable, SourceCorrupt):
            assert path.name in SEVERAL | UNREADABLE, path
            continue
        assert describe(source)["width"] == source.width
        assert len(describe_bands(source)) == source.band_count
        assert (picture is None) == (path.name in BLANK), path
        shown += 1
    assert shown >= 88
    gc.collect()


@pytest.mark.parametrize(
    ("name", "variable", "driver"),
    [
        ("format/bcsd_obs_1999.nc", "pr", "netCDF"),
        ("format/bcsd_obs_1999.nc", "tas", "netCDF"),
        ("format/sentinel_2_L1C_geographic.nc", "red", "netCDF"),
        ("format/ocean_colour_swath_O_L2.nc", "conc_chl", "netCDF"),
    ],
)
def test_shared_variable_of_several_is_shown(data_file, name, variable, driver):
    source = open_source(reference(data_file(f"geo/{name}"), variable, driver))
    assert source.is_geospatial
    picture = render_whole(source, style=Style(), side=64)
    assert picture is not None
    assert picture.pixels.std() > 1


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("gcp_rpc/sentinel1_gcps.tif", (75.6, 9.2, 78.2, 11.2)),
        ("gcp_rpc/rpcs_internal.tif", (46.72, 39.86, 46.75, 39.88)),
        ("gcp_rpc/rpcs_ext_file.tif", (46.72, 39.86, 46.75, 39.88)),
        ("crs/umbra_sar_rotated.tif", (169.44, -19.54, 169.46, -19.52)),
    ],
)
def test_shared_image_lies_where_it_should(data_file, name, bounds):
    source = open_source(reference(data_file(f"geo/{name}")))
    assert isinstance(source, RasterSource)
    assert np.abs(np.array(geographic_bounds(source)) - bounds).max() < 0.1


def test_shared_slide_is_rendered_at_every_level(data_file):
    source = open_source(reference(data_file("medical/CMU-1-Small-Region.svs")))
    grid = source.pixel_grid
    assert (source.width, source.height, grid.maxzoom) == (2220, 2967, 4)
    levels = [assembled(source, z) for z in range(1, grid.maxzoom + 1)]
    for coarse, fine in pairwise(levels):
        height, width = coarse.shape[0] - 2, coarse.shape[1] - 2
        shrunk = cv2.resize(fine, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)[:height, :width]
        assert np.abs(shrunk.astype(int) - coarse[:height, :width]).mean() < 6


def assembled(source, z: int) -> np.ndarray:
    """All tiles of a level side by side, cut to the image."""
    matrix = source.pixel_grid.matrices[z]
    rows = []
    for y in range(matrix.rows):
        tiles = [render_tile(source, source.pixel_grid, z, x, y, style=Style()) for x in range(matrix.columns)]
        rows.append(np.hstack([np.zeros((256, 256, 3), np.uint8) if t is None else t.pixels for t in tiles]))
    size = (int(source.height / matrix.cell_size), int(source.width / matrix.cell_size))
    return np.vstack(rows)[: size[0], : size[1]]
