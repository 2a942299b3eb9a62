"""Hear from GDAL that a store failed, which the error that a reading ends with seldom says.

A request that is answered 503 is told of as a warning before each new try; what follows is of the format, "not
recognized", "read error at row …", as if the file were damaged. So GDAL is listened to while it reads.
"""

import re
from dataclasses import dataclass, field

from osgeo import gdal

# Statuses that may pass: too many requests, whatever the server takes upon itself (RFC 9110, 15.6), and GDAL's 0 for no
# answer at all.
_STATUS = re.compile(r"HTTP (?:error|response) code(?: on .*)?: ?(?:0|429|5\d\d)\b|\b(?:429|5\d\d): ")
_CONNECTION = re.compile(
    r"timed out|timeout was reached|connection (?:was )?reset|couldn't connect|could not connect|"
    r"could not resolve|couldn't resolve|too slow|empty reply",
    re.IGNORECASE,
)
_RETRY = "Retrying again"


@dataclass(slots=True)
class Faults:
    """Hold what a store failed at: `told` in GDAL's words, and whether it did to the last try of some request.

    `note` is an error handler for `gdal.PushErrorHandler`, which is a thread's own.
    """

    told: list[str] = field(default_factory=list)
    is_final: bool = False

    def __bool__(self) -> bool:
        return bool(self.told)

    def note(self, severity: int, _number: int, message: str) -> None:
        """Take down what GDAL says, if it is of the store."""
        if not _STATUS.search(message) and not _CONNECTION.search(message):
            return
        # The second warning of the same file is before its last try: GDAL says nothing of how that ends.
        self.is_final |= severity >= gdal.CE_Failure or message.partition(_RETRY)[0] in self.told
        self.told.append(message.partition(_RETRY)[0])
