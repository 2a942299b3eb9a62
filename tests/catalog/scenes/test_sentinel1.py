"""Sentinel-1 scenes: the metadata of a real one with rasters of our own, and the item that stactools makes of it."""

import json
import shutil
from pathlib import Path

import pytest
from django.test import Client

from catalog.scenes.metadata_files import safe_paths
from catalog.scenes.scene import SceneFiles
from catalog.scenes.sentinel1 import describe
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.scenes.ingesting import (
    SCENES,
    checked,
    ingest,
    only_item,
    overlap_of,
    put_folder,
    shared_scene,
    write_band,
)

REAL = "S1A_IW_GRDH_1SDV_20210809T173953_20210809T174018_039156_049F13_6FF8"
# What stactools derives from a rectangle around the scene, where images are placed by control points, and what is
# about the document.
APART = {"proj:bbox", "proj:shape", "proj:transform", "proj:centroid", "providers"}


@pytest.fixture
def safe(tmp_path) -> Path:
    """Return the real scene's folder, with small rasters at the paths that its manifest names."""
    folder = tmp_path / f"{REAL}.SAFE"
    shutil.copytree(shared_scene(f"{REAL}.SAFE"), folder, copy_function=shutil.copyfile)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    for name in safe_paths((folder / "manifest.safe").read_bytes()):
        if name.endswith(".tiff"):
            write_band(folder / name, value=200)
        elif not (folder / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("<empty/>")
    return folder


def test_real_scene_becomes_the_item_that_stactools_makes_of_it(safe, bucket, user, collection):
    put_folder(bucket, safe, f"s1/{safe.name}/")
    job = ingest(user, collection, [SourceSpec(prefix="s3://imagery/s1/")])
    item = only_item(job)
    expected = json.loads((SCENES / "S1A_IW_GRDH_1SDV_20210809T173953.expected.json").read_text())
    document = checked(item)
    assert job.sources.last().warnings == []
    assert item.item_id == expected["id"]
    assert set(item.assets) == set(expected["assets"]) | {"rendered_preview"}
    differing = {
        name: (document["properties"].get(name), value)
        for name, value in expected["properties"].items()
        if name not in APART and document["properties"].get(name) != value
    }
    # Of UTM are our images.
    assert differing == {"proj:epsg": (32633, 4326)}
    for key, asset in expected["assets"].items():
        own = document["assets"][key]
        assert (own["title"], own["roles"]) == (asset["title"], asset["roles"])
        assert own.get("eo:bands") == asset.get("eo:bands")
    assert overlap_of(item, expected) > 0.999
    for query in ("render=vv", "render=ratio"):
        assert Client().get(f"/tiles/scenes/{item.item_id}/data/thumbnail.webp?{query}").status_code == 200


@pytest.mark.parametrize(
    ("name", "polarizations", "resolution"),
    [
        ("S1B_EW_GRDM_1SDH_20200102T030405_20200102T030505_019000_023D4C_A1B2", ["HV", "HH"], 93),
        ("S1A_IW_SLC__1SSV_20200102T030405_20200102T030432_030000_03712A_00FF", ["VV"], 3.1),
    ],
)
def test_name_alone_describes_a_scene(name, polarizations, resolution):
    code = name[:14].lower().replace("_", "-")
    found = describe(SceneFiles(name, [f"measurement/{code}"], lambda _: b""))
    properties = found.properties
    assert sorted(properties["sar:polarizations"]) == sorted(polarizations)
    assert properties["sar:resolution_range"] == resolution
    assert properties["datetime"].startswith("2020-01-02T03:04:")
    assert properties["sat:absolute_orbit"] in {19000, 30000}
    assert "no manifest" in found.warnings[0]


def test_swaths_of_single_looks_are_assets_of_their_own():
    name = "S1A_IW_SLC__1SSV_20200102T030405_20200102T030432_030000_03712A_00FF"
    paths = [
        f"measurement/s1a-iw{swath}-slc-vv-20200102t030405-20200102t030430-030000-03712a-00{swath}.tiff"
        for swath in (1, 2, 3)
    ]
    found = describe(SceneFiles(name, paths, lambda _: b""))
    assert [asset.key for asset in found.assets] == ["iw1-vv", "iw2-vv", "iw3-vv"]
