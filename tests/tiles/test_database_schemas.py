"""SQLite files whose schema is code: refused before GDAL or OpenSlide runs it. What honest writers make is read."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr

from catalog.extraction import extract
from catalog.extraction.result import ExtractionError
from tiles.errors import SourceUnreadable
from tiles.slides.readers import open_slide
from tiles.sources import copies
from tiles.sources.copies import CopySettings, configure_copies
from tiles.sources.drivers import open_dataset
from tiles.sources.external_files import check_file
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.reference import SourceRef

TILES = "SELECT zoom_level, tile_column, tile_row, tile_data FROM t0"
ENDLESS = "(WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM r) SELECT count(*) FROM r)"
# As MBUtil, TileMill and tippecanoe, and planetiler write them.
HONEST_VIEWS = {
    "mbutil": (
        "CREATE TABLE map (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_id TEXT)",
        "CREATE TABLE images (tile_data BLOB, tile_id TEXT)",
        "CREATE UNIQUE INDEX images_id ON images (tile_id)",
        "INSERT INTO images SELECT tile_data, rowid FROM t0",
        "INSERT INTO map SELECT zoom_level, tile_column, tile_row, rowid FROM t0",
        """CREATE VIEW tiles AS SELECT map.zoom_level AS zoom_level, map.tile_column AS tile_column,
        map.tile_row AS tile_row, images.tile_data AS tile_data FROM map JOIN images ON images.tile_id = map.tile_id""",
    ),
    "planetiler": (
        "CREATE TABLE tiles_shallow (zoom_level integer, tile_column integer, tile_row integer, tile_data_id integer)",
        "CREATE TABLE tiles_data (tile_data_id integer primary key, tile_data blob)",
        "INSERT INTO tiles_data SELECT rowid, tile_data FROM t0",
        "INSERT INTO tiles_shallow SELECT zoom_level, tile_column, tile_row, rowid FROM t0",
        """CREATE VIEW tiles AS SELECT tiles_shallow.zoom_level, tiles_shallow.tile_column, tiles_shallow.tile_row,
        tiles_data.tile_data FROM tiles_shallow JOIN tiles_data USING (tile_data_id);""",
    ),
    "of one table": (f"CREATE VIEW [tiles] AS {TILES}",),
    "with words for pixels": (
        f"CREATE VIEW tiles AS {TILES}",
        "CREATE TABLE keymap (key_name TEXT, key_json TEXT)",
        "CREATE TABLE grid_key (grid_id TEXT, key_name TEXT)",
        "CREATE TABLE map (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, grid_id TEXT)",
        """CREATE VIEW grid_data AS SELECT map.zoom_level AS zoom_level, map.tile_column AS tile_column,
        map.tile_row AS tile_row, keymap.key_name AS key_name, keymap.key_json AS key_json FROM map
        JOIN grid_key ON map.grid_id = grid_key.grid_id JOIN keymap ON grid_key.key_name = keymap.key_name""",
    ),
}
HOSTILE = {
    "a function": f"CREATE VIEW tiles AS {TILES.replace('tile_data', 'readfile(tile_data)')}",
    "endless": f"CREATE VIEW tiles AS {TILES.replace('tile_data', ENDLESS)}",
    "a condition": f"CREATE VIEW tiles AS {TILES} WHERE zoom_level < 99",
    "without a key": "CREATE VIEW tiles AS SELECT a.zoom_level, b.tile_column, b.tile_row, b.tile_data "
    "FROM t0 a JOIN t0 b ON a.zoom_level = b.zoom_level",
    "every pair": "CREATE VIEW tiles AS SELECT a.zoom_level, b.tile_column, b.tile_row, b.tile_data FROM t0 a, t0 b",
    "of the schema": "CREATE VIEW tiles AS SELECT a.name FROM sqlite_master a",
    "in disguise": f"CREATE VIEW tiles AS SELECT/**/ zoom_level, tile_column, tile_row, {ENDLESS} FROM t0",
}
# What SQLite's own shell couldn't make here, for want of the module.
VIRTUAL = 'CREATE VIRTUAL TABLE vt USING VirtualText("/etc/passwd", "UTF-8", 0, COMMA, NONE, "|")'


@pytest.fixture
def raster() -> object:
    configure_gdal()
    dataset = gdal.GetDriverByName("MEM").Create("", 512, 512, 3)
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(3857)
    dataset.SetProjection(crs.ExportToWkt())
    dataset.SetGeoTransform((0, 100, 0, 0, 0, -100))
    dataset.GetRasterBand(1).Fill(200)
    return dataset


@pytest.fixture
def mbtiles(tmp_path: Path, raster: object) -> Callable[..., Path]:
    """Make an MBTiles file whose tiles are in a table `t0`, with further statements."""

    def make(*statements: str) -> Path:
        path = tmp_path / "a.mbtiles"
        gdal.GetDriverByName("MBTiles").CreateCopy(str(path), raster)
        _run(path, "ALTER TABLE tiles RENAME TO t0", *statements)
        return path

    return make


def _run(path: Path, *statements: str, raw: tuple[str, str, str] | None = None) -> None:
    database = sqlite3.connect(path)
    database.execute("BEGIN")
    for statement in statements:
        database.execute(statement)
    if raw:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES (?1, ?2, ?2, 0, ?3)", raw
        )
    database.commit()
    database.close()


def _refuse(path: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(SourceUnreadable):
        open_dataset(SourceRef(location=str(path), version="1"))
    with pytest.raises(ExtractionError):
        extract(str(path), name=path.name)
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("statements", HONEST_VIEWS.values(), ids=HONEST_VIEWS)
def test_mbtiles_with_a_plain_view_is_read(mbtiles, statements):
    path = mbtiles(*statements)
    assert open_dataset(SourceRef(location=str(path), version="1")).ReadAsArray()[0].max() > 190


@pytest.mark.parametrize("statement", HOSTILE.values(), ids=HOSTILE)
def test_mbtiles_whose_view_computes_is_refused(mbtiles, statement):
    _refuse(mbtiles(statement))


def test_virtual_table_is_refused(mbtiles):
    path = mbtiles(f"CREATE VIEW tiles AS {TILES}")
    _run(path, raw=("table", "vt", VIRTUAL))
    _refuse(path)


@pytest.mark.parametrize(
    "sql", [VIRTUAL.replace(" VIRTUAL", "/**/VIRTUAL"), f"CREATE VIEW vt AS {TILES}", "", "/**/" + VIRTUAL]
)
def test_schema_that_says_what_it_is_not_is_refused(mbtiles, sql):
    path = mbtiles(f"CREATE VIEW tiles AS {TILES}")
    _run(path, raw=("table", "vt", sql))
    _refuse(path)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE computed (a INTEGER, b AS (zeroblob(1000000000)))",
        "CREATE TRIGGER odd AFTER INSERT ON t0 BEGIN DELETE FROM t0; END",
        "CREATE TRIGGER tiles_zoom_insert INSTEAD OF INSERT ON tiles BEGIN DELETE FROM t0; END",
    ],
)
def test_computed_columns_and_odd_triggers_are_refused(mbtiles, statement):
    _refuse(mbtiles(f"CREATE VIEW tiles AS {TILES}", statement))


def test_geopackage_as_gdal_writes_it_is_read(tmp_path, raster):
    """Sixteen triggers, metadata, overviews, and a layer of vectors with its R-tree beside the raster."""
    path = tmp_path / "a.gpkg"
    gdal.GetDriverByName("GPKG").CreateCopy(str(path), raster)
    gdal.OpenEx(str(path), gdal.OF_UPDATE | gdal.OF_RASTER).BuildOverviews("AVERAGE", [2])
    layers = gdal.OpenEx(str(path), gdal.OF_UPDATE | gdal.OF_VECTOR)
    layer = layers.CreateLayer("points", None, ogr.wkbPoint)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POINT (1 1)"))
    layer.CreateFeature(feature)
    del layer, layers
    assert open_dataset(SourceRef(location=str(path), version="1")).ReadAsArray()[0].max() > 190
    assert extract(str(path), name="a.gpkg").driver == "GPKG"


def test_geopackage_with_a_view_of_tiles_that_ends_later_is_refused(tmp_path, raster):
    path = tmp_path / "a.gpkg"
    gdal.GetDriverByName("GPKG").CreateCopy(str(path), raster)
    _run(
        path,
        "ALTER TABLE a RENAME TO t0",
        f"CREATE VIEW a AS SELECT id, zoom_level, tile_column, tile_row, CASE WHEN strftime('%s') < 9 THEN tile_data "
        f"ELSE {ENDLESS} END AS tile_data FROM t0",
    )
    _refuse(path)


def test_geopackage_in_an_archive_is_not_looked_for(tmp_path):
    """Later GDALs read GeoPackages in a ZIP, of which nobody has seen the schema."""
    path = tmp_path / "a.gpkg.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    _refuse(path)


def test_remote_database_is_read_from_a_copy_that_was_looked_at(tmp_path, monkeypatch, mbtiles, file_server):
    monkeypatch.setattr(copies, "_settings", [CopySettings()])
    configure_copies(CopySettings(folder=str(tmp_path / "copies")))
    path = mbtiles(*HONEST_VIEWS["mbutil"])
    shutil.copy(path, file_server.folder)
    remote = f"/vsicurl/{file_server.url}/{path.name}"
    assert open_dataset(SourceRef(location=remote, version="1")).ReadAsArray()[0].max() > 190
    assert extract(remote, name=path.name, version="1").driver == "MBTiles"
    _run(file_server.folder / path.name, raw=("table", "vt", VIRTUAL))
    with pytest.raises(SourceUnreadable):
        open_dataset(SourceRef(location=remote, version="2"))
    with pytest.raises(ExtractionError):
        extract(remote, name=path.name, version="2")


@pytest.mark.parametrize("driver", ["GPKG", "HDF5", "netCDF", "Zarr"])
def test_driver_of_another_format_opens_nothing(tmp_path, driver):
    """An empty list of drivers would be all of GDAL's."""
    path = tmp_path / "a.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    )
    with pytest.raises(SourceUnreadable):
        open_dataset(SourceRef(location=str(path), version="1", driver=driver))


def test_slide_in_a_database_is_looked_at(tmp_path):
    path = tmp_path / "a.svslide"
    _run(path, f"CREATE VIEW SVSlideDataXPO AS SELECT {ENDLESS} AS OID")
    with pytest.raises(SourceUnreadable):
        open_slide(SourceRef(location=str(path), version="1"), ("openslide",))


def test_schema_without_end_is_refused_soon(tmp_path):
    path = tmp_path / "a.gpkg"
    _run(path, *(f"CREATE TABLE t{number} (a)" for number in range(500)))
    begin = time.monotonic()
    check_file(str(path))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(SourceUnreadable):
        check_file(str(path))
    assert time.monotonic() - begin < 10
