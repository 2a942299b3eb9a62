"""Regions, statistics and values of items and their assets: by the same rule as tiles, for readers of the API."""

import io
import json

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal
from rest_framework.test import APIClient

from catalog.models import Collection
from tests.catalog.factories import MembershipFactory, UserFactory

ASSET = "/tiles/scenes/scene/data/"
ITEM = "/tiles/scenes/scene/"
PIXELS = "left=1&top=1&right=33&bottom=17&units=pixels"
LINE = {"type": "LineString", "coordinates": [[1, 1], [20, 20]]}
POLYGON = {"type": "Polygon", "coordinates": [[[1, 1], [20, 1], [20, 20], [1, 1]]]}
GETS = [
    "data/region.tif?" + PIXELS, "data/preview.png", "data/statistics", "data/histogram", "data/pixel?left=1&top=1",
    "data/profile?coord_crs=pixels&line=1,1,20,20", "info/metadata_internal", "info/frames",
]  # fmt: skip
POSTS = [("data/region.png", POLYGON), ("data/statistics", POLYGON), ("data/profile", LINE)]


def asked(client, prefix: str) -> list:
    """Each route's answer, once by GET and once by POST."""
    posts = [
        client.post(f"{prefix}{path}?coord_crs=pixels", json.dumps(body), content_type="application/json")
        for path, body in POSTS
    ]
    return [client.get(prefix + path) for path in GETS] + posts


@pytest.mark.parametrize("prefix", [ASSET, ITEM], ids=["asset", "item"])
def test_data_of_a_public_item_is_for_everyone(scene, prefix):
    del scene
    assert [answer.status_code for answer in asked(Client(), prefix)] == [200] * (len(GETS) + len(POSTS))


def test_data_of_a_private_item_is_for_members(scene):
    Collection.objects.filter(pk=scene.collection.pk).update(visibility="private")
    count = len(GETS) + len(POSTS)
    assert [answer.status_code for answer in asked(Client(), ASSET)] == [404] * count
    stranger, member = APIClient(), APIClient()
    stranger.force_authenticate(UserFactory())
    member.force_authenticate(MembershipFactory(collection=scene.collection, role="viewer").user)
    assert [answer.status_code for answer in asked(stranger, ITEM)] == [404] * count
    answers = asked(member, ITEM)
    assert [answer.status_code for answer in answers] == [200] * count
    assert not any(answer.get("Cache-Control", "private").startswith("public") for answer in answers)


def test_region_of_an_item_is_its_files_pixels(scene, tmp_path):
    body = b"".join(Client().get(f"{ITEM}data/region.tif?{PIXELS}&assets=data").streaming_content)
    (tmp_path / "region.tif").write_bytes(body)
    found = gdal.Open(str(tmp_path / "region.tif")).ReadAsArray()
    array = gdal.Open(str(tmp_path / "scene.tif")).ReadAsArray()
    assert (np.atleast_3d(found) == np.atleast_3d(array[..., 1:17, 1:33])).all()
    del scene


def test_assets_of_an_item_are_bands(scene):
    del scene
    answer = Client().get(f"{ITEM}data/region.npy?{PIXELS}&assets=data,data&expression=b1-b2")
    assert answer.status_code == 200
    assert not np.load(io.BytesIO(answer.content))[0].any()
    statistics = Client().get(f"{ITEM}data/statistics?assets=data,data").json()
    assert statistics["b1"] == statistics["b2"]
    assert Client().get(f"{ITEM}data/statistics?assets=nothing").status_code == 404
