"""DeepZoom, IIIF and associated images of the catalog's slides: who may."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Collection
from tests.catalog.factories import MembershipFactory, UserFactory
from tests.catalog.imagery import ingest_upload
from tests.tiles.slides import write_ome

ROUTES = (
    "deepzoom.dzi",
    "deepzoom_files/9/0_0.jpg",
    "iiif/info.json",
    "iiif/full/100,/0/default.jpg",
    "info/metadata",
)


@pytest.fixture
def slide(collection, user, tmp_path):
    return ingest_upload(write_ome(tmp_path / "slide.ome.tif", z=2), user=user, collection=collection)


def address(item, tail: str) -> str:
    return f"/tiles/{item.collection_id}/{item.item_id}/{tail}"


@pytest.mark.parametrize("asset", ["", "data/"])
def test_slide_of_public_collection_is_served(slide, asset):
    document = Client().get(address(slide, f"{asset}iiif/info.json")).json()
    assert (document["width"], document["height"]) == (64, 48)
    tail = document["id"].removeprefix("http://testserver")
    for route in (
        f"{tail}/full/max/0/default.jpg",
        address(slide, f"{asset}deepzoom_files/6/0_0.jpg"),
        address(slide, f"{asset}tiles/0/0/0.jpg?z=1"),
    ):
        assert Client().get(route).status_code == 200, route
    assert Client().get(address(slide, f"{asset}iiif")).status_code == 303


@pytest.mark.parametrize("route", ROUTES)
def test_slide_of_private_collection_is_for_members(slide, route):
    Collection.objects.filter(pk=slide.collection_id).update(visibility="private")
    stranger = APIClient()
    stranger.force_authenticate(UserFactory())
    assert Client().get(address(slide, route)).status_code == 404
    assert stranger.get(address(slide, route)).status_code == 404


def test_associated_images_are_for_editors(slide):
    viewer, editor = APIClient(), APIClient()
    viewer.force_authenticate(MembershipFactory(collection=slide.collection, role="viewer").user)
    editor.force_authenticate(MembershipFactory(collection=slide.collection, role="editor").user)
    for tail in ("associated", "associated/label.png", "data/associated"):
        assert Client().get(address(slide, tail)).status_code in {401, 403}
        assert viewer.get(address(slide, tail)).status_code == 403
    assert editor.get(address(slide, "associated")).json() == {"associated": []}
    assert editor.get(address(slide, "associated/label.png")).status_code == 404
