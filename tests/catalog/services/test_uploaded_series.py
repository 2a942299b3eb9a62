"""Several uploads of one slide become one item."""

import io
import shutil

import numpy as np
import pytest
import tifffile

from catalog.extraction.integrity import ends_early
from catalog.models import ChecksumFile, IngestSource, Item
from catalog.services.files.storing import store_upload
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from catalog.services.items.assets import find_source
from tests.tiles.slides import write_ome
from tiles.geo.grids import TileArea
from tiles.sources.registry import open_source
from tiles.styling.style import parse_style


def ingest(user, collection, files: dict[str, bytes]) -> list[IngestSource]:
    rows = [store_upload(user=user, name=name, stream=io.BytesIO(content)) for name, content in files.items()]
    job = create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(file=row.pk) for row in rows])
    for source in job.sources.order_by("pk"):
        process_source(source.pk)
    return list(job.sources.order_by("pk"))


def test_series_of_dicom_that_is_uploaded_is_one_item(user, collection, data_file):
    files = {path.name: path.read_bytes() for path in sorted(data_file("medical/cmu-dicom-wsi").iterdir())}
    sources = ingest(user, collection, files)
    assert {source.state for source in sources} == {IngestSource.State.SUCCEEDED}
    item = Item.objects.get()
    assert {source.item_id for source in sources} == {item.pk}
    assert item.properties["proj:shape"] == [2967, 2220]
    assert len(item.asset_files) == 1 + 1 + 4  # The image, its thumbnail and the other levels.
    slide = open_source(find_source(item))
    assert len(slide.levels) == 5
    assert all(file.blob.storage.exists(file.blob.name) for file in ChecksumFile.objects.all())


def test_ome_of_several_files_that_is_uploaded_is_one_item(user, collection, tmp_path):
    write_ome(tmp_path / "first.ome.tif", z=2, companion="second.ome.tif")
    write_ome(tmp_path / "second.ome.tif", z=2)
    shutil.copy(tmp_path / "second.ome.tif", tmp_path / "other.ome.tif")
    files = {name: (tmp_path / name).read_bytes() for name in ("second.ome.tif", "first.ome.tif")}
    sources = ingest(user, collection, files)
    assert {source.state for source in sources} == {IngestSource.State.SUCCEEDED}, sources[0].error_description
    assert Item.objects.count() == 1
    slide = open_source(find_source(Item.objects.get()))
    area = TileArea(0, 0, 1, 1, 8, 8)
    found = [
        slide.read_band(1, slide.pixel_grid, area, style=parse_style({"z": str(z)}), limits=None)[0].max()
        for z in range(2)
    ]
    assert found == [10, 20]


def test_uploads_that_have_nothing_to_do_with_each_other_stay_apart(user, collection, tmp_path):
    for name in ("a.ome.tif", "b.ome.tif"):
        tifffile.imwrite(tmp_path / name, np.full((40, 60), ord(name[0]), "u1"), metadata={"axes": "YX"})
    ingest(user, collection, {name: (tmp_path / name).read_bytes() for name in ("a.ome.tif", "b.ome.tif")})
    assert set(Item.objects.values_list("item_id", flat=True)) == {"a", "b"}


@pytest.mark.parametrize("format_of", ["NC", "NC2"])
def test_classic_netcdf_that_is_cut_off_is_noticed(tmp_path, format_of):
    from osgeo import gdal

    source = gdal.GetDriverByName("MEM").Create("", 64, 48, 2)
    path = tmp_path / "whole.nc"
    gdal.GetDriverByName("netCDF").CreateCopy(str(path), source, options=[f"FORMAT={format_of}"])
    content = path.read_bytes()
    assert content.startswith(b"CDF")
    assert not ends_early(str(path), size=len(content))
    path.write_bytes(content[: len(content) // 2])
    assert ends_early(str(path), size=len(content) // 2)
