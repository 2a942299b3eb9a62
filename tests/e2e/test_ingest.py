"""Bringing imagery in by the page, through a real broker and a real worker."""

import re

import pytest
from playwright.sync_api import expect

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
