"""Run a command with ``DATABASE_URL`` naming a new PostGIS: ``python -m tests.services.on_postgis pytest …``."""

import os
import subprocess
import sys

from .postgis import run_postgis

if __name__ == "__main__":
    with run_postgis() as url:
        code = subprocess.run(sys.argv[1:], check=False, env={**os.environ, "DATABASE_URL": url}).returncode
    sys.exit(code)
