"""Pages by key: nothing twice, nothing missing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from catalog.errors import InvalidParameter
from catalog.models import Item
from catalog.querying.paging import NEWEST_FIRST, OrderKey, fetch_page, write_token
from tests.catalog.stac.records import EPOCH, add_collection, add_item, add_items

pytestmark = pytest.mark.django_db
# Of `end_datetime` and null where it is a third day: an order with nulls and ties, and a key that makes it total.
NULLABLE = Item.objects.annotate(day=F("properties__day"))


def pages(client, link):
    """Follow `next` links, as a client would."""
    while link:
        if link.get("method") == "POST":
            answer = client.post(link["href"], link["body"], format="json")
        else:
            answer = client.get(link["href"])
        assert answer.status_code == 200
        page = answer.json()
        yield page
        link = next((each for each in page["links"] if each["rel"] == "next"), None)


def ids(page):
    return [feature["id"] for feature in page["features"]]


@pytest.fixture
def tied():
    """Twenty-three items in four moments."""
    collection = add_collection()
    for number in range(23):
        add_item(collection, f"scene-{number:03d}", start=EPOCH + timedelta(days=number // 7))
    return collection


FIRST_LINKS = [
    {"href": "/stac/search?limit=4"},
    {"href": "/stac/collections/scenes/items?limit=4&bbox=0,0,90,90"},
    {"href": "/stac/search", "method": "POST", "body": {"limit": 4, "collections": ["scenes"]}},
]


@pytest.mark.usefixtures("tied")
@pytest.mark.parametrize("link", FIRST_LINKS)
def test_paging_with_ties_gives_each_item_once_in_order(client, link):
    seen = list(pages(client, link))

    assert [len(ids(page)) for page in seen] == [4, 4, 4, 4, 4, 3]
    assert [each for page in seen for each in ids(page)] == [f"scene-{n:03d}" for n in reversed(range(23))]
    assert {page["numberMatched"] for page in seen} == {23}


@pytest.mark.usefixtures("tied")
@pytest.mark.parametrize("link", FIRST_LINKS)
def test_paging_back_gives_the_same_pages(client, link):
    forward = list(pages(client, link))
    page, backward = forward[-1], [forward[-1]]
    while link := next((each for each in page["links"] if each["rel"] == "prev"), None):
        post = link.get("method") == "POST"
        answer = client.post(link["href"], link["body"], format="json") if post else client.get(link["href"])
        page = answer.json()
        backward.insert(0, page)

    assert [ids(page) for page in backward] == [ids(page) for page in forward]


def test_paging_of_exactly_full_page_has_no_next(client):
    add_items(add_collection(), 4)

    (page,) = pages(client, {"href": "/stac/search?limit=4"})

    assert len(ids(page)) == 4


def test_paging_while_items_come_and_go_repeats_and_misses_nothing(client, tied):
    seen = []
    for number, page in enumerate(pages(client, {"href": "/stac/search?limit=4"})):
        seen += ids(page)
        # Newer ones before the position, older ones behind it, and the last one seen is deleted.
        add_item(tied, f"new-{number}", start=EPOCH + timedelta(days=100))
        add_item(tied, f"old-{number}", start=EPOCH - timedelta(days=100 + number))
        Item.objects.filter(item_id=seen[-1]).delete()
        if number > 20:
            break

    before = [each for each in seen if each.startswith("scene-")]
    assert before == [f"scene-{n:03d}" for n in reversed(range(23))]
    assert len(seen) == len(set(seen))


@pytest.mark.usefixtures("tied")
def test_paging_post_link_carries_the_whole_body(client):
    body = {"limit": 4, "bbox": [0, 0, 90, 90]}

    page = client.post("/stac/search", body, format="json").json()

    link = next(each for each in page["links"] if each["rel"] == "next")
    assert link["method"] == "POST"
    assert link["merge"] is False
    assert link["body"] == {**body, "token": link["body"]["token"]}


@pytest.mark.usefixtures("tied")
def test_search_page_costs_three_queries_whatever_its_size(client):
    for limit in (1, 20):
        assert _reads(client, "/stac/search", {"limit": limit, "bbox": "0,0,90,90"}) == 3
        assert _reads(client, "/stac/collections/scenes/items", {"limit": limit}) == 4


def _reads(client, path, query) -> int:
    """How often tables are read for an answer; a time limit on it reads none."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, query).status_code == 200
    return sum(" FROM " in each["sql"] for each in captured)


@pytest.mark.usefixtures("tied")
def test_fetch_page_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        fetch_page(Item.objects.all(), limit=10)


@pytest.mark.usefixtures("tied")
@pytest.mark.parametrize("descending", [False, True])
def test_fetch_page_by_nullable_key_with_ties_goes_through_all_and_back(descending):
    for number, item in enumerate(Item.objects.order_by("pk_id")):
        item.bbox, item.datetime = None, None if number % 3 == 0 else EPOCH + timedelta(days=number % 4)
        item.save()
    order = (OrderKey("datetime", descending=descending, nullable=True), OrderKey("pk_id"))
    forward, token = [], None
    while True:
        page = fetch_page(Item.objects.all(), limit=4, token=token, order=order)
        forward.append([item.pk for item in page.items])
        token = page.next_token
        if token is None:
            break
    values = [item.datetime for item in sorted(Item.objects.all(), key=lambda item: item.pk_id)]
    present = sorted({value for value in values if value}, reverse=descending)
    expected = [item.pk for value in [*present, None] for item in Item.objects.filter(datetime=value).order_by("pk_id")]
    assert [pk for page_ids in forward for pk in page_ids] == expected

    backward = [forward[-1]]
    while page.prev_token:
        page = fetch_page(Item.objects.all(), limit=4, token=page.prev_token, order=order)
        backward.insert(0, [item.pk for item in page.items])
    assert backward == forward


@pytest.mark.usefixtures("tied")
def test_fetch_page_with_token_of_another_order_is_refused():
    token = write_token(Item.objects.earliest("pk_id"), order=NEWEST_FIRST, backward=False)

    with pytest.raises(InvalidParameter, match=r"^token: "):
        fetch_page(Item.objects.all(), limit=1, token=token, order=(OrderKey("pk_id"),))
