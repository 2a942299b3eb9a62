"""What web clients on other origins may read."""

import pytest

ELSEWHERE = {"Origin": "https://maps.example.org"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/stac/", "/stac/search", "/tiles/none/none/none/tilejson.json"])
def test_reading_from_another_origin_is_allowed_without_cookies(client, path):
    answer = client.get(path, headers=ELSEWHERE)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


def test_searching_by_post_from_another_origin_passes_the_preflight(client):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = client.options("/stac/search", headers=ELSEWHERE | asked)
    assert answer.status_code == 200
    assert "content-type" in answer["Access-Control-Allow-Headers"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/collections/", "/", "/admin/login/"])
def test_the_rest_of_the_site_is_for_its_own_pages(client, path):
    assert "Access-Control-Allow-Origin" not in client.get(path, headers=ELSEWHERE)
