"""Fill a running site with the demo's imagery: ``python -m geodata.demo SITE DATA-FOLDER``."""

import sys
from pathlib import Path

from geodata.demo.load import load_demo

if __name__ == "__main__":
    sys.exit(load_demo(site=sys.argv[1], data_dir=Path(sys.argv[2])))
