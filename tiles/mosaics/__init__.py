"""Make one picture, or one set of values, from many images."""
