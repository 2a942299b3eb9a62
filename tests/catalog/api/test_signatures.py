"""Signed URLs: what they show, to anybody, and what they don't."""

import time
from urllib.parse import urlsplit

import morecantile
import pytest
from django.test import Client

from catalog.models import Collection, Membership
from tests.catalog.factories import ItemFactory, UserFactory
from tests.catalog.test_every_route_asks import ITEM, SECRET, _content, private

__all__ = ["private"]
TILEJSON = f"/tiles/{SECRET}/{ITEM}/data/tilejson.json"


@pytest.fixture
def sign(private, user):
    """Sign as the owner of the private collection; returns the query of a URL."""
    owner = Client()
    owner.force_login(user)

    def ask(**wanted: object) -> str:
        body = {"collection": private["collection_id"], **wanted}
        answer = owner.post("/api/signatures/", body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        return answer.json()["query"]

    return ask


def _tile_of(longitude: float, latitude: float, z: int) -> dict[str, int]:
    """Return the tile of the web's Mercator grid that a place lies on."""
    tile = morecantile.tms.get("WebMercatorQuad").tile(longitude, latitude, z)
    return {"z": tile.z, "x": tile.x, "y": tile.y}


def _status(path: str, query: str) -> tuple[int, str]:
    answer = Client().get(f"{path}?{query}")
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


def _download(file_id: object, query: str) -> int:
    answer = Client().get(f"/api/files/{file_id}/download/?{query}")
    _content(answer)
    return answer.status_code


def test_signature_of_a_collection_shows_its_imagery_and_files(sign, private):
    query = sign()
    assert _status(TILEJSON, query)[0] == 200
    preview = Client().get(f"/tiles/{SECRET}/{ITEM}/data/data/preview.png?{query}")
    assert (preview.status_code, preview["Cache-Control"]) == (200, "private, max-age=3600")
    assert _status(TILEJSON, "")[0] == 404
    assert _download(private["file_id"], query) == 200
    assert _download(private["file_id"], "") == 404
    # Neither the rest of the API nor anything that changes.
    assert Client().get(f"/stac/collections/{SECRET}?{query}").status_code == 404
    assert Client().get(f"/tiles/{SECRET}/{ITEM}/associated/label?{query}").status_code in {403, 404}


@pytest.mark.parametrize("whole", [True, False])
def test_documents_hand_the_signature_on_to_their_tiles(sign, whole):
    search = Client().post("/tiles/searches/", {"collections": [SECRET]}, content_type="application/json").json()["id"]
    query, base = (
        (sign(search=search), f"/tiles/searches/{search}") if whole else (sign(), f"/tiles/{SECRET}/{ITEM}/data")
    )
    document = Client().get(f"{base}/tilejson.json?{query}").json()
    west, south, east, north = document["bounds"]
    place = _tile_of((west + east) / 2, (south + north) / 2, document["maxzoom"])
    address = urlsplit(document["tiles"][0].format(**place))
    tile = Client().get(f"{address.path}?{address.query}")
    assert (tile.status_code, tile["Content-Type"]) == (200, "image/webp")
    assert Client().get(address.path).status_code in {204, 404}
    capabilities = Client().get(f"{base}/WMTSCapabilities.xml?{query}").content.decode()
    assert query.replace("&", "&amp;") in capabilities


def test_signature_of_an_item_shows_no_other(sign, private):
    query = sign(item=ITEM)
    assert _status(TILEJSON, query)[0] == 200
    assert _download(private["file_id"], query) == 200
    other = ItemFactory(collection=Collection.objects.get(pk=SECRET))
    assert _status(f"/tiles/{SECRET}/{other.item_id}/data/tilejson.json", query) == (404, "item_not_found")


def test_signature_of_a_search_shows_its_mosaic_alone(sign):
    searches = [
        Client().post("/tiles/searches/", body, content_type="application/json").json()["id"]
        for body in ({"collections": [SECRET]}, {"collections": [SECRET], "ids": [ITEM]})
    ]
    query = sign(search=searches[0])
    shown, empty = (Client().get(f"/tiles/searches/{searches[0]}/tilejson.json?{each}").json() for each in (query, ""))
    assert shown["bounds"] != empty["bounds"]
    assert _status(f"/tiles/searches/{searches[1]}/tilejson.json", query) == (403, "invalid_signature")
    assert _status(TILEJSON, query) == (403, "invalid_signature")


def test_signature_that_is_forged_ended_or_revoked_is_refused(sign, user, monkeypatch):
    query = sign(expires=60)
    forged = query[:-1] + ("0" if query[-1] != "0" else "1")
    later = query.replace("expires=1", "expires=2")
    for wrong in (
        forged,
        later,
        "signature=",
        "signature=a.b&expires=1",
        "expires=9999999999&signature=W10.0",
        "signature=%00.é",
    ):
        assert _status(TILEJSON, wrong) == (403, "invalid_signature"), wrong
    now = time.time()
    monkeypatch.setattr("catalog.services.access.signatures.time.time", lambda: now + 61)
    assert _status(TILEJSON, query) == (403, "signature_expired")
    monkeypatch.undo()
    owner = Client()
    owner.force_login(user)
    assert owner.post(f"/api/collections/{SECRET}/revoke-signatures/").status_code == 204
    assert _status(TILEJSON, query) == (403, "invalid_signature")
    assert _status(TILEJSON, sign())[0] == 200


def test_signature_ends_with_its_signers_membership(sign, user):
    Membership.objects.create(collection_id=SECRET, user=UserFactory(), role=Membership.Role.OWNER)
    query = sign()
    Membership.objects.filter(user=user).delete()
    assert _status(TILEJSON, query) == (403, "signature_revoked")


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"expires": 0}, 400),
        ({"expires": 10**9}, 400),
        ({"item": "none"}, 404),
        ({"search": "none"}, 404),
        ({"item": ITEM, "search": "none"}, 400),
        ({"collection": "none"}, 404),
        ({"collection": None}, 400),
    ],
)
@pytest.mark.usefixtures("private")
def test_signing_what_is_wrong_says_so(user, wanted, status):
    owner = Client()
    owner.force_login(user)
    body = {"collection": SECRET, **wanted}
    assert owner.post("/api/signatures/", body, content_type="application/json").status_code == status


@pytest.mark.usefixtures("private")
def test_strangers_sign_nothing_and_revoke_nothing():
    stranger = Client()
    stranger.force_login(UserFactory())
    body = {"collection": SECRET}
    assert stranger.post("/api/signatures/", body, content_type="application/json").status_code == 404
    assert Client().post("/api/signatures/", body, content_type="application/json").status_code == 401
    assert stranger.post(f"/api/collections/{SECRET}/revoke-signatures/").status_code == 404
