"""A worker's time limit is no fault of the file's: it is told as what it is."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from catalog.extraction.extracting import reading


def test_time_limit_passes_through_what_reads_a_file():
    with pytest.raises(SoftTimeLimitExceeded), reading("a.tif"):
        raise SoftTimeLimitExceeded
