"""A live site with the built bundle, real imagery on it, and a browser that tells what went wrong."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from django_vite.core.asset_loader import DjangoViteAssetLoader
from playwright.sync_api import BrowserContext, Page, Request, expect

from catalog.models import Collection, IngestSource, Membership
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from frontend import bundle
from tests.catalog.factories import CollectionFactory, UserFactory
from tests.catalog.imagery import write_scene
from tests.e2e.maps import PATIENCE
from tests.e2e.pictures import write_picture
from tests.services.file_server import FileServer
from tests.tiles.example_project import add_picture, run_example
from tests.tiles.rasters import Recipe, write
from tests.tiles.slides import write_pyramid

# Of every state that a test waits for: Playwright's five seconds are little beside other tests.
expect.set_options(timeout=PATIENCE)
FRONTEND = Path(bundle.__file__).parent
SOURCES = ("src", "package-lock.json", "vite.config.ts")
CHROMIUM = "/usr/bin/chromium"
# No GPU and no sandbox where tests run; and nothing the browser would ask its maker for.
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def base_url() -> None:
    """Leave the site's address to each test: pytest-playwright's fixture of this name warns under pytest 9."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    executable = {"executable_path": CHROMIUM} if Path(CHROMIUM).exists() else {}
    return {**browser_type_launch_args, **executable, "args": LAUNCH_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}


def _is_stale(manifest: Path) -> bool:
    if not manifest.exists():
        return True
    built = manifest.stat().st_mtime
    roots = [FRONTEND / name for name in SOURCES]
    files = [path for root in roots for path in (root.rglob("*") if root.is_dir() else [root])]
    return any(path.stat().st_mtime > built for path in files)


@pytest.fixture(scope="session")
def built_bundle() -> None:
    """Build the bundle by Vite from the sources as they are now."""
    if not _is_stale(bundle.DIST / "manifest.json"):
        return
    npm = shutil.which("npm")
    if npm is None or not (FRONTEND / "node_modules").exists():
        pytest.fail("frontend/ is not built: run `npm ci` and `npm run build` in it.")
    subprocess.run([npm, "run", "build"], cwd=FRONTEND, check=True, capture_output=True)


@pytest.fixture
def site(settings, built_bundle: None, live_server, monkeypatch) -> str:
    """Address of a running site whose pages use the built bundle; no slash at its end."""
    del built_bundle
    settings.DJANGO_VITE = bundle.vite_settings()
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)
    return str(live_server.url)


@dataclass
class Visitor:
    """A browser's page on the site, and what its console and its requests complained about."""

    page: Page
    site: str
    problems: list[str] = field(default_factory=list)
    # Patterns of problems that a test provokes.
    expected: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.site}{path}")
        return self.page

    def unexpected(self) -> list[str]:
        return [each for each in self.problems if not any(re.search(pattern, each) for pattern in self.expected)]

    def watch(self) -> None:
        self.page.on("console", lambda m: self._note(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(f"uncaught: {error}"))
        self.page.on("request", self._check)

    def _check(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self._note(f"left the site: {request.url}")

    def _note(self, problem: str) -> None:
        self.problems.append(problem)


@pytest.fixture
def visitor(page: Page, site: str) -> Iterator[Visitor]:
    """Somebody in a browser. The test fails if the console complains or a request leaves the site."""
    visitor = Visitor(page, site)
    visitor.watch()
    yield visitor
    assert visitor.unexpected() == []


@pytest.fixture
def owner(transactional_db: None) -> User:
    del transactional_db
    return UserFactory(username="owner")


def _collection(owner: User, collection_id: str, title: str) -> Collection:
    collection = CollectionFactory(id=collection_id, title=title)
    Membership.objects.create(collection=collection, user=owner, role=Membership.Role.OWNER)
    return collection


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two scenes of 2024-05-01, at 15 and at 9 degrees east, and a picture that lies nowhere."""
    folder = tmp_path_factory.mktemp("images")
    write_scene(folder / "east.tif", epsg=32633)
    write_scene(folder / "west.tif", epsg=32632)
    write_picture(folder / "slide.tif")
    return folder


@pytest.fixture
def imagery(owner: User, file_server: FileServer, images: Path) -> None:
    """Ingest the images: the scenes into one collection, the picture into another."""
    shutil.copytree(images, file_server.folder, dirs_exist_ok=True)
    for title, names in {"Scenes": ("east.tif", "west.tif"), "Slides": ("slide.tif",)}.items():
        collection = _collection(owner, title.lower(), title)
        sources = [SourceSpec(href=f"{file_server.url}/{name}") for name in names]
        job = create_job(user=owner, collection_id=collection.pk, sources=sources)
        for pk in job.sources.values_list("pk", flat=True):
            process_source(pk)
    failed = IngestSource.objects.exclude(state=IngestSource.State.SUCCEEDED)
    assert not failed, list(failed.values("href", "error_code", "error_description"))


@pytest.fixture
def signed_in(context: BrowserContext, owner: User, site: str) -> User:
    """Give the browser the session of `owner`."""
    client = Client()
    client.force_login(owner)
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    return owner


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the example project with a slide (1), a scene (2) and a text (3)."""
    folder = tmp_path_factory.mktemp("example")
    text = folder / "notes.txt"
    text.write_text("No image.")
    pictures = {
        "A slide": write_pyramid(folder / "slide.tif", width=2000, height=1400),
        "<b>A scene</b>": Path(write(Recipe(), folder / "scene.tif")),
        "A text": text,
    }
    with run_example(folder) as address:
        for number, (title, path) in enumerate(pictures.items(), start=1):
            assert add_picture(address, path, title=title) == number
        yield address
