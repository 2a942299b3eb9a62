"""Dynamic tiles from any large image, for any Django project."""

# Of this app and of the whole site: what builds packages reads it here, and nothing else says it.
__version__ = "0.1.0"
