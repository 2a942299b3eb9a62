"""Which files a process of the site needs, for Landlock: its code and libraries, its data, its temporary folder."""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

# Of the system: libraries and their data, name service, certificates, time zone. Neither /etc nor /proc as a whole:
# accounts and other processes' environments are there.
SYSTEM = (
    *("/usr", "/lib", "/lib64", "/opt"),
    *(f"/etc/{name}" for name in ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "timezone", "mime.types")),
    *(f"/etc/{name}" for name in ("resolv.conf", "hosts", "host.conf", "nsswitch.conf", "gai.conf", "services")),
    *(f"/etc/{name}" for name in ("protocols", "fonts", "ssl/certs", "ssl/openssl.cnf", "ssl/cert.pem")),
    *("/etc/pki/tls/certs", "/etc/pki/ca-trust", "/etc/ca-certificates", "/run/systemd/resolve"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
    *(f"/proc/{name}" for name in ("cpuinfo", "meminfo", "stat", "loadavg", "version", "filesystems")),
    *("/sys/devices/system/cpu", "/sys/fs/cgroup"),
)
# Of this process; each has its own folder, so that they are named when it is known which.
OF_PROCESS = ("maps", "status", "statm", "stat", "cgroup", "mountinfo")
SINKS = ("/dev/null",)


def readable() -> list[Path]:
    """Return what may be read: system, Python, code, collected static files, and what settings name."""
    found = [Path(path) for path in SYSTEM]
    found += [Path(f"/proc/{os.getpid()}/{name}") for name in OF_PROCESS]
    found += [Path(sys.prefix), Path(sys.base_prefix), *_import_folders(), *_packages()]
    found += [Path(settings.STATIC_ROOT), Path(settings.DOCS_DIR), *(Path(folder) for folder in _static_folders())]
    found += [Path(path) for path in settings.LANDLOCK_READ]
    if dem := settings.TILES.get("rpc_dem"):
        found.append(Path(dem).parent)  # With what it is made of, where it is a virtual raster.
    return found


def writable() -> list[Path]:
    """Return what may be written: the data folder, the storage and database in other folders, the local copies."""
    found = [settings.DATA_DIR, temporary_folder(), *(Path(path) for path in SINKS)]
    if copies := settings.TILES.get("copies", {}).get("folder"):
        found.append(Path(copies))
    storage = settings.STORAGES["default"]
    if storage["BACKEND"].endswith("FileSystemStorage"):
        found.append(Path(storage["OPTIONS"]["location"]))
    files = [each["NAME"] for each in settings.DATABASES.values() if str(each["ENGINE"]).endswith("spatialite")]
    return [*found, *(Path(name).parent for name in files)]


def temporary_folder() -> Path:
    """Return the site's own temporary folder: the machine's holds what others leave there."""
    return Path(settings.DATA_DIR) / "tmp"


def use_temporary_folder() -> None:
    """Have Python, and the libraries that ask the environment, write temporary files to the site's own folder."""
    folder = temporary_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["TMPDIR"] = os.environ["CPL_TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)


def _import_folders() -> Iterator[Path]:
    """Yield where Python looks for modules, but the project's root: its `.env` and data lie there too."""
    for entry in sys.path:
        folder = Path(entry or os.curdir).resolve()
        if folder not in {settings.BASE_DIR, Path("/"), Path.home(), Path.cwd()}:
            yield folder


def _packages() -> Iterator[Path]:
    for name in {"geodata", *(app.partition(".")[0] for app in settings.INSTALLED_APPS)}:
        specification = importlib.util.find_spec(name)
        for folder in (specification and specification.submodule_search_locations) or ():
            yield Path(folder)


def _static_folders() -> Iterator[str]:
    for entry in settings.STATICFILES_DIRS:
        yield str(entry[1] if isinstance(entry, tuple) else entry)
