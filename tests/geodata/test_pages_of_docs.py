"""The documentation is served where it was built, and nowhere named where it wasn't."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse


@pytest.fixture
def pages(tmp_path, settings) -> Path:
    settings.DOCS_DIR = str(tmp_path)
    (tmp_path / "index.html").write_text("<h1>Geodata</h1>")
    (tmp_path / "how-to").mkdir()
    (tmp_path / "how-to" / "slides.html").write_text("<h1>Slides</h1>")
    (tmp_path.parent / "secret.txt").write_text("secret")
    return tmp_path


def text(answer) -> str:
    return b"".join(answer.streaming_content).decode()


@pytest.mark.usefixtures("pages")
def test_pages_are_served_with_a_policy_of_their_own(client: Client):
    first = client.get("/docs/")
    assert (first.status_code, text(first)) == (200, "<h1>Geodata</h1>")
    assert "frame-ancestors 'none'" in first["Content-Security-Policy"]
    assert "unsafe" not in first["Content-Security-Policy"]
    page = client.get("/docs/how-to/slides.html")
    assert (page["Content-Type"], text(page)) == ('text/html; charset="utf-8"', "<h1>Slides</h1>")
    assert client.get("/docs").status_code == 302
    for path in ("/docs/../secret.txt", "/docs/%2e%2e/secret.txt", "/docs/none.html"):
        assert client.get(path).status_code == 404


@pytest.mark.usefixtures("pages")
@pytest.mark.django_db
def test_pages_of_the_site_lead_there(client: Client):
    assert 'href="/docs/"' in client.get(reverse("frontend:home")).content.decode()


@pytest.mark.django_db
def test_without_them_nothing_does(settings, tmp_path, client: Client):
    settings.DOCS_DIR = str(tmp_path / "nowhere")
    assert 'href="/docs/"' not in client.get(reverse("frontend:home")).content.decode()
    assert client.get("/docs/").status_code == 404


def test_inline_scripts_of_a_page_become_files_that_it_names(tmp_path):
    hook = Path(__file__).parents[2] / "scripts" / "docs_hook.py"
    page = SimpleNamespace(file=SimpleNamespace(dest_uri="how-to/a.html"))
    data = '<script id="a" type="application/json">{}</script>'
    move_scripts = runpy.run_path(str(hook))["on_post_page"]
    output = move_scripts(f"<script>let a = 1</script>{data}", page=page, config={"site_dir": str(tmp_path)})
    [script] = (tmp_path / "assets" / "inline").iterdir()
    assert script.read_text() == "let a = 1"
    assert output == f'<script src="../assets/inline/{script.name}"></script>{data}'
