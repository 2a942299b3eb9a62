"""What the site writes into its logs, for people or for machines."""

from typing import Any

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def log_settings(form: str, *, level: str) -> dict[str, Any]:
    """Return Django's LOGGING: ``line`` for people, ``json`` for machines, with the request that led to each line."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "{asctime}{levelname}{name}{message}",
                "style": "{",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            },
        },
        "filters": {"belonging": {"()": "geodata.observing.logs.Belonging"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["belonging"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},  # A 404 of a tile is an answer, not a warning.
            "axes": {"level": "WARNING"},  # It tells of each sign-in that went well.
        },
    }
