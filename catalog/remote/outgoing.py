"""Know whether this process' connections are judged by their address when made, so that no redirect leads inside."""

from dataclasses import dataclass

from django.conf import settings

from catalog.errors import NotAllowed


@dataclass(slots=True)
class _Process:
    judged: bool = False


_process = _Process()


def declare_judged(judged: bool) -> None:  # noqa: FBT001  What it declares is its name.
    """Note whether a gate stands in this process; who starts the site knows."""
    _process.judged = judged


def require_judged_for_strangers(*, is_staff: bool) -> None:
    """Raise NotAllowed for anybody but staff where nothing but the location's own text would be judged."""
    if _process.judged or is_staff or settings.OUTER_FIREWALL:
        return
    raise NotAllowed(
        "Remote locations are read here for staff alone: this site's network gate is not in place. Upload the file.",
        code="gate_missing",
    )
