"""Counting what items have in common."""

from catalog.documents.summaries import MAX_ASSETS, MAX_VALUES, add_item, describe, empty_counts, remove_item


def census_of(*properties):
    census = empty_counts()
    for each in properties:
        add_item(census, each, {})
    return census


def test_census_of_texts_and_lists_gives_each_value_once():
    census = census_of({"platform": "b", "instruments": ["x", "y"]}, {"platform": "a", "instruments": ["y"]})
    assert describe(census) == {"summaries": {"platform": ["a", "b"], "instruments": ["x", "y"]}}


def test_census_of_numbers_gives_their_range():
    census = census_of({"view:off_nadir": 3, "gsd": 10}, {"view:off_nadir": 1.5, "gsd": 10})
    assert describe(census)["summaries"] == {
        "gsd": {"minimum": 10, "maximum": 10},
        "view:off_nadir": {"minimum": 1.5, "maximum": 3},
    }


def test_census_passes_over_what_is_of_another_type():
    odd = {
        "gsd": "ten",
        "eo:cloud_cover": None,
        "platform": {"a": 1},
        "instruments": [None, ["a"], True],
        "view:x": True,
    }
    assert describe(census_of(odd, {"platform": "x" * 300})) == {}


def test_census_without_the_last_item_of_a_value_forgets_it():
    census = census_of({"platform": "a"}, {"platform": "a"}, {"platform": "b"})
    remove_item(census, {"platform": "b"}, {})
    remove_item(census, {"platform": "a"}, {})
    assert describe(census)["summaries"] == {"platform": ["a"]}


def test_census_names_ranges_whose_extreme_has_gone():
    census = census_of({"gsd": 1}, {"gsd": 2}, {"gsd": 3})
    assert remove_item(census, {"gsd": 2}, {}) == set()
    assert remove_item(census, {"gsd": 3}, {}) == {"gsd"}
    assert remove_item(census, {"gsd": 1}, {}) == set()
    assert census == empty_counts()


def test_census_of_too_many_values_says_nothing_until_it_was_empty():
    many = [{"platform": f"p{number}"} for number in range(MAX_VALUES + 1)]
    census = census_of(*many)
    assert describe(census) == {}
    for each in many:
        remove_item(census, each, {})
    add_item(census, {"platform": "a"}, {})
    assert describe(census)["summaries"] == {"platform": ["a"]}


def test_census_of_assets_keeps_what_all_have_in_common():
    census = empty_counts()
    for number in range(2):
        red = {"href": f"{number}.tif", "title": "Red", "type": "image/tiff", "file:size": number, "roles": ["data"]}
        other = {"href": f"{number}.txt", "title": f"Notes {number}", "type": "text/plain"}
        add_item(census, {}, {"red": red, "notes": other})
    assert describe(census) == {"item_assets": {"red": {"title": "Red", "type": "image/tiff", "roles": ["data"]}}}
    remove_item(census, {}, {"red": {}})
    remove_item(census, {}, {"red": {}, "notes": {}})
    assert describe(census) == {}


def test_census_of_too_many_assets_says_nothing():
    census = empty_counts()
    assets = {f"a{number}": {"title": "A", "type": "b"} for number in range(MAX_ASSETS + 1)}
    add_item(census, {}, assets)
    add_item(census, {}, assets)
    assert describe(census) == {}
    assert remove_item(census, {}, assets) == set()
