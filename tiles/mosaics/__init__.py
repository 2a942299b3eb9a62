"""One tile from many images."""
