import pytest

from catalog.models import ChecksumFile
from catalog.services.ingest.imagery import write_imagery_item
from tests.catalog.factories import ChecksumFileFactory
from tests.catalog.imagery import write_scene


@pytest.fixture
def write(collection, file_server):
    """Ingest what lies in a folder of the web server under one name."""

    def write(folder, *, seed=0, version="v1", name="a.tif", **options):
        (file_server.folder / folder).mkdir(exist_ok=True)
        write_scene(file_server.folder / folder / "a.tif", seed=seed)
        url = f"{file_server.url}/{folder}/a.tif"
        file = ChecksumFileFactory(collection=collection, url=url, name=name, version=version)
        return write_imagery_item(file, options=options)

    return write


def test_write_imagery_item_of_a_replaced_file_leaves_its_twin_the_thumbnail(write):
    _, twin = write("first"), write("second")
    write("first", seed=7, version="v2")
    assert ChecksumFile.objects.filter(pk=twin.asset_files["thumbnail"]).exists()


def test_write_imagery_item_under_two_ids_gives_each_a_thumbnail(collection, file_server):
    write_scene(file_server.folder / "a.tif")
    file = ChecksumFileFactory(collection=collection, url=f"{file_server.url}/a.tif", name="a.tif")
    items = [write_imagery_item(file, options={"item_id": item_id}) for item_id in ("first", "second", "second")]
    thumbnails = [item.asset_files["thumbnail"] for item in items]
    assert thumbnails[0] != thumbnails[1] == thumbnails[2]


@pytest.mark.parametrize("name", ["/", "..tif", "...tif", "a\n\0b.tif", "a\\b.tif"])
def test_write_imagery_item_of_an_odd_name_has_an_id_that_fits_in_a_path(write, name):
    item = write("first", name=name.replace("\0", "\x01"))
    item.clean_fields()
