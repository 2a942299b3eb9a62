"""What Django's system checks say of an installation that can't render."""

import sys
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from osgeo import gdal

from tiles.checks import check_tiles


def told() -> dict[str, str]:
    return {str(message.id): f"{message.msg} {message.hint}" for message in check_tiles()}


def test_check_of_a_working_installation_says_nothing():
    assert told() == {}


def test_checks_of_django_include_that_of_tiles(settings):
    settings.TILES = {"cache_alias": "nowhere"}
    assert [message.id for message in run_checks() if str(message.id).startswith("tiles.")] == ["tiles.E003"]


def test_check_without_gdal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "osgeo.gdal", None)
    assert list(told()) == ["tiles.E001"]
    assert "gdal-config --version" in told()["tiles.E001"]
    with pytest.raises(ImproperlyConfigured, match=r"GDAL's Python bindings are missing: .*Install GDAL"):
        apps.get_app_config("tiles").ready()


def test_check_of_gdal_without_numpy_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "osgeo.gdal_array", None)
    assert list(told()) == ["tiles.E002"]
    assert "built without numpy" in told()["tiles.E002"]
    assert "--no-build-isolation" in told()["tiles.E002"]


def test_check_of_versions_that_differ_names_both(monkeypatch):
    monkeypatch.setitem(sys.modules, "osgeo.gdal", SimpleNamespace(__version__="1.2.3", VersionInfo=gdal.VersionInfo))
    found = told()
    assert list(found) == ["tiles.W001"]
    assert "1.2.3" in found["tiles.W001"]
    assert gdal.VersionInfo("RELEASE_NAME") in found["tiles.W001"]


@pytest.mark.parametrize(("alias", "expected"), [("", []), ("default", []), ("nowhere", ["tiles.E003"])])
def test_check_of_the_cache_wants_its_alias_or_none(settings, alias, expected):
    settings.TILES = {"cache_alias": alias}
    assert list(told()) == expected
