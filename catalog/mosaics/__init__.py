"""Searches as layers: registering one, and the tiles of all that it finds."""
