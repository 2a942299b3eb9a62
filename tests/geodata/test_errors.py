"""Errors that no view answers."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from geodata.errors import permission_denied, server_error


@pytest.mark.parametrize("path", ["/api/nothing/", "/api/files/no-uuid/", "/stac/nothing", "/tiles/a/b/c/nothing"])
def test_api_path_of_no_route_answers_404_as_json(path):
    answer = Client().get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["code"] == "not_found"


def test_page_of_no_route_answers_404_as_html():
    answer = Client().get("/nothing/at/all/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert "There is nothing here" in answer.content.decode()
    assert 'href="/explore/"' in answer.content.decode()


def test_page_that_one_may_not_see_answers_403_with_a_way_home(rf):
    answer = permission_denied(rf.get("/admin/"), PermissionDenied())
    assert answer.status_code == 403
    assert "This account may not see that page" in answer.content.decode()


def test_form_without_its_token_answers_403_in_the_sites_words():
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "The form was not sent" in answer.content.decode()
    assert 'class="site-header"' in answer.content.decode()


def test_request_of_a_host_that_is_not_ours_answers_400_as_json():
    answer = Client().get("/stac/", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(("path", "kind"), [("/stac/", "application/json"), ("/", "text/html; charset=utf-8")])
def test_failure_answers_as_its_neighbours_do(path, kind):
    answer = server_error(RequestFactory().get(path))
    assert answer.status_code == 500
    assert answer["Content-Type"] == kind
    assert "was noted" in answer.content.decode()
