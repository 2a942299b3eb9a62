"""One request, one thread: libraries' own thread pools only take turns at what the server's threads already share."""

import cv2
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def use_one_thread() -> None:
    """Keep BLAS and OpenCV from starting threads of their own, in this process.

    For the small matrices of one tile, BLAS' threads cost eight times what they compute.
    """
    threadpool_limits(limits=1, user_api="blas")
    cv2.setNumThreads(1)
