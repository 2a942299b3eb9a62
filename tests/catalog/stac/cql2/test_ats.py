"""OGC's abstract test suite of CQL2: every predicate matches exactly as many features as the standard says."""

import json
from pathlib import Path

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.utils import timezone

from catalog.models import AuditEntry, Collection, Item
from catalog.querying.cql2 import compile_filter, parse_text
from tests.catalog.stac.records import EPOCH

DATA = Path(__file__).parents[3] / "data" / "cql2"
CASES = json.loads((DATA / "ats_cases.json").read_text())
assert len(CASES) == 139


def lines(name):
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def features(django_db_setup, django_db_blocker):
    """Load the features once for all cases."""
    del django_db_setup
    with django_db_blocker.unblock():
        collections = [Collection.objects.create(id=each["id"]) for each in lines("ats_cols.ndjson")]
        Item.objects.bulk_create(
            Item(
                collection_id=each["collection"],
                item_id=each["id"],
                # As it is: Russia's 180.00000000000014° is more than documents may have.
                geometry=GEOSGeometry(json.dumps(each["geometry"]), srid=4326),
                datetime=EPOCH,
                start_datetime=EPOCH,
                end_datetime=EPOCH,
                properties=each["properties"],
            )
            for each in lines("ats_items.ndjson")
        )
        yield
        for collection in collections:
            collection.delete()
        AuditEntry.objects.prune(before=timezone.now())


@pytest.mark.django_db
@pytest.mark.usefixtures("features")
@pytest.mark.parametrize(("conformance", "collection", "predicate", "count"), CASES)
def test_filter_of_abstract_test_suite_matches(conformance, collection, predicate, count):
    condition = compile_filter(parse_text(predicate.replace("geom,", "geometry,")))

    assert Item.objects.filter(condition, collection=collection).count() == count, conformance
