"""A remote file that was replaced is read anew, by the process that read it before."""

from catalog.extraction import extract
from catalog.services.ingest.imagery import write_imagery_item
from catalog.services.items.assets import find_source
from tests.catalog.factories import ChecksumFileFactory
from tests.catalog.imagery import write_scene
from tiles.sources.registry import open_source


def test_extract_after_replacement_describes_the_new_file(file_server):
    path = f"/vsicurl/{file_server.url}/a.tif"
    write_scene(file_server.folder / "a.tif", size=128)
    assert extract(path, name="a.tif").properties["proj:shape"] == [128, 128]
    write_scene(file_server.folder / "a.tif", size=256)
    assert extract(path, name="a.tif").properties["proj:shape"] == [256, 256]


def test_open_source_of_a_new_version_reads_the_new_file(collection, file_server):
    url = f"{file_server.url}/a.tif"
    for size in (128, 256):
        write_scene(file_server.folder / "a.tif", size=size)
        file = ChecksumFileFactory(collection=collection, url=url, name="a.tif", version=f"v{size}")
        item = write_imagery_item(file, options={})
        source = open_source(find_source(item, "data"))
        assert (source.width, source.height) == (size, size)
    assert item.properties["proj:shape"] == [256, 256]
