"""The STAC community's own validator, with all the classes it knows, finds nothing to object to."""

import json
import subprocess
import sys
from pathlib import Path

from tests.catalog.stac.outside.conftest import Served

REPOSITORY = Path(__file__).resolve().parents[4]
CONFORMANCE = (
    *("core", "browseable", "collections", "features", "children", "filter", "transaction", "item-search"),
    *("item-search#sort", "item-search#fields", "item-search#query", "item-search#filter", "features#filter"),
    *("features#sort", "features#fields", "features#query"),
)
AREA = {"type": "Polygon", "coordinates": [[[-20, 30], [40, 30], [40, 70], [-20, 70], [-20, 30]]]}
QUERY = {
    "comparison-field": "eo:cloud_cover",
    "eq-value": "6.5",
    "neq-value": "6.5",
    "lt-value": "12",
    "lte-value": "6.5",
    "gt-value": "12",
    "gte-value": "6.5",
    "substring-field": "s2:product_uri",
    "starts-with-value": "S2A",
    "ends-with-value": "1.SAFE",
    "contains-value": "MSIL2A_00",
    "in-field": "instruments",
    "in-values": "oli,msi",
}


# What it warns of and we do on purpose: any part of an item tells what it is part of, and a collection is its owner's.
ON_PURPOSE = ("contained extra fields", "has these stac-check recommendations: ")


def test_stac_api_validator_with_all_classes_finds_no_error(served: Served):
    options = {
        "root-url": served.stac,
        "collection": "scenes",
        "geometry": json.dumps(AREA),
        "auth-bearer-token": served.token,
        "transaction-collection": "scratch",
        "fields-nested-property": "properties.eo:cloud_cover",
        **{f"query-{name}": value for name, value in QUERY.items()},
    }
    command = [
        *(sys.executable, "-m", f"{__package__}.offline_validator", "--validate-pagination"),
        *(part for name in CONFORMANCE for part in ("--conformance", name)),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]

    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=240)

    # It ends with 0 also when it broke, so what counts is what it says at the end.
    said = [line for line in done.stdout.splitlines() if not line.startswith(("INFO:", "WARNING:"))]
    print(*said, sep="\n")  # noqa: T201  The totals, for who runs this test with -s.
    unexpected = [line for line in said if line[:2] == "- " and not any(each in line for each in ON_PURPOSE)]
    assert unexpected == [], done.stderr
    assert said[-1] == "Errors: none", f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0
