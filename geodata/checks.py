"""Tell at the start, and by `manage.py check`, what of the environment is not as the site needs it."""

from typing import Any

from django.core.checks import CheckMessage, Warning  # noqa: A004  Django calls it so.

from geodata.settings.base import env


def check_variables(**_: Any) -> list[CheckMessage]:
    """Warn of variables that are meant for the site and that nothing reads: a letter may be missing."""
    return [
        Warning(
            f"{name} is set, and nothing reads it.",
            hint=f"Did you mean {likely}?" if likely else "`.env.example` lists all that are read.",
            id="geodata.W001",
        )
        for name, likely in env.unread().items()
    ]
