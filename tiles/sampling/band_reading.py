"""Reads a window of one band."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
from osgeo import gdal

from tiles.deadline import check_deadline
from tiles.sampling.pixels import Pixels

# Pixels that are read at a time.
PIECE_PIXELS = 4 * 2**20

_NUMPY_TYPES = {
    gdal.GDT_Byte: np.uint8,
    gdal.GDT_UInt16: np.uint16,
    gdal.GDT_Int16: np.int16,
    gdal.GDT_UInt32: np.uint32,
    gdal.GDT_Int32: np.int32,
    gdal.GDT_Float32: np.float32,
    gdal.GDT_Float64: np.float64,
}

# Left, top, width, height in pixels of the band's level.
Box = tuple[int, int, int, int]


def read_band(band: Any, window: Box, size: tuple[int, int]) -> Pixels:
    """One band's window, decimated to ``size``; a large one piece by piece, so that a deadline is noticed."""
    left, top, width, height = window
    pieces = min(size[1], math.ceil(width * height / PIECE_PIXELS))
    if pieces <= 1:
        check_deadline()
        return _read_piece(band, window, size)
    edges = [round(size[1] * i / pieces) for i in range(pieces + 1)]
    found = []
    for first, last in pairwise(edges):
        check_deadline()
        start, end = round(height * first / size[1]), round(height * last / size[1])
        found.append(_read_piece(band, (left, top + start, width, end - start), (size[0], last - first)))
    return np.concatenate(found)


def _read_piece(band: Any, window: Box, size: tuple[int, int]) -> Pixels:
    data_type = _NUMPY_TYPES.get(band.DataType)
    if data_type is None:
        values: Pixels = band.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1])
        # Complex numbers show their amplitude; integers of 64 bits, and newer types, become numbers that OpenCV knows.
        return np.abs(values).astype(np.float32) if np.iscomplexobj(values) else values.astype(np.float64)
    raw = band.ReadRaster(*window, buf_xsize=size[0], buf_ysize=size[1])
    return np.frombuffer(raw, dtype=data_type).reshape(size[1], size[0])
