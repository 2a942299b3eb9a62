"""Valid documents of which one part is anything: taken or refused, and whatever was taken can be read in every way."""

from copy import deepcopy
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from catalog.models import Collection, Item
from tests.catalog.stac.stac_documents import collection, item

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collection")]
ITEMS = "/stac/collections/scenes/items"
BOUNDED = hypothesis.settings(max_examples=80, phases=[Phase.generate])
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "null", "2024-02-30T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"]),
    st.sampled_from(["/", "//x", "http://", "\ufeff", "\u202e", "a/../b", "%00", "'", '"', "{}", "<script>"]),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([-0.0, 1e308])
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
SCENE = item(
    "odd",
    collection="scenes",
    properties={
        "datetime": None,
        "start_datetime": "2024-05-01T10:00:00Z",
        "end_datetime": "2024-05-01T11:00:00Z",
        "created": "2024-05-02T10:00:00Z",
        "eo:cloud_cover": 12.5,
        "instruments": ["msi"],
    },
    links=[{"rel": "about", "href": "https://example.org/"}],
)
COLLECTION = collection(
    "odd",
    keywords=["a"],
    summaries={"gsd": [10]},
    item_assets={"image": {"title": "Image", "roles": ["data"]}},
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, member in members for each in paths(member, (*path, key)))]


def replaced(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed: Any = deepcopy(document)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return changed


def mutants(document: dict[str, Any]) -> st.SearchStrategy[Any]:
    extended = document | {"odd:member": None}
    if "properties" in document:
        extended["properties"] = document["properties"] | {"odd:property": None}
    everywhere = paths(extended)
    open_ended = [path for path in everywhere if str(path[-1:]).startswith("('odd:")]
    places = st.sampled_from(everywhere) | st.sampled_from(open_ended)
    return st.builds(replaced, st.just(extended), places, ANYTHING)


def reads(client, *addresses: str, statuses: tuple[int, ...] = (200,)) -> None:
    for address in addresses:
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code in statuses, (address, content)


def test_item_with_an_odd_part_is_taken_or_refused(api):
    taken = 0

    @BOUNDED
    @given(document=mutants(SCENE))
    def write(document: Any) -> None:
        nonlocal taken
        Item.objects.all().delete()
        answer = api.post(ITEMS, document, format="json")
        assert answer.status_code in (201, 400), answer.content
        if answer.status_code == 400:
            assert answer.json().keys() >= {"code", "description"}
            return
        taken += 1
        location = answer["Location"]
        reads(
            api,
            location,
            "/stac/search?sortby=-odd:property,eo:cloud_cover",
            "/stac/search?filter=odd:property=1&q=a",
            "/stac/queryables",
            "/stac/collections/scenes",
            "/stac/collections/scenes/queryables",
            "/stac/export",
        )
        reads(api, "/stac/export?f=parquet", statuses=(200, 400))
        assert api.put(location, api.get(location).json(), format="json").status_code == 204
        assert api.delete(location).status_code == 204

    write()
    assert taken > 20


def test_patch_with_an_odd_part_is_taken_or_refused(api):
    assert api.post(ITEMS, SCENE, format="json").status_code == 201

    @BOUNDED
    @given(patch=mutants(SCENE))
    def write(patch: Any) -> None:
        answer = api.patch(f"{ITEMS}/odd", patch, format="json")
        assert answer.status_code in (204, 400), answer.content

    write()
    reads(api, f"{ITEMS}/odd", "/stac/search", "/stac/collections/scenes")


def test_collection_with_an_odd_part_is_taken_or_refused(api):
    taken = 0

    @BOUNDED
    @given(document=mutants(COLLECTION))
    def write(document: Any) -> None:
        nonlocal taken
        Collection.objects.exclude(pk="scenes").delete()
        answer = api.post("/stac/collections", document, format="json")
        assert answer.status_code in (201, 400), answer.content
        if answer.status_code == 400:
            return
        taken += 1
        location = answer["Location"]
        everywhere = "bbox=0,0,20,60&datetime=2024-01-01T00:00:00Z&q=a&sortby=title"
        reads(api, location, "/stac/", "/stac/collections", f"/stac/collections?{everywhere}", "/stac/children")
        reads(api, f"{location}/items", f"{location}/queryables", "/api/collections/")
        assert api.put(location, api.get(location).json(), format="json").status_code == 204
        assert api.delete(location).status_code == 204

    write()
    assert taken > 20
