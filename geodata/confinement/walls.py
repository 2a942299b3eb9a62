"""Confine the running process before it reads anything of a stranger's, and say how far that went."""

import logging
from pathlib import Path

from django.conf import settings

from catalog.remote import outgoing
from geodata.confinement import gate, landlock, paths

logger = logging.getLogger(__name__)


def confine_process() -> None:
    """Close the gate and give up the rest of the file system, as far as settings and kernel go."""
    outgoing.declare_judged(gate.close())
    paths.use_temporary_folder()
    if settings.LANDLOCK and landlock.abi_version():
        landlock.restrict(read=paths.readable(), write=_made(paths.writable()))


def log_walls() -> None:
    """Say in the log which walls stand."""
    logger.info("%s. %s.", describe_gate(), describe_landlock())


def describe_gate(*, missing: str | None = None) -> str:
    """Return the sentence that says whether connections to private addresses are refused.

    Args:
        missing: Why processes that are started from here will have no gate, empty where they will; None to tell of
            this process.
    """
    if not settings.GATE:
        return f"Gate: off by GEODATA_GATE; {_consequence()}"
    if missing is None:
        missing = "" if gate.stands() else "it was not preloaded"
    if not missing:
        return "Gate: connections to private addresses are refused"
    return f"Gate: not there ({missing}); {_consequence()}"


def describe_landlock() -> str:
    """Return the sentence that says whether the kernel keeps the process to the site's own files."""
    if not settings.LANDLOCK:
        return "Landlock: off by GEODATA_LANDLOCK"
    version = landlock.abi_version()
    if not version:
        return "Landlock: not on this kernel; processes read whatever their user may"
    return f"Landlock: on (version {version}); processes keep to code, data and temporary folder"


def _consequence() -> str:
    if settings.OUTER_FIREWALL:
        return "GEODATA_OUTER_FIREWALL says that something outside does it"
    return "remote locations are ingested for staff alone"


def _made(folders: list[Path]) -> list[Path]:
    """Make the folders that aren't there: one that comes later would not be covered."""
    for folder in folders:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
    return folders
