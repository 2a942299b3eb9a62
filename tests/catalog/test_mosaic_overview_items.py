"""Which items a prepared tile is made of: as it is stored, through refreshes, in pages, to those who may see them."""

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import ChecksumFile, OverviewTile, Search
from catalog.services.collections.lifecycle import update_collection
from catalog.services.searches import mosaic
from catalog.services.searches.overview_items import ItemName, join_names, pack_names, unpack_names
from catalog.services.searches.refreshing import BASE_ZOOM, refresh_overviews
from tests.catalog.factories import CollectionFactory, MembershipFactory
from tests.catalog.test_mosaic_overviews import _register, add_scene  # noqa: F401  Fixtures.
from tiles.sources.pool import POOL

pytestmark = pytest.mark.django_db(transaction=True)
# A tile of the base zoom within the first scene, and those above it.
PLACES = ("5/17/9", "4/8/4", "3/4/2", "2/2/1", "1/1/0", "0/0/0")


def _ask(identifier, place, query="", client=None):
    mosaic._searches.clear()
    mosaic._found.clear()
    answer = (client or Client()).get(f"/tiles/searches/{identifier}/tiles/{place}/assets{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def _items(identifier, place, client=None):
    found = _ask(identifier, place, client=client)
    assert found["prepared"]
    assert all(each["used"] for each in found["items"])
    assert found["count"] == len(found["items"])
    return {each["id"] for each in found["items"]}


def test_items_of_prepared_tiles_are_those_they_were_made_of(api, collection, add_scene):  # noqa: F811
    add_scene(collection, "below", shade=80)
    add_scene(collection, "above", shade=160)
    add_scene(collection, "elsewhere", shade=240, east=60.0)
    identifier = _register(api, {"sortby": "+id"})
    found = _ask(identifier, PLACES[0])
    assert (found["prepared"], [(each["id"], each["used"]) for each in found["items"]]) == (
        False,
        [("above", True), ("below", False)],
    )
    assert refresh_overviews(identifier)
    # What is below the first everywhere has no part in any tile.
    assert [_items(identifier, place) for place in PLACES[:3]] == [{"above"}] * 3
    assert [_items(identifier, place) for place in PLACES[3:]] == [{"above", "elsewhere"}] * 3
    assert _items(identifier, "5/0/0") == set()


def test_items_of_prepared_tiles_after_a_refresh_are_the_new_ones(api, collection, add_scene):  # noqa: F811
    add_scene(collection, "one", shade=80)
    identifier = _register(api)
    assert refresh_overviews(identifier)
    assert [_items(identifier, place) for place in PLACES] == [{"one"}] * 6
    before = {tile.items_name for tile in OverviewTile.objects.all()}
    add_scene(collection, "two", shade=160, east=12.0)
    assert [_items(identifier, place) for place in PLACES] == [{"one"}] * 6, "not made of it yet"
    assert refresh_overviews(identifier)
    assert [_items(identifier, place) for place in PLACES[1:]] == [{"one", "two"}] * 5
    assert api.delete("/stac/collections/scenes/items/one").status_code == 204
    told = _ask(identifier, "0/0/0")["items"]
    assert {each["id"]: each.get("removed", False) for each in told} == {"one": True, "two": False}
    assert refresh_overviews(identifier)
    assert _ask(identifier, "0/0/0")["items"] == [{"collection": "scenes", "id": "two", "used": True}]
    # Where nothing but the first was there is no tile any more, and nothing is left of those before.
    assert _items(identifier, "5/16/9") == set()
    assert not any(default_storage.exists(name) for name in before)
    assert all(default_storage.exists(tile.items_name) for tile in OverviewTile.objects.all())


def test_items_of_prepared_tiles_are_told_to_those_who_may_see_them(api, collection, add_scene, user):  # noqa: F811
    private = CollectionFactory(id="secret", visibility="private")
    add_scene(collection, "seen", shade=80)
    add_scene(private, "hidden", shade=160, east=10.0)
    identifier = _register(api)
    assert refresh_overviews(identifier)
    member = APIClient()
    member.force_authenticate(MembershipFactory(collection=private, role="viewer").user)
    assert _items(identifier, "0/0/0") == {"seen"}
    found = _ask(identifier, "0/0/0", client=member)
    assert (found["prepared"], {each["id"] for each in found["items"]}) == (False, {"seen", "hidden"})
    # Whatever were to be stored with the tile.
    for tile in OverviewTile.objects.all():
        default_storage.delete(tile.items_name)
        with default_storage.open(tile.items_name, "wb") as stream:
            stream.write(pack_names([ItemName("secret", "hidden"), ItemName("scenes", "seen")]))
    assert [each["id"] for each in _ask(identifier, "0/0/0")["items"]] == ["seen"]
    update_collection(user=user, collection_id="scenes", visibility="private")
    assert not _ask(identifier, "0/0/0")["items"], "they are in storage still"


def test_items_of_a_tile_with_an_unreadable_image_are_those_that_could_be_read(
    api,
    collection,
    add_scene,  # noqa: F811
):
    """The file that is missing is another one at the second attempt: so is what the tile is made of."""
    for number, name in enumerate(("one", "two")):
        add_scene(collection, name, shade=80, east=10.0 * number)
    blobs = {file.name: file.blob.name for file in ChecksumFile.objects.filter(collection=collection)}
    contents = {}
    for name, blob in blobs.items():
        with default_storage.open(blob) as stream:
            contents[name] = stream.read()
    identifier = _register(api, {"sortby": "+id"})
    for missing, shown in (("one.tif", "two"), ("two.tif", "one")):
        for name, blob in blobs.items():
            default_storage.delete(blob)
            if name != missing:
                with default_storage.open(blob, "wb") as stream:
                    stream.write(contents[name])
        POOL.close()
        Search.objects.filter(pk=identifier).update(lease_expires=None)
        assert refresh_overviews(identifier)
        # Where both lie; where only one does, its tile stays as it was made.
        assert _items(identifier, "5/17/9") == {shown}


def test_items_of_tiles_come_in_pages(api, collection, add_scene):  # noqa: F811
    names = [f"s{number}" for number in range(5)]
    for number, name in enumerate(names):
        add_scene(collection, name, shade=80, east=5.0 - number)
    identifier = _register(api, {"sortby": "+id"})
    for is_prepared in (False, True):
        if is_prepared:
            assert refresh_overviews(identifier)
        found, address = [], f"/tiles/searches/{identifier}/tiles/5/16/9/assets?limit=2"
        mosaic._searches.clear()
        while address:
            page = Client().get(address).json()
            assert (page["prepared"], page["count"]) == (is_prepared, len(names))
            assert len(page["items"]) <= 2
            found += [each["id"] for each in page["items"]]
            last, address = address, page["next"]
        assert found == names
    add_scene(collection, "s9", shade=80)
    assert refresh_overviews(identifier)
    mosaic._searches.clear()
    stale = Client().get(last)
    assert (stale.status_code, stale.json()["code"]) == (409, "changed")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "cursor=a", "cursor=a-b", "cursor=a-9999999999"])
def test_pages_of_items_that_are_none_are_refused(db, query):
    del db
    identifier = Client().post("/tiles/searches/", {}, content_type="application/json").json()["id"]
    answer = Client().get(f"/tiles/searches/{identifier}/tiles/0/0/0/assets?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert query.partition("=")[0] in answer.json()["description"]


def test_names_of_half_a_million_items_are_small_and_joined_once():
    names = [ItemName("sentinel-2-l2a", f"S2B_{number % 60:02}TLG_{number:08}_0_L2A") for number in range(20_000)]
    quarters = [pack_names(names[start : start + 8000]) for start in range(0, 16_000, 4000)]
    joined = join_names(quarters)
    assert unpack_names(joined, start=0, most=10**6) == (names, len(names))
    assert unpack_names(joined, start=19_999, most=10)[0] == names[-1:]
    assert len(joined) < 12 * len(names)
    assert unpack_names(join_names([]), start=0, most=10) == ([], 0)


def test_all_zooms_are_told(api, collection, add_scene):  # noqa: F811
    """Every stored tile has its items, and those of each are those of its children."""
    for number in range(3):
        add_scene(collection, f"s{number}", shade=80, east=30.0 * number)
    identifier = _register(api)
    assert refresh_overviews(identifier)
    told = {(t.z, t.x, t.y): _items(identifier, f"{t.z}/{t.x}/{t.y}") for t in OverviewTile.objects.all()}
    assert all(told.values())
    for (z, x, y), items in told.items():
        if z < BASE_ZOOM:
            children = [(z + 1, 2 * x + right, 2 * y + down) for down in (0, 1) for right in (0, 1)]
            assert items == set().union(*(told[each] for each in children if each in told))
