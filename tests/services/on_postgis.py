"""Run a command with ``DATABASE_URL`` naming a new PostGIS: ``python -m tests.services.on_postgis pytest …``."""

import os
import subprocess
import sys

from tests.services.postgis import run_postgis

if __name__ == "__main__":
    with run_postgis() as url:
        # Named, because importing the site's package here has chosen the embedded settings by default.
        environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "geodata.settings.testing"}
        code = subprocess.run(sys.argv[1:], check=False, env=environment).returncode
    sys.exit(code)
