import pytest
from django.db import connection
from django.test import Client

from catalog.errors import TookTooLong
from catalog.models import Item
from catalog.querying.statements import statement_time_limit
from tests.catalog.factories import ItemFactory

# Counts further than anyone waits, on both engines.
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
LONG = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT count(*) FROM c"

pytestmark = pytest.mark.django_db


def _answer(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_statement_time_limit_stops_what_takes_longer():
    with pytest.raises(TookTooLong, match="ask for less"), statement_time_limit(0.2):
        _answer(ENDLESS)
    assert _answer("SELECT 1") == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite")
def test_statement_time_limit_ends_with_its_block_on_sqlite():
    with statement_time_limit(0):  # What is that short is done before anybody looks at the clock.
        assert not Item.objects.count()
    assert _answer(LONG) == 300_000


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL")
def test_statement_time_limit_ends_with_its_block_on_postgresql():
    with statement_time_limit(60):
        assert _answer("SHOW statement_timeout") == "1min"
    assert _answer("SHOW statement_timeout") == "0"


def test_search_that_takes_too_long_says_so(settings):
    ItemFactory.create_batch(50)
    settings.STAC = {"search_seconds": 0.001}
    branches = [{"op": "=", "args": [{"property": "platform"}, str(number)]} for number in range(300)]
    answer = Client().post(
        "/stac/search", {"filter-lang": "cql2-json", "filter": {"op": "or", "args": branches}}, "application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")
