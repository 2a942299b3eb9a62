"""JSON Merge Patch as RFC 7396 defines it; its own test cases, and that nothing given is changed."""

import copy

import pytest

from catalog.documents.merge_patch import merge_patch

# RFC 7396, appendix A: those whose target and patch are objects. What is patched here is one always.
CASES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "expected"), CASES)
def test_merge_patch_is_that_of_the_standard(target, patch, expected):
    assert merge_patch(target, patch) == expected


@pytest.mark.parametrize("present", [None, 1, "text", [1, 2]])
def test_merge_patch_object_takes_the_place_of_what_is_none(present):
    assert merge_patch({"a": present}, {"a": {"b": 1, "c": None}}) == {"a": {"b": 1}}


def test_merge_patch_removes_what_is_not_there():
    assert merge_patch({"a": 1}, {"b": None, "c": {"d": None}}) == {"a": 1, "c": {}}


def test_merge_patch_false_and_empty_values_are_values():
    patch = {"a": False, "b": 0, "c": "", "d": [], "e": {}}
    assert merge_patch({"e": {"kept": 1}}, patch) == {**patch, "e": {"kept": 1}}


def test_merge_patch_changes_neither_of_both():
    target, patch = {"a": {"b": {"c": 1}}, "d": [1]}, {"a": {"b": {"c": 2, "e": 3}}, "d": None}
    before = copy.deepcopy((target, patch))
    merged = merge_patch(target, patch)
    assert merged == {"a": {"b": {"c": 2, "e": 3}}}
    assert (target, patch) == before
