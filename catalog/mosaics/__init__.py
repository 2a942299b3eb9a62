"""Show registered searches as mosaics: register one, and serve tiles of all that it finds."""
