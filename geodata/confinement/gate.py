"""The gate (``gate.c``): built at set-up, preloaded by whoever starts a process, closed by the process itself."""

import ctypes
import hashlib
import ipaddress
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

SOURCE = Path(__file__).with_name("gate.c")
RULES_VARIABLE = "GEODATA_GATE_RULES"
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
DEFAULT_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}
V4_IN_V6_BITS = 96


def library() -> Path:
    """Return where the built gate lies: among Python's own libraries, named by its source."""
    made_from = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    return Path(sys.prefix) / "lib" / f"geodata-gate-{made_from}.so"


def build() -> str:
    """Compile the gate where it isn't yet; return why that can't be, or nothing."""
    target = library()
    if target.exists():
        return ""
    if sys.platform != "linux":
        return "the gate is for Linux"
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return "no C compiler is installed"
    try:
        with tempfile.TemporaryDirectory(prefix="geodata-gate-", dir=target.parent) as folder:
            draft = Path(folder) / target.name
            command = (compiler, "-shared", "-fPIC", "-O2", "-o", str(draft), str(SOURCE))
            subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603  Our own file.
            draft.replace(target)
    except subprocess.CalledProcessError as error:
        return f"the compiler failed: {error.stderr.decode(errors='replace').strip()[-200:]}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"it could not be built: {error}"
    return ""


def environment() -> dict[str, str]:
    """Return the variables that have a process load the gate; none where it is switched off or not built."""
    if not settings.GATE or not library().exists():
        return {}
    others = [entry for entry in os.environ.get("LD_PRELOAD", "").split() if entry != str(library())]
    return {"LD_PRELOAD": " ".join([str(library()), *others])}


def close() -> bool:
    """Close this process' gate, for good and for what it starts; return whether it stands now."""
    loaded = _loaded()
    if loaded is None or not settings.GATE:
        return False
    rules = "\n".join(rules_of_site())
    loaded.gate_close(rules.encode())
    os.environ[RULES_VARIABLE] = rules
    return stands()


def stands() -> bool:
    """Return whether this process' connections are judged."""
    loaded = _loaded()
    return loaded is not None and bool(loaded.gate_is_closed())


def _loaded() -> ctypes.CDLL | None:
    process = ctypes.CDLL(None)
    return process if hasattr(process, "gate_is_closed") else None


def rules_of_site() -> list[str]:
    """Return what may be reached although it isn't public: what settings name for ingest, and the site's services."""
    entries = [*settings.INGEST_ALLOW_PRIVATE, *settings.GATE_SERVICES, *services()]
    return list(dict.fromkeys(rule for entry in entries for rule in rules_of(entry)))


def rules_of(entry: str) -> Iterator[str]:
    """Yield the gate's rules of a network, an address or a name, for one port or all (`10.1.0.0/16`, `store:9000`)."""
    with suppress(ValueError):
        yield _net(entry, port=0)
        return
    host, colon, port = entry.rpartition(":")
    if not colon or not port.isdigit():
        host, port = entry, "0"
    host = host.removeprefix("[").removesuffix("]")
    try:
        yield _net(host, port=int(port))
    except ValueError:
        if host and not set(host) & set(" \n"):
            yield f"name {host} {int(port)}"


def _net(text: str, *, port: int) -> str:
    network = ipaddress.ip_network(text, strict=False)
    if isinstance(network, ipaddress.IPv4Network):
        return f"net ::ffff:{network.network_address} {network.prefixlen + V4_IN_V6_BITS} {port}"
    return f"net {network.network_address} {network.prefixlen} {port}"


def services() -> Iterator[str]:
    """Yield `host:port` of the services that settings name: database, Redis, broker, S3, sign-in, mail, a proxy."""
    for database in settings.DATABASES.values():
        host = str(database.get("HOST") or "")
        if host and not host.startswith("/"):
            yield f"{host}:{database.get('PORT') or 5432}"
    named = [settings.REDIS_URL, settings.CELERY_BROKER_URL, settings.AWS_ENDPOINT_URL, settings.OIDC_ISSUER]
    yield from _hosts_of(named)
    for storage in settings.STORAGES.values():
        yield from _hosts_of([str(storage.get("OPTIONS", {}).get("endpoint_url") or "")])
    if settings.is_overridden("EMAIL_HOST"):  # type: ignore[misc]  # the stubs lack it
        yield f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    yield from _hosts_of(os.environ.get(name, "") for name in PROXY_VARIABLES)


def _hosts_of(urls: Iterable[Any]) -> Iterator[str]:
    for url in urls:
        parts = urlsplit(str(url))
        if parts.hostname:
            yield f"{parts.hostname}:{parts.port or DEFAULT_PORTS.get(parts.scheme, 0)}"
