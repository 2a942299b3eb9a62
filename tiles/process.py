"""Set how this process uses its machine: memory kept for the next request, one thread for each request."""

import ctypes

import cv2
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

# Parameters of glibc's mallopt(3).
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
# Bytes. Arrays up to this size are taken from memory that is kept; larger ones always from the system.
KEPT_ARRAY = 16 * 2**20
# Bytes that may lie idle at the end of an arena: the arrays of one preview, or of a sample's statistics.
KEPT_IDLE = 48 * 2**20
# Arenas, each with its idle memory: GDAL and OpenCV allocate little, but much at a time, so they hardly wait.
ARENAS = 2


def keep_freed_memory() -> None:
    """Let this process' C library keep what a request frees. Nothing happens where it isn't glibc.

    Each new page is a fault that the system answers by clearing it: for the arrays of a preview that took longer than
    all arithmetic.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, KEPT_ARRAY)
        mallopt(TRIM_THRESHOLD, KEPT_IDLE)
        mallopt(ARENA_MAX, ARENAS)


def use_one_thread() -> None:
    """Keep BLAS and OpenCV from starting threads of their own: the server's threads share the processors already.

    For the small matrices of one tile, BLAS' threads cost eight times what they compute.
    """
    threadpool_limits(limits=1, user_api="blas")
    cv2.setNumThreads(1)
