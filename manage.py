#!/usr/bin/env python
"""Django's command line for the Geodata site."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geodata.settings.embedded")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  Settings must be named first.
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"This site can't start. {error}")


if __name__ == "__main__":
    main()
