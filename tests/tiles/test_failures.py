"""Files that went bad after ingest, and renderings that take too long: a code for each, and the server lives on."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.test import Client

from tests.tiles.test_rest import INSIDE
from tiles.errors import RenderTimeout, SourceCorrupt, SourceUnreadable
from tiles.geo.grids import web_mercator
from tiles.limits import Limits, check_deadline, deadline
from tiles.rendering.tile import render_tile
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.pool import POOL, SourcePool
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.style import Style

pytestmark = pytest.mark.urls("tests.tiles.urls")


def test_truncated_file_is_502(make, publish, client: Client):
    ref = make(dtype="uint16", overviews=False)
    path = publish(ref)
    file = Path(ref.location)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    response = client.get(path + "tiles/11/584/776.png")
    assert (response.status_code, response.json()["code"]) == (502, "source_corrupt")
    assert file.name in response.json()["description"]
    assert str(file.parent) not in response.json()["description"]


def test_emptied_file_is_502_and_its_server_lives_on(make, publish, client: Client):
    ref = make()
    path = publish(ref)
    assert client.get(path + INSIDE).status_code == 200
    POOL.close()
    Path(ref.location).write_bytes(b"")
    response = client.get(path + INSIDE, {"rescale": "0,200"})
    assert (response.status_code, response.json()["code"]) == (502, "source_unreadable")
    assert client.get(publish(make()) + INSIDE).status_code == 200


def test_vanished_file_is_404(make, publish, client: Client):
    ref = make()
    path = publish(ref)
    Path(ref.location).unlink()
    response = client.get(path + INSIDE)
    assert (response.status_code, response.json()["code"]) == (404, "source_not_found")


@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "cubic", "average"])
@pytest.mark.parametrize("zoom", [0, 1, 8, 14, 24, 30])
def test_raster_of_one_pixel_has_an_answer_at_every_zoom(make, resampling, zoom):
    ref = make(epsg=3857, bounds=(0, 0, 40075.0, 40075.0), size=1, overviews=False, tiled=False, nodata="none")
    middle = 2 ** max(zoom - 1, 0)
    x, y = (0, 0) if zoom == 0 else (middle, middle - 1)
    picture = render_tile(open_source(ref), web_mercator(), zoom, x, y, style=Style(resampling=resampling))
    assert picture is None or picture.pixels.shape == (256, 256, 3)


@pytest.mark.parametrize("box", [(1e30, 1e30, 2e30, 2e30), (-5e7, -5e7, 5e7, 5e7), (0, 0, 1e-9, 1e-9)])
def test_raster_of_an_impossible_place_has_an_answer(make, publish, client: Client, box):
    path = publish(make(epsg=32618, bounds=box, overviews=False))
    for place in ("0/0/0", "5/9/12", "20/300000/400000"):
        assert client.get(f"{path}tiles/{place}.png").status_code in {200, 204, 404}
    assert client.get(f"{path}tilejson.json").status_code in {200, 400, 404}


def test_slow_rendering_is_503_with_retry_after(make, publish, client: Client, settings):
    settings.TILES = {"limits": {"render_seconds": 0.0}}
    response = client.get(publish(make()) + INSIDE)
    assert (response.status_code, response.json()["code"]) == (503, "render_timeout")
    assert int(response["Retry-After"]) > 0


def test_deadline_ends_with_its_block():
    with pytest.raises(RenderTimeout), deadline(0):
        check_deadline()
    check_deadline()


@pytest.mark.parametrize(
    "location",
    [
        "/vsicurl_streaming/http://127.0.0.1/x.tif",
        "/vsizip//tmp/x.zip/x.tif",
        "http://127.0.0.1/x.tif",
        "<VRTDataset/>",
        "NETCDF:/tmp/x.nc:t",
        "x.tif",
    ],
)
def test_location_other_than_a_file_is_refused(location):
    with pytest.raises(SourceUnreadable):
        open_source(SourceRef(location, "1"))


def test_vrt_is_refused_whatever_its_name(make, tmp_path):
    inner = make()
    path = tmp_path / "innocent.tif"
    path.write_text(
        f'<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{inner.location}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
        "</VRTDataset>"
    )
    with pytest.raises(SourceUnreadable):
        open_source(SourceRef(str(path), "1"))


def test_open_sources_are_bounded(make):
    pool, limits = SourcePool(), Limits(open_files=3)
    first = make()
    with pool.lease(first, limits=limits) as kept:
        pass
    with pool.lease(first, limits=limits) as again:
        assert again is kept
    for _ in range(3):
        with pool.lease(make(), limits=limits):
            pass
    with pool.lease(first, limits=limits) as later:
        assert later is not kept


def test_source_in_use_is_waited_for_a_moment_then_opened_again(make):
    pool, ref = SourcePool(), make()
    with pool.lease(ref) as first, pool.lease(ref) as second:
        assert first is not second

    def borrow(_: int) -> int:
        with pool.lease(ref) as source:
            time.sleep(0.005)
            return id(source)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(borrow, range(12)))) <= 2


def test_corrupt_source_is_not_kept(make):
    pool, ref = SourcePool(), make()
    with pytest.raises(SourceCorrupt), pool.lease(ref) as first:
        raise SourceCorrupt("as if")
    with pool.lease(ref) as second:
        assert second is not first


def test_configure_gdal_may_be_repeated():
    configure_gdal()
    configure_gdal(GDAL_HTTP_USERAGENT="geodata")
