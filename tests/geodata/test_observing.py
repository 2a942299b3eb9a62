import json
import logging
import re
from pathlib import Path

import pytest
import yaml
from django.contrib.auth.models import User

from geodata.observing.logs import REQUEST_ID, Belonging
from geodata.observing.metrics import ManyHistogram
from geodata.observing.requests import followed, route_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging" / "observing"
NAME = re.compile(r"geodata_\w+")

pytestmark = pytest.mark.django_db


def metrics(client, **headers: str) -> str:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_metrics_strangers_are_refused(client, settings):
    settings.METRICS_TOKEN = "collector"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 403
        assert answer.json()["code"] == "Forbidden"


def test_metrics_without_token_no_token_opens_them(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


def test_metrics_ordinary_user_is_refused_staff_is_not(client):
    client.force_login(User.objects.create_user("somebody"))
    assert client.get("/metrics").status_code == 403
    client.force_login(User.objects.create_user("operator", is_staff=True))
    assert 'geodata_ingest_sources{state="queued"} 0.0' in metrics(client)


def test_metrics_tell_what_was_asked_for(client, settings):
    settings.METRICS_TOKEN = "collector"
    series = 'geodata_request_seconds_count{route="search",status="418"}'

    def count() -> float:
        found = re.search(
            rf"^{re.escape(series)} (\S+)$", metrics(client, Authorization="Bearer collector"), re.MULTILINE
        )
        return float(found[1]) if found else 0.0

    before = count()
    ask("/stac/search", status="418 I'm a teapot")
    assert count() == before + 1


def test_many_observations_are_counted_as_one_after_another():
    # Imported once its folder is named.
    from prometheus_client import CollectorRegistry, generate_latest

    amounts = [0.0, 0.5, 0.50001, 1.0, 7.0]
    registries = CollectorRegistry(), CollectorRegistry()
    together, singly = (ManyHistogram("taken_seconds", "", buckets=(0.5, 1.0), registry=each) for each in registries)
    together.observe_all(amounts)
    for amount in amounts:
        singly.observe(amount)
    told = [re.sub(r"taken_seconds_created.*\n", "", generate_latest(each).decode()) for each in registries]
    assert told[0] == told[1]
    assert 'taken_seconds_bucket{le="0.5"} 2.0' in told[0]


def ask(path: str, *, status: str = "200 OK", timing: str = "", **environ: str) -> dict[str, str]:
    """Return the headers of an answer by an application that does nothing."""
    headers: dict[str, str] = {}

    def application(_, start_response):
        headers["seen"] = REQUEST_ID.get()
        start_response(status, [("Server-Timing", timing)] if timing else [])
        return []

    followed(application)({"PATH_INFO": path, **environ}, lambda _, found: headers.update(found))
    return headers


def test_request_id_of_a_proxy_is_kept():
    assert ask("/", HTTP_X_REQUEST_ID="proxy-0123456789") == {
        "seen": "proxy-0123456789", "X-Request-ID": "proxy-0123456789"
    }  # fmt: skip
    assert REQUEST_ID.get() == ""


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "has space in it", "new\nline-of-log"])
def test_request_id_that_is_none_is_replaced(given):
    headers = ask("/", HTTP_X_REQUEST_ID=given)
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-ID"])
    assert headers["seen"] == headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "pages"),
        ("/explore/", "pages"),
        ("/stac", "stac"),
        ("/stac/search", "search"),
        ("/stac/collections/a/items", "search"),
        ("/stac/collections/a/items/b", "stac"),
        ("/tiles/a/b/data/tiles/1/0/0.webp", "tiles"),
        ("/nobody/knows", "pages"),
        ("", "pages"),
    ],
)
def test_routes_are_few(path, route):
    assert route_of(path) == route


def test_log_record_bears_the_request():
    record = logging.LogRecord("any", logging.INFO, "", 1, "", (), None)
    token = REQUEST_ID.set("one")
    Belonging().filter(record)
    REQUEST_ID.reset(token)
    assert record.request_id == "one"


def test_dashboard_and_alerts_name_metrics_that_there_are(client, settings):
    settings.METRICS_TOKEN = "collector"
    ask("/tiles/a", timing="open;dur=1.00, total;dur=2.50")
    told = set(re.findall(r"^# TYPE (\S+)", metrics(client, Authorization="Bearer collector"), re.MULTILINE))
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]] + [rule["expr"] for rule in rules]
    names = {re.sub("_(bucket|count|sum)$", "", name) for expression in asked for name in NAME.findall(expression)}
    assert names <= told
    assert all(rule["annotations"]["summary"] for rule in rules)
