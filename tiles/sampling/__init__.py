"""Bring a file's raw values onto the pixels of a tile: transform, read, resample."""
