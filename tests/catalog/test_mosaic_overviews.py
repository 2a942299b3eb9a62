"""Prepared tiles of low zooms: made by a real worker, shown to those they were made for, true after a refresh."""

import cv2
import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from osgeo import gdal, osr
from rest_framework.test import APIClient

from catalog.models import OverviewTile, Search
from catalog.services.collections.lifecycle import update_collection
from catalog.services.searches import mosaic
from catalog.services.searches.overviews import claim_refresh
from catalog.services.searches.refreshing import refresh_overviews
from tests.catalog.factories import CollectionFactory, MembershipFactory
from tests.catalog.imagery import ingest_upload
from tests.services.processes import wait_until
from tiles.sources.pool import POOL

pytestmark = pytest.mark.django_db(transaction=True)
# Degrees: an image of Europe, so that it has pixels at zoom 0.
WEST, NORTH, SIDE, CELL = 0.0, 60.0, 200, 0.1


@pytest.fixture
def add_scene(user, tmp_path):
    """Ingest an image of one shade, of as many degrees further east as asked."""

    def add(collection, name, *, shade, east=0.0):
        path = tmp_path / f"{name}.tif"
        dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIDE, SIDE, 1, gdal.GDT_Byte)
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(4326)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.SetGeoTransform((WEST + east, CELL, 0.0, NORTH, 0.0, -CELL))
        dataset.GetRasterBand(1).Fill(shade)
        del dataset
        return ingest_upload(path, user=user, collection=collection)

    return add


def _register(api, body=None):
    return api.post("/tiles/searches/", {**(body or {}), "metadata": {"overviews": True}}).json()["id"]


def _shades(client, identifier, place="0/0/0"):
    mosaic._searches.clear()
    answer = client.get(f"/tiles/searches/{identifier}/tiles/{place}.png")
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.content
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    gray = pixels if pixels.ndim == 2 else pixels[:, :, 0][pixels[:, :, -1] == 255]
    values, counts = np.unique(gray, return_counts=True)
    return values[counts >= 10].tolist()


def _is_prepared(identifier):
    found = Search.objects.get(pk=identifier)
    return bool(found.prepared and found.stamp)


def _blobs(identifier):
    rows = OverviewTile.objects.filter(search_id=identifier)
    return {row.blob_name for row in rows}


def test_worker_prepares_a_search_that_is_registered(worker, api, collection, add_scene):
    del worker
    add_scene(collection, "one", shade=80)
    identifier = _register(api)
    wait_until(lambda: _is_prepared(identifier), what="the worker's overviews")
    assert {tile.z for tile in OverviewTile.objects.all()} == set(range(6))
    for place in ("0/0/0", "3/4/2", "5/17/9"):
        assert _shades(Client(), identifier, place) == [80]
    assert _shades(Client(), identifier, "5/0/0") == []


def test_refresh_follows_items_that_come_and_go(api, collection, add_scene):
    add_scene(collection, "one", shade=80)
    identifier = _register(api)
    assert refresh_overviews(identifier)
    assert not refresh_overviews(identifier)
    before = _blobs(identifier)
    add_scene(collection, "two", shade=160, east=60.0)
    assert refresh_overviews(identifier)
    assert _shades(Client(), identifier) == [80, 160]
    # Base tiles where nothing came were not made again.
    base = {name for name in before if "/5-" in name}
    assert base <= _blobs(identifier)
    assert api.delete("/stac/collections/scenes/items/one").status_code == 204
    assert refresh_overviews(identifier)
    assert _shades(Client(), identifier) == [160]
    assert not any(default_storage.exists(name) for name in base)


def test_overviews_are_as_the_tiles_that_are_made_at_once(api, collection, add_scene):
    add_scene(collection, "one", shade=80)
    add_scene(collection, "two", shade=160, east=10.0)
    identifier = _register(api)
    at_once = [_shades(Client(), identifier, place) for place in ("5/16/9", "5/17/9", "4/8/4")]
    assert refresh_overviews(identifier)
    assert [_shades(Client(), identifier, place) for place in ("5/16/9", "5/17/9", "4/8/4")] == at_once


def test_preview_is_of_all_that_was_prepared(api, collection, add_scene, settings):
    settings.TILES = {**settings.TILES, "limits": {"mosaic_items": 1}}
    add_scene(collection, "one", shade=80)
    add_scene(collection, "two", shade=160, east=60.0)
    identifier = _register(api)
    address = f"/tiles/searches/{identifier}/data/preview.png?max_size=256"
    assert Client().get(address)["Mosaic-Incomplete"] == "items"
    assert refresh_overviews(identifier)
    mosaic._searches.clear()
    answer = Client().get(address)
    assert "Mosaic-Incomplete" not in answer
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels.shape[1] == 256
    shown = pixels[:, :, -1] == 255
    # 80 degrees across, of which the first and the last 20 show something, from its upper edge to its lower one.
    assert [shown[:, column].mean() > 0.95 for column in (5, 55, 75, 180, 200, 250)] == [1, 1, 0, 0, 1, 1]
    assert abs(int(pixels[100, 30, 0]) - 80) <= 1
    assert abs(int(pixels[100, 230, 0]) - 160) <= 1
    assert Client().get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    add_scene(collection, "three", shade=240, east=30.0)
    assert refresh_overviews(identifier)
    mosaic._searches.clear()
    after = Client().get(address, headers={"If-None-Match": answer["ETag"]})
    assert after.status_code == 200
    found = cv2.imdecode(np.frombuffer(after.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert abs(int(found[100, 128, 0]) - 240) <= 1


def test_overviews_are_for_those_who_see_the_same(api, collection, add_scene, user):
    private = CollectionFactory(id="secret", visibility="private")
    add_scene(collection, "seen", shade=80)
    add_scene(private, "hidden", shade=160, east=60.0)
    identifier = _register(api)
    assert refresh_overviews(identifier)
    member = APIClient()
    member.force_authenticate(MembershipFactory(collection=private, role="viewer").user)
    assert _shades(Client(), identifier) == [80]
    assert _shades(member, identifier) == [80, 160]
    update_collection(user=user, collection_id="scenes", visibility="private")
    # Prepared while it was public, and still in storage.
    assert _blobs(identifier)
    assert _shades(Client(), identifier) == []
    assert refresh_overviews(identifier)
    assert not _blobs(identifier)


def test_overviews_with_an_unreadable_image_are_made_again(api, collection, add_scene):
    file = add_scene(collection, "one", shade=80).collection.files.get(name="one.tif")
    add_scene(collection, "two", shade=160, east=10.0)
    POOL.close()
    with default_storage.open(file.blob.name) as stream:
        content = stream.read()
    default_storage.delete(file.blob.name)
    identifier = _register(api)
    assert refresh_overviews(identifier)
    assert _shades(Client(), identifier) == [160]
    assert not refresh_overviews(identifier), "at once"
    assert default_storage.save(file.blob.name, ContentFile(content)) == file.blob.name
    Search.objects.filter(pk=identifier).update(lease_expires=timezone.now())
    assert refresh_overviews(identifier)
    # Where they meet, shades are mixed.
    assert {80, 160} <= set(_shades(Client(), identifier))
    assert _is_prepared(identifier)


def test_overviews_are_left_alone_while_another_worker_makes_them(api, collection, add_scene):
    add_scene(collection, "one", shade=80)
    identifier = _register(api)
    searches = Search.objects.filter(pk=identifier)
    assert claim_refresh(searches.get())
    assert not refresh_overviews(identifier)


def test_overviews_of_someone_who_is_not_signed_in_are_refused(db):
    del db
    answer = Client().post("/tiles/searches/", {"metadata": {"overviews": True}}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Search.objects.exists()
