"""Speak large-image's language: its metadata, projections and locations, and a tile source for its users."""
