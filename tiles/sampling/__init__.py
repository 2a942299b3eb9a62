"""From a file to raw values on the pixels of a tile: transform, read, resample."""
