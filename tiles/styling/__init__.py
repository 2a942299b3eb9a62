"""Rendering parameters, and colors by name, formula and document."""
