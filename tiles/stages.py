"""Tell how long the stages of what a thread makes take: opening, reading, painting, encoding.

Responses say it in their header `Server-Timing`, which browsers show beside a request and a site's metrics add up.
Source: W3C, Server Timing. Kept by plain assignments, since these are the hottest lines of all.
"""

import threading


class _Stages(threading.local):
    """Hold this thread's milliseconds by stage; whoever answers a request begins with an empty dictionary."""

    taken: dict[str, float]

    def __init__(self) -> None:
        self.taken = {}


STAGES = _Stages()
# Called with a stage and its milliseconds: no function of ours.
write_stage = "{0[0]};dur={0[1]:.2f}".format
# Of content that a cache had.
FROM_CACHE = "cache;desc=hit"
