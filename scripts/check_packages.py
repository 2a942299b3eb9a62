"""Check what is in the built packages: the web client without its sources, types, licence, one version."""

import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

# Of a wheel: what has to be there, as the beginning of a name or the whole.
NEEDED = {
    "geodata_site": (
        *("geodata/py.typed", "catalog/py.typed", "tiles/py.typed", "frontend/py.typed"),
        *("frontend/static/frontend/dist/manifest.json", "frontend/templates/frontend/base.html"),
        *("tiles/static/tiles/viewer.js", "tiles/templates/tiles/viewer.html", "catalog/migrations/0001_initial.py"),
    ),
    "geodata_tiles": ("tiles/py.typed", "tiles/static/tiles/viewer.js", "tiles/templates/tiles/viewer.html"),
}
SOURCES = (".ts", ".map", ".pyc", "package.json", "package-lock.json", "biome.json", ".npmrc")


def problems_of(wheel: Path) -> list[str]:
    """Return what is wrong with a wheel and the source distribution beside it."""
    distribution, version = wheel.name.split("-")[:2]
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = f"{distribution}-{version}.dist-info"
        metadata = archive.read(f"{info}/METADATA").decode()
    wrong = [f"{name} is missing" for name in NEEDED[distribution] if name not in names]
    wrong += [f"{name} is no part of it" for name in sorted(names) if name.endswith(SOURCES) or "node_modules" in name]
    if distribution == "geodata_tiles":
        wrong += [f"{name} is no part of it" for name in sorted(names) if not name.startswith(("tiles/", info))]
    if f"{info}/licenses/LICENSE" not in names:
        wrong.append("there is no LICENSE")
    if "\nLicense-Expression: Apache-2.0\n" not in metadata or len(metadata.partition("\n\n")[2]) < 500:
        wrong.append("METADATA has no licence or no README")
    with tarfile.open(wheel.with_name(f"{distribution}-{version}.tar.gz")) as source:
        beside = {name.partition("/")[2] for name in source.getnames()}
    wrong += [f"the source distribution has no {name}" for name in ("LICENSE", "README.md") if name not in beside]
    return [f"{wheel.name}: {each}" for each in wrong]


def main(folder: Path, say: Callable[[str], object]) -> int:
    """Say what is wrong with the packages of a folder, or list them; return how the process ends."""
    wheels = sorted(folder.glob("*.whl"))
    wrong = [each for wheel in wheels for each in problems_of(wheel)]
    names, versions = zip(*(wheel.name.split("-")[:2] for wheel in wheels), strict=True)
    if sorted(names) != sorted(NEEDED) or len(set(versions)) != 1:
        wrong.append(f"wanted is one wheel of each of {', '.join(NEEDED)}, of one version")
    for each in wrong or [f"{path.name}  {path.stat().st_size:,} bytes" for path in sorted(folder.iterdir())]:
        say(each)
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), print))
