"""Serve django-large-image's routes, in its own spelling."""
