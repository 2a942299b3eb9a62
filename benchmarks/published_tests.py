"""Runs the test modules that django-large-image publishes against our mixins: ``python -m benchmarks.published_tests``.

Its repository is cloned beside the benchmarks' imagery, or named: ``… published_tests CHECKOUT``. Nothing of it is
changed: `benchmarks/django_large_image_tests` holds an app of the names that its tests import, with our mixins. Two of
its sample files lie in the repository; for the others, which are downloads, pictures of the same kind are drawn.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.places import CACHE, PROJECT
from tests.services.object_store import run_object_store

REPOSITORY = "https://github.com/girder/django-large-image"
SITE = PROJECT / "benchmarks" / "django_large_image_tests"
TESTS = Path("project/example/core/tests")
GEOTIFF = Path("demo/myimages/imagefiles/tests/rgb_geotiff.tiff")


def checkout() -> Path:
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    folder = CACHE / "django-large-image-repository"
    if not folder.exists():
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", REPOSITORY, folder], check=True)
    return folder


def main() -> int:
    repository, work = checkout(), CACHE / "published-tests"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(SITE, work)
    shutil.copytree(repository / TESTS, work / "example" / "core" / "tests")
    shutil.copy(repository / GEOTIFF, work / "rgb_geotiff.tiff")
    with run_object_store() as store:
        store.client.create_bucket(Bucket="published-tests")
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{work}:{PROJECT}", **store.environment}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--continue-on-collection-errors",
            "--rootdir",
            str(work),
            "-c",
            str(work / "pytest.ini"),
        ]
        return subprocess.run([*command, "example"], cwd=work, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
