"""Whether memory that was freed is still the process' own, told by how many pages have to be fetched anew."""

import subprocess
import sys

SCRIPT = """
import resource
import numpy as np
from tiles.process import keep_freed_memory

if {kept}:
    keep_freed_memory()

def work():
    arrays = [np.ones(2**20) for _ in range(4)]

work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*, kept: bool) -> int:
    command = [sys.executable, "-c", SCRIPT.format(kept=kept)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_freed_arrays_are_kept_for_the_next_ones():
    assert faults(kept=True) < faults(kept=False) / 10
