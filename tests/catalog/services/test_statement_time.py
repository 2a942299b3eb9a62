import time

import pytest
from django.db import connection
from django.test import Client

from catalog.errors import TookTooLong
from catalog.services.statement_time import statement_time_limit
from tests.catalog.factories import ItemFactory

# Counts further than anyone waits, on both engines.
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"

pytestmark = pytest.mark.django_db


def test_statement_time_limit_stops_what_takes_longer():
    began = time.monotonic()
    with pytest.raises(TookTooLong, match="ask for less"), statement_time_limit(0.2), connection.cursor() as cursor:
        cursor.execute(ENDLESS)
    assert time.monotonic() - began < 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_statement_time_limit_ends_with_its_block():
    with statement_time_limit(0.05):
        ItemFactory._meta.model.objects.count()
    time.sleep(0.1)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT count(*) FROM c"
        )
        assert cursor.fetchone() == (300000,)


def test_search_that_takes_too_long_says_so(settings):
    ItemFactory.create_batch(50)
    settings.STAC = {"search_seconds": 0.001}
    branches = [{"op": "=", "args": [{"property": "platform"}, str(number)]} for number in range(300)]
    answer = Client().post(
        "/stac/search", {"filter-lang": "cql2-json", "filter": {"op": "or", "args": branches}}, "application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")
