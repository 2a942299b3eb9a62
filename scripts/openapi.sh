#!/usr/bin/env bash
# Print the OpenAPI document of the native API, as the code says it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
DJANGO_SETTINGS_MODULE=geodata.settings.testing .venv/bin/python manage.py spectacular --format openapi-json --validate --fail-on-warn |
  .venv/bin/python -m json.tool --indent 1 --no-ensure-ascii
