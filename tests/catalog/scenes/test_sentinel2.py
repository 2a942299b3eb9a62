"""Sentinel-2 scenes: the metadata of a real one with rasters of our own, and the item that stactools makes of it."""

import json
import re
import shutil
from pathlib import Path

import pytest
from django.test import Client

from catalog.scenes.metadata_files import safe_paths
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.scenes.ingesting import (
    SCENES,
    checked,
    ingest,
    only_item,
    outcome,
    overlap_of,
    put_folder,
    shared_scene,
    write_band,
)

REAL = "S2A_MSIL2A_20190212T192651_N0212_R013_T07HFE_20201007T160857"


@pytest.fixture
def safe(tmp_path) -> Path:
    """Return the real scene's folder, with small rasters at the paths that its manifest names."""
    folder = tmp_path / f"{REAL}.SAFE"
    shutil.copytree(shared_scene(f"{REAL}.SAFE"), folder, copy_function=shutil.copyfile)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    for name in safe_paths((folder / "manifest.safe").read_bytes()):
        if re.search(r"IMG_DATA/.*\.tif$|_PVI\.tif$", name):
            size = {"10m": 48, "20m": 24, "60m": 8}.get(name[-7:-4], 6)
            write_band(folder / name, value=3000 if "B08" in name else 1000, epsg=32707, size=size)
        elif name.endswith(".xml") and not (folder / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("<empty/>")
    return folder


def same(own, stated) -> bool:
    return own == pytest.approx(stated, abs=1e-5) if isinstance(stated, float) else own == stated


def test_real_scene_becomes_the_item_that_stactools_makes_of_it(safe, bucket, user, collection):
    put_folder(bucket, safe, f"s2/{safe.name}/")
    job = ingest(user, collection, [SourceSpec(prefix="s3://imagery/s2/")])
    item = only_item(job)
    expected = json.loads((SCENES / f"{REAL}.expected.json").read_text())
    document = checked(item)
    assert job.sources.last().warnings == []
    assert item.item_id == expected["id"]
    assert set(item.assets) == set(expected["assets"]) | {"thumbnail"}
    # What the files themselves say, of which ours are smaller, and what is about the document.
    apart = {"created", "proj:centroid", "providers"}
    differing = {
        name: (document["properties"].get(name), value)
        for name, value in expected["properties"].items()
        if name not in apart and not same(document["properties"].get(name), value)
    }
    assert differing == {"datetime": ("2019-02-12T19:26:51.024Z", "2019-02-12T19:26:51.024000Z")}
    for key, asset in expected["assets"].items():
        own = document["assets"][key]
        assert own["roles"] == asset["roles"], key
        assert own.get("title") == asset.get("title"), key
        for band, known in zip(own.get("bands", []), asset.get("eo:bands", []), strict=False):
            assert band["eo:common_name"] == known["common_name"]
            assert band["eo:center_wavelength"] == known["center_wavelength"]
        # Our true-color images have one band of three.
        assert own.get("eo:bands", []) == asset.get("eo:bands", [])[: len(own.get("bands", []))]
    assert overlap_of(item, expected) > 0.999
    for query in ("assets=red,green,blue", "render=ndvi"):
        assert Client().get(f"/tiles/scenes/{item.item_id}/data/thumbnail.webp?{query}").status_code == 200


def test_manifest_alone_brings_the_scene(safe, bucket, user, collection):
    put_folder(bucket, safe, f"s2/{safe.name}/")
    job = ingest(user, collection, [SourceSpec(href=f"s3://imagery/s2/{safe.name}/manifest.safe")])
    assert [kind for kind, *_ in outcome(job)] == ["scene"]
    assert {"red", "nir", "scl", "granule_metadata"} <= only_item(job).assets.keys()


@pytest.mark.parametrize("name", ["S2B_33UUU_20240513_0_L2A", "S2B_T33UUU_20240513T100557_L2A"])
def test_folder_of_cogs_is_a_scene_without_metadata(tmp_path, bucket, user, collection, name):
    for band in ("B02", "B03", "B04", "B08", "SCL"):
        write_band(tmp_path / f"{band}.tif", value=3000 if band == "B08" else 1000)
    put_folder(bucket, tmp_path, f"cogs/33/U/UU/2024/5/{name}/")
    item = only_item(ingest(user, collection, [SourceSpec(prefix="s3://imagery/cogs/")]))
    assert item.item_id == name
    assert set(item.assets) == {"red", "green", "blue", "nir", "scl", "thumbnail"}
    assert item.properties["grid:code"] == "MGRS-33UUU"
    assert item.properties["datetime"].startswith("2024-05-13T")
    assert (item.properties["platform"], item.properties["processing:level"]) == ("sentinel-2b", "L2A")
