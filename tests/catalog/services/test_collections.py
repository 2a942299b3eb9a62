from datetime import UTC, datetime

import pytest

from catalog.documents.footprints import merge_bboxes
from catalog.errors import Conflict, InvalidInput, NotAllowed, NotFound
from catalog.models import Collection
from catalog.services.access.members import set_member
from catalog.services.collections.lifecycle import create_collection, update_collection
from catalog.services.collections.summaries import widen_extent
from tests.catalog.factories import CollectionFactory, ItemFactory, MembershipFactory, UserFactory


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (None, [1, 2, 3, 4], [1, 2, 3, 4]),
        ([1, 2, 3, 4], None, [1, 2, 3, 4]),
        ([0, 0, 1, 1], [2, 2, 3, 3], [0, 0, 3, 3]),
        ([0, 0, 9, 9], [2, 2, 3, 3], [0, 0, 9, 9]),
        ([170, 0, 175, 1], [-175, 0, -170, 1], [170, 0, -170, 1]),
        ([170, 0, -170, 1], [160, -1, 165, 0], [160, -1, -170, 1]),
        ([170, 0, -170, 1], [172, 0, 173, 1], [170, 0, -170, 1]),
        ([-180, -90, 180, 90], [170, 0, -170, 1], [-180, -90, 180, 90]),
        ([-10, 0, 100, 1], [90, 0, -20, 1], [-10, 0, -20, 1]),
        ([-10, 0, 100, 1], [90, 0, 0, 1], [-180, 0, 180, 1]),
    ],
)
def test_merge_bboxes_is_the_smallest_around_both(first, second, expected):
    assert merge_bboxes(first, second) == expected


@pytest.mark.django_db
def test_widen_extent_that_is_wide_enough_writes_nothing(django_assert_num_queries):
    day = datetime(2024, 5, 1, tzinfo=UTC)
    collection = CollectionFactory(bbox=[0, 0, 10, 10], start_datetime=day, end_datetime=day)
    with django_assert_num_queries(1):
        widen_extent(collection_id=collection.pk, bbox=[1, 1, 2, 2], start=day, end=day)


@pytest.mark.django_db
def test_create_collection_makes_its_user_the_owner(user):
    collection = create_collection(user=user, collection_id="new", title="New")
    assert list(Collection.objects.editable_by(user)) == [collection]


@pytest.mark.django_db
def test_create_collection_twice_conflicts(user):
    create_collection(user=user, collection_id="new")
    with pytest.raises(Conflict):
        create_collection(user=user, collection_id="new")


@pytest.mark.django_db
@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "a\\b", "a\nb", "a\n", "x" * 257])
def test_create_collection_with_a_bad_id_refuses(user, bad):
    with pytest.raises(InvalidInput, match="id"):
        create_collection(user=user, collection_id=bad)


@pytest.mark.django_db
def test_update_collection_by_a_viewer_is_not_allowed(collection):
    viewer = MembershipFactory(collection=collection, role="viewer").user
    with pytest.raises(NotAllowed):
        update_collection(user=viewer, collection_id=collection.pk, title="Mine")


@pytest.mark.django_db
def test_update_collection_that_is_invisible_is_not_found(user):
    CollectionFactory(id="secret", visibility="private")
    with pytest.raises(NotFound):
        update_collection(user=user, collection_id="secret", title="Mine")


@pytest.mark.django_db
def test_set_member_leaves_no_collection_without_owner(collection, user):
    with pytest.raises(Conflict, match="at least one owner"):
        set_member(user=user, collection_id=collection.pk, username=user.username, role="viewer")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("visibility", "anonymous", "stranger", "member"),
    [("public", True, True, True), ("internal", False, True, True), ("private", False, False, True)],
)
def test_visible_to_follows_visibility_and_membership(visibility, anonymous, stranger, member):
    from django.contrib.auth.models import AnonymousUser

    from catalog.models import Item

    collection = CollectionFactory(visibility=visibility)
    ItemFactory(collection=collection)
    people = {
        AnonymousUser(): anonymous,
        UserFactory(): stranger,
        MembershipFactory(collection=collection, role="viewer").user: member,
        UserFactory(is_superuser=True): True,
    }
    for person, sees in people.items():
        assert Collection.objects.visible_to(person).exists() is sees
        assert Item.objects.visible_to(person).exists() is sees
