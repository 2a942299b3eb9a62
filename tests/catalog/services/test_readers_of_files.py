"""What opens a file is the file's, found at ingest: no document decides it, whoever writes it and however."""

from importlib import import_module

import pytest
from django.apps import apps

from catalog.models import Item
from catalog.services.ingest.imagery import write_imagery_item
from catalog.services.items.assets import find_source
from catalog.services.items.bulk import write_items
from catalog.services.items.editing import patch_item, replace_item, stored_document
from tests.catalog.factories import ChecksumFileFactory, UserFactory
from tests.catalog.imagery import write_scene
from tiles.errors import SourceUnreadable
from tiles.sources.drivers import dataset_name
from tiles.sources.reference import SourceRef

HOSTILE = (
    {"geodata:driver": "GTIFF_DIR:1:/vsicurl/http://127.0.0.2/secret.tif?", "geodata:subdataset": "x"},
    {"geodata:driver": "GTiff", "geodata:subdataset": "GTIFF_DIR:1:/vsicurl/http://127.0.0.2/a.tif?LOCATION"},
    {"geodata:driver": "VRT", "geodata:subdataset": "/vsicurl?header_file=/etc/passwd&url=http%3A%2F%2F127.0.0.2"},
    {"geodata:driver": ["GTiff"]},
    {"geodata:driver": {"a": 1}, "geodata:subdataset": 5},
)
ODD_BANDS = (
    [1, 2], {"a": 1}, [None], [{"statistics": 5}], [{"statistics": {"minimum": "x"}, "raster:histogram": []}],
    [{"statistics": {"minimum": 1}, "raster:histogram": {"buckets": "many"}}], "bands", 7,
)  # fmt: skip


@pytest.fixture
def item(collection, file_server) -> Item:
    write_scene(file_server.folder / "a.tif")
    file = ChecksumFileFactory(collection=collection, url=f"{file_server.url}/a.tif", name="a.tif")
    return write_imagery_item(file, options={})


@pytest.mark.parametrize("members", HOSTILE)
@pytest.mark.parametrize("way", ["patch", "put", "bulk"])
def test_document_that_names_a_reader_opens_nothing_else(item, members, way):
    before, user = find_source(item), UserFactory(is_superuser=True)
    named = {member: str(value).replace("LOCATION", before.location) for member, value in members.items()}
    document = stored_document(item)
    document["assets"]["data"] |= named if way == "bulk" else members
    if way == "patch":
        patch_item(
            user=user, collection_id=item.collection_id, item_id=item.item_id, patch={"assets": {"data": members}}
        )
    elif way == "put":
        replace_item(user=user, collection_id=item.collection_id, item_id=item.item_id, document=document)
    else:
        write_items(collection_id=item.collection_id, documents=[document], replace=True)
    found = find_source(Item.objects.get(pk=item.pk))
    assert found == before
    assert found.driver == "GTiff"


@pytest.mark.parametrize("bands", ODD_BANDS)
@pytest.mark.parametrize("roles", [5, ["data"], "data", [None, {}]])
def test_document_with_odd_bands_and_roles_is_shown_without_statistics(item, bands, roles):
    item.assets["data"] |= {"bands": bands, "roles": roles, "type": ["image/tiff"]}
    found = find_source(item)
    assert not any(found.statistics)
    assert found.media_type == ""


@pytest.mark.parametrize(
    ("driver", "subdataset"),
    [
        ("GTIFF_DIR:1:/vsicurl/http://127.0.0.2/a?", "x"),
        ("GTiff", "GTIFF_DIR:1:/data/a.nc"),
        ("netCDF", 'wind":x"'),
        ("VRT", "x"),
        ("", "x"),
        ("netCDF", 'VRT:"/data/a.nc":x'),
        ("HDF5", 'NETCDF:"/data/b.nc":NETCDF:"/data/a.nc":x'),
    ],
)
def test_name_that_leads_out_of_the_file_is_refused(driver, subdataset):
    with pytest.raises(SourceUnreadable):
        dataset_name(SourceRef("/data/a.nc", version="1", driver=driver, subdataset=subdataset))


def test_names_of_the_files_own_variables_are_kept():
    for driver, short, full in (
        ("netCDF", "wind", 'NETCDF:"/data/a.nc":wind'),
        ("HDF5Image", "//a/b", 'HDF5:"/data/a.nc"://a/b'),
        ("Zarr", "/air:3", 'ZARR:"/data/a.nc":/air:3'),
    ):
        assert dataset_name(SourceRef("/data/a.nc", version="1", driver=driver, subdataset=short)) == full
        assert dataset_name(SourceRef("/data/a.nc", version="1", driver=driver, subdataset=full)) == full
    eos = 'HDF4_EOS:EOS_GRID:"/data/a.nc":MOD:"band 1"'.replace('"band 1"', "band 1")
    assert dataset_name(SourceRef("/data/a.nc", version="1", driver="HDF4", subdataset=eos)) == eos


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"geodata:driver": "netCDF", "geodata:subdataset": "wind"}, ("netCDF", "wind")),
        ({"geodata:driver": "openslide"}, ("openslide", "")),
        *((members, ("", "")) for members in HOSTILE if members["geodata:driver"] != "GTiff"),
        (HOSTILE[1], ("GTiff", "")),
    ],
)
def test_migration_takes_over_what_ingest_wrote_and_nothing_else(item, members, expected):
    """Of documents from before, whose editors may have written what they liked."""
    file = apps.get_model("catalog", "ChecksumFile").objects.get(pk=item.asset_files["data"])
    type(file).objects.update(driver="", subdataset="")
    item.assets["data"].pop("geodata:driver", None)
    item.assets["data"] |= members
    item.save()
    import_module("catalog.migrations.0006_readers").note_readers(apps, None)
    file.refresh_from_db()
    assert (file.driver, file.subdataset) == expected
