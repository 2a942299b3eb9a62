"""Bringing imagery in by the page, through a real broker and a real worker."""

import re

import pytest
from playwright.sync_api import expect

from catalog.models import Membership
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.factories import CollectionFactory
from tests.catalog.imagery import write_scene
from tests.e2e.maps import PATIENCE
from tests.e2e.pictures import screenshot

pytestmark = pytest.mark.django_db(transaction=True)


def test_ingest_page_takes_urls_and_files_to_items(worker, visitor, signed_in, file_server, tmp_path):
    del worker, signed_in
    write_scene(file_server.folder / "scene.tif")
    write_scene(tmp_path / "upload.tif", epsg=32632)
    (file_server.folder / "text.tif").write_text("This is not an image.\n" * 50)
    page = visitor.open("/ingest/")
    page.get_by_label("Id", exact=True).fill("field-work")
    page.get_by_label("Title", exact=True).fill("Field work")
    page.get_by_label("URLs").fill(f"{file_server.url}/scene.tif\n{file_server.url}/text.tif\n")
    page.locator("input[type=file]").set_input_files(tmp_path / "upload.tif")
    page.get_by_role("button", name="Start ingest").click()

    job = page.locator(".job")
    expect(job).to_have_attribute("data-state", "finished", timeout=2 * PATIENCE)
    expect(page).to_have_url(re.compile(r"\?job="))
    expect(job.locator(".source[data-state=succeeded]")).to_have_count(2)
    failed = job.locator(".source[data-state=failed]")
    expect(failed).to_contain_text("text.tif")
    expect(failed.locator("code")).to_have_text("not_an_image")
    screenshot(page.locator("body"), "ingest")

    write_scene(file_server.folder / "text.tif", epsg=32634)
    page.get_by_role("button", name="Retry failed").click()
    expect(job.locator(".source[data-state=succeeded]")).to_have_count(3, timeout=2 * PATIENCE)
    page.get_by_role("link", name="See them on the map").click()
    expect(page.locator(".result[data-key]")).to_have_count(3)
    expect(page.locator("geo-map")).to_have_attribute("data-ready", "")


def test_ingest_page_says_what_is_missing(visitor, signed_in):
    del signed_in
    page = visitor.open("/ingest/")
    page.get_by_role("button", name="Start ingest").click()
    expect(page.get_by_role("alert")).to_have_text("Give at least one URL, prefix or file.")


def test_ingest_page_shows_the_servers_refusal(visitor, signed_in):
    del signed_in
    visitor.expected.append("400")
    page = visitor.open("/ingest/")
    page.get_by_label("Id", exact=True).fill("not/an/id")
    page.get_by_label("URLs").fill("https://example.org/a.tif")
    page.get_by_role("button", name="Start ingest").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("slash"))


def test_ingest_page_of_stranger_leads_to_sign_in(visitor):
    page = visitor.open("/ingest/")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/sign-in/\?next=/ingest/"))


def test_ingest_page_takes_stac_links_and_folders(visitor, signed_in):
    """What is posted; the worker is not needed for that."""
    del signed_in
    visitor.expected.append("400")
    page = visitor.open("/ingest/")
    page.get_by_label("Id", exact=True).fill("field-work")
    page.get_by_label("URLs").fill("https://example.org/a.tif\ns3://bucket/folder/\ns3://bucket/*.tif")
    page.get_by_label("STAC links").fill("https://example.org/catalog.json")
    refusal = {"code": "x", "description": "Not now."}
    page.route("**/api/ingests/", lambda route: route.fulfill(status=400, json=refusal))
    with page.expect_request("**/api/ingests/") as posted:
        page.get_by_role("button", name="Start ingest").click()
    assert posted.value.post_data_json["sources"] == [
        {"href": "https://example.org/a.tif"},
        {"prefix": "s3://bucket/folder/"},
        {"prefix": "s3://bucket/*.tif"},
        {"stac": "https://example.org/catalog.json"},
    ]
    expect(page.get_by_role("alert")).to_have_text("Not now.")


def test_ingest_page_shows_warnings_and_tries_one_source_again(visitor, signed_in, file_server):
    collection = CollectionFactory(id="trial")
    Membership.objects.create(collection=collection, user=signed_in, role=Membership.Role.OWNER)
    names = ("first.tif", "second.tif")
    sources = [SourceSpec(href=f"{file_server.url}/{name}") for name in names]
    job = create_job(user=signed_in, collection_id="trial", sources=sources)
    job.sources.update(state="failed", error_code="gone", error_description="It is gone.")
    first = job.sources.order_by("pk").first()
    first.warnings = [{"code": "odd", "description": "Its name has no date."}]
    first.save()
    page = visitor.open(f"/ingest/?job={job.pk}")
    expect(page.locator(".source").first).to_contain_text("Its name has no date.")
    page.get_by_role("button", name="Try second.tif again").click()
    expect(page.locator(".source[data-state=queued]")).to_contain_text("second.tif")
    expect(page.locator(".source[data-state=failed]")).to_contain_text("first.tif")
